import CKernels
import TestSupport
import Testing

@testable import Core

/// Ids alone take another way than ids with offsets; both must be equal on any text.
@Suite struct TokenizerFastPathTests {
  /// Parts of texts that the masks of 64 bytes have to get right, and those that they leave to the scanners.
  private static let parts = [
    "a", "b", "s", "t", "re", "ll", "'", "'", "'S", "'Ve", " ", " ", "  ", "\n", "\r\n", "\t", "1", "23", "4567", "!",
    "/",
    "-", "\u{E9}", "\u{17F}", "\u{4E2D}", "\u{306E}", "\u{3002}", "\u{301}", "\u{928}", "\u{94D}", "\u{A0}", "\u{3000}",
    "\u{663}", "\u{BD}", "\u{1F3B5}", "\u{416}\u{434}", "\u{2028}", "\u{2581}", "the", " the", " of", "Merge", "\u{0}",
    "<|endoftext|>", "<", "\u{FFFD}", "\u{AC00}", "\u{10FFFF}", "\u{11DE3}",
    "A", "HT", "\u{416}", "\u{1C5}", "\u{2B0}", "//", "'ll", "'S",
  ]

  static func text(_ random: inout RandomGenerator, parts count: Int) -> [UInt8] {
    var text: [UInt8] = []
    let few = random.next() % 3 == 0 ? 20 : parts.count
    for _ in 0..<count {
      let part = Array(parts[Int(random.next() % UInt64(few))].utf8)
      let times = random.next() % 8 == 0 ? Int(random.next() % 90) : 1
      for _ in 0..<times { text += part }
    }
    return text
  }

  private static let gpt2 = #"{"type": "ByteLevel", "add_prefix_space": false, "use_regex": true}"#
  private static let plainBytes = #"{"type": "ByteLevel", "add_prefix_space": false, "use_regex": false}"#

  private static func split(_ pattern: String) -> String {
    let split =
      #"{"type": "Split", "pattern": {"Regex": \#(JSON.string(pattern).serialized())}, "behavior": "Isolated"}"#
    return #"{"type": "Sequence", "pretokenizers": [\#(split), \#(plainBytes)]}"#
  }

  private static let cuts = [
    "gpt2": gpt2,
    "digits":
      #"{"type": "Sequence", "pretokenizers": [{"type": "Digits", "individual_digits": true}, \#(gpt2)]}"#,
    "llama3": split(
      #"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"#
    ),
    "qwen2": split(
      #"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"#
    ),
    "cl100k": split(
      #"'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}++|\p{N}{1,3}+| ?[^\s\p{L}\p{N}]++[\r\n]*+|\s++$|\s*[\r\n]|\s+(?!\S)|\s"#
    ),
    "o200k": split(O200KScanner.o200k),
    "tekken": split(O200KScanner.tekken),
    "none": plainBytes,
  ]

  /// A byte-level vocabulary in which most neighbours merge, some of them several times.
  private static func byteLevel(_ cut: String, ignoresMerges: Bool) throws -> any Tokenizer {
    var next: UInt32 = 0x100
    var letters: [String] = []
    for byte in UInt8.min...UInt8.max {
      switch byte {
      case 0x21...0x7E, 0xA1...0xAC, 0xAE...0xFF: letters.append(String(UnicodeScalar(byte)))
      default:
        letters.append(String(UnicodeScalar(next)!))
        next += 1
      }
    }
    var random = RandomGenerator(seed: 5)
    var tokens = letters
    var merges: [String] = []
    var known = Set(letters)
    var knownMerges: Set<String> = []
    // Bytes that occur in the texts merge more often.
    let common =
      Array("abstrehlmgof '\n\t1234!/- ".utf8) + [0xC3, 0xA9, 0xE4, 0xB8, 0xAD, 0xE3, 0x81, 0xAE, 0xD0, 0x96]
    func pick() -> String {
      random.next() % 2 == 0
        ? letters[Int(common[Int(random.next() % UInt64(common.count))])]
        : tokens[Int(random.next() % UInt64(tokens.count))]
    }
    while merges.count < 1500 {
      let (left, right) = (pick(), pick())
      guard left.utf8.count + right.utf8.count < 24, knownMerges.insert("\(left) \(right)").inserted else { continue }
      merges.append("\(left) \(right)")
      if known.insert(left + right).inserted { tokens.append(left + right) }
    }
    let vocabulary = tokens.enumerated().map { "\(JSON.string($0.element).serialized()): \($0.offset)" }
    let json = """
      {"added_tokens": [{"id": \(tokens.count), "content": "<|endoftext|>", "special": true}],
       "normalizer": null, "pre_tokenizer": \(cut), "post_processor": null, "decoder": {"type": "ByteLevel"},
       "model": {"type": "BPE", "ignore_merges": \(ignoresMerges), "vocab": {\(vocabulary.joined(separator: ", "))},
       "merges": [\(merges.map { JSON.string($0).serialized() }.joined(separator: ", "))]}}
      """
    return try TokenizerLoader.load(json: Array(json.utf8), name: "test")
  }

  private static func compare(_ tokenizer: any Tokenizer, _ text: [UInt8]) throws {
    for parses in [true, false] {
      let slow = try tokenizer.encodeBytes(text, parseSpecialTokens: parses).ids
      let fast = try text.withUnsafeBufferPointer {
        try tokenizer.encodeIDs(utf8: $0, addSpecialTokens: false, parseSpecialTokens: parses)
      }
      guard slow != fast else { continue }
      let at =
        zip(slow, fast).enumerated().first { $0.element.0 != $0.element.1 }?.offset ?? min(slow.count, fast.count)
      Issue.record(
        "\(tokenizer.name): ids differ from token \(at) of \(String(decoding: text, as: UTF8.self).debugDescription)")
      return
    }
  }

  @Test(arguments: cuts.keys.sorted(), [false, true])
  func idsAloneAreTheSame(_ cut: String, _ ignoresMerges: Bool) throws {
    let tokenizer = try Self.byteLevel(try #require(Self.cuts[cut]), ignoresMerges: ignoresMerges)
    var random = RandomGenerator(seed: 11)
    for round in 0..<150 {
      var text = Self.text(&random, parts: 1 + round % 150)
      // Some are not well formed.
      if round % 5 == 0, !text.isEmpty { text[Int(random.next() % UInt64(text.count))] = UInt8(random.next() & 0xFF) }
      try Self.compare(tokenizer, text)
    }
  }

  @Test func spacedWordsAreTheSame() throws {
    for (extra, fallback) in [("", true), ("\"\\n\\n\", ", true), ("", false)] {
      let letters = Set(Self.parts.flatMap { $0.unicodeScalars.map { String($0) } }).subtracting(["\n", "b", "!"])
        .sorted()
      let bytes = (0..<256).map { "<0x" + ($0 < 16 ? "0" : "") + String($0, radix: 16, uppercase: true) + ">" }
      let words = [
        "\u{2581}t", "he", "\u{2581}the", "\u{2581}\u{2581}", "\u{2581}\u{2581}\u{2581}\u{2581}", "re", "ll", "aa",
        "aaa", "12",
      ]
      var tokens = ["<unk>", "\u{2581}"] + (fallback ? bytes : []) + letters.filter { $0 != "\u{2581}" } + words
      if !extra.isEmpty { tokens += ["\n", "\n\n", "a\n"] }
      let vocabulary = tokens.enumerated().map { "\(JSON.string($0.element).serialized()): \($0.offset)" }
      let merges =
        [
          "\u{2581} t", "h e", "\u{2581}t he", "\u{2581} \u{2581}", "\u{2581}\u{2581} \u{2581}\u{2581}", "r e", "l l",
          "a a", "aa a", "1 2",
        ]
        + (extra.isEmpty ? [] : ["\n \n", "a \n"])
      let json = """
        {"added_tokens": [], "normalizer": {"type": "Sequence", "normalizers": [{"type": "Prepend", "prepend": "\u{2581}"},
         {"type": "Replace", "pattern": {"String": " "}, "content": "\u{2581}"}]}, "pre_tokenizer": null,
         "post_processor": null, "decoder": null,
         "model": {"type": "BPE", "unk_token": "<unk>", "fuse_unk": true, "byte_fallback": \(fallback),
         "vocab": {\(vocabulary.joined(separator: ", "))},
         "merges": [\(merges.map { JSON.string($0).serialized() }.joined(separator: ", "))]}}
        """
      let tokenizer = try TokenizerLoader.load(json: Array(json.utf8), name: "words \(extra.count) \(fallback)")
      var random = RandomGenerator(seed: 3)
      for round in 0..<300 { try Self.compare(tokenizer, Self.text(&random, parts: 1 + round % 100)) }
    }
  }

  @Test(arguments: ["gpt2", "llama3", "qwen2", "llama2", "phi-2", "smollm2", "starcoder2"])
  func vocabulariesGiveTheSame(_ name: String) throws {
    guard let path = Fixtures.path("tokenizers/\(name)/tokenizer.json") else { return }
    let tokenizer = try TokenizerLoader.load(path: path)
    var random = RandomGenerator(seed: 23)
    for round in 0..<20 { try Self.compare(tokenizer, Self.text(&random, parts: 1 + round * 20)) }
  }

  /// More distinct pieces than the table of pieces has room for.
  @Test func manyPieces() throws {
    let tokenizer = try Self.byteLevel(Self.gpt2, ignoresMerges: false)
    var text: [UInt8] = []
    for i in 0..<40_000 { text += Array(" \(i &* 2_654_435_761 % 1_000_003)x\(String(i, radix: 36)) the".utf8) }
    try Self.compare(tokenizer, text)
    try Self.compare(tokenizer, text)
  }

  @Test func instructionSetsCutTheSame() {
    var (plain, cased) = (gbx_cut_table(), gbx_cut_table())
    gbx_cut_prepare(&plain, UnicodeClasses.table, false)
    gbx_cut_prepare(&cased, UnicodeClasses.table, true)
    let functions = [gbx_cut_avx2(), gbx_cut_avx512()].compactMap { $0 }
    var random = RandomGenerator(seed: 1)
    let rules = [
      GBX_CUT_GPT2, GBX_CUT_DIGITS_GPT2, GBX_CUT_CL100K, GBX_CUT_QWEN2, GBX_CUT_O200K, GBX_CUT_TEKKEN, GBX_CUT_SPACES,
      GBX_CUT_SPACES_LINES,
    ]
    for _ in 0..<100 {
      let text = Self.text(&random, parts: 120)
      for rule in rules {
        func ends(_ function: gbx_cut_function, from start: Int) -> [UInt32] {
          var ends = [UInt32](repeating: 0, count: 256)
          var table = rule == GBX_CUT_O200K || rule == GBX_CUT_TEKKEN ? cased : plain
          let found = function(rule, &table, text, text.count, start, &ends, ends.count)
          return Array(ends[..<found])
        }
        var at = 0
        while at < text.count {
          let portable = ends(gbx_cut_portable(), from: at)
          for function in functions {
            let found = ends(function, from: at)
            #expect(found == portable)
          }
          at = portable.last.map { Int($0) } ?? at + 1
          while at < text.count, text[at] & 0xC0 == 0x80 { at += 1 }
        }
      }
    }
  }
}
