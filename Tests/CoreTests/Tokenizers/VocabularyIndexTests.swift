import Core
import Foundation
import TestSupport
import Testing

/// Browsing vocabularies: a small one whose answers can be counted, and a real one.
@Suite struct VocabularyIndexTests {
  private static let words = [
    "a", "b", "c", "Ġ", "ab", "Ġab", "Ġabc", "é", "Ã", "ÃĤ", "1", "11", "abc", "жа", "ÐĲ", "[unused1]", "!",
    "ĠĠ", "<fim_prefix>", "<fim_middle>", "<fim_suffix>", "<|end|>", "plain", "B",
  ]

  private func index() throws -> VocabularyIndex {
    let members = Self.words.enumerated().map { "\(JSON.string($0.element).serialized()): \($0.offset)" }
    let added = [18, 19, 20, 21].map {
      "{\"id\": \($0), \"content\": \"\(Self.words[$0])\", \"special\": \($0 == 21)}"
    }
    let json = """
      {"added_tokens": [\(added.joined(separator: ","))], "pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": false},
       "model": {"type": "BPE", "vocab": {\(members.joined(separator: ","))},
       "merges": ["a b", "Ġ ab", "Ġab c", "1 1", "Ġ Ġ", "ab c"]}}
      """
    return VocabularyIndex(try TokenizerLoader.load(json: Array(json.utf8), name: "small"))
  }

  private func found(_ query: String, _ index: VocabularyIndex) throws -> [String] {
    try index.search(index.query(query)).ids.map { Self.words[Int($0)] }
  }

  @Test func searches() throws {
    let index = try index()
    #expect(index.count == Self.words.count)
    #expect(try found("ab", index) == ["ab", "Ġab", "Ġabc", "abc"])
    #expect(try found("^ab", index) == ["ab", "abc"])
    #expect(try found("^Ġab", index) == ["Ġab", "Ġabc"])
    #expect(try found("^ a", index) == ["Ġab", "Ġabc"])
    #expect(try found("=ab", index) == ["ab"])
    #expect(try found("hex:20 61", index) == ["Ġab", "Ġabc"])
    #expect(try found("\\x20\\x20", index) == ["ĠĠ"])
    #expect(try found("id:4-6", index) == ["ab", "Ġab", "Ġabc"])
    #expect(try found("#4", index) == ["ab"])
    #expect(try found("id:22-900", index) == ["plain", "B"])
    #expect(try found("id:900", index).isEmpty)
    #expect(try found("kind:special", index) == ["<|end|>"])
    #expect(try found("kind:userDefined", index) == ["<fim_prefix>", "<fim_middle>", "<fim_suffix>"])
    #expect(try found("kind:unused", index) == ["[unused1]"])
    #expect(try found("len:3-4", index) == ["Ġab", "Ġabc", "abc", "жа"])
    #expect(try found("\\#4", index).isEmpty)
    // A match does not reach from one token into the next.
    #expect(try found("abc1", index).isEmpty)
    let all = try index.search(index.query(""), most: 3)
    #expect(all.ids == [0, 1, 2] && all.total == Self.words.count)
    for wrong in ["id:x", "id:9-3", "hex:1", "hex:zz", "kind:odd", "script:Runic", "len:-", "\\x2"] {
      #expect(throws: VocabularyQuery.QueryError.self, "\(wrong)") { try index.query(wrong) }
    }
  }

  @Test func lengthsScriptsAndKinds() throws {
    let index = try index()
    // Without the special and the reserved token; "жа" and "plain" are no letters of the alphabet and stay as they are.
    #expect(index.byteLengths.counts.reduce(0, +) == Self.words.count - 2)
    #expect(index.byteLengths.longest == 12)
    #expect(index.byteLengths.counts[1] == 9 && index.byteLengths.counts[2] == 5)
    let scripts = Dictionary(uniqueKeysWithValues: index.scripts.map { ($0.script, $0.tokens) })
    #expect(scripts["Cyrillic"] == 2 && scripts["Digits"] == 2 && scripts["White space"] == 2)
    #expect(scripts["Part of a character"] == 2 && scripts["Special"] == 2 && scripts["Punctuation"] == 1)
    #expect(index.kindCounts[.special] == 1 && index.kindCounts[.userDefined] == 3)
    #expect(index.longest(2) == [18, 19])
    #expect(index.script(of: 13) == "Cyrillic" && index.script(of: 900) == "Empty")
  }

  @Test func cards() throws {
    let index = try index()
    let card = index.card(of: 6, in: [6, 5, 6])
    #expect(card.text == " abc" && card.written == "Ġabc" && card.bytes == Array(" abc".utf8))
    #expect(card.merge?.left == 5 && card.merge?.right == 2 && card.merge?.rank == 2)
    #expect(card.characters == 4 && card.script == "Latin" && card.kind == .normal && card.occurrences == 2)
    #expect(card.unreachable == nil)
    #expect(index.card(of: 0).kind == .byte && index.card(of: 0).merge == nil)
    #expect(index.card(of: 9).text == "\u{C2}" || index.card(of: 9).characters == nil)
    #expect(index.card(of: 18).roles == [.fimPrefix])
    #expect(index.card(of: 99).kind == .unused && index.card(of: 99).bytes.isEmpty)
    #expect(index.tokenizer.specialTokens.fillInTheMiddle?.middle == 19)
  }

  @Test func unreachable() throws {
    let index = try index()
    let found = try #require(ReachabilityCheck(index.tokenizer).checkAll(chunk: 5))
    let reasons = Dictionary(uniqueKeysWithValues: found.map { (Self.words[Int($0.id)], $0.reason) })
    // No merge makes the Cyrillic letter of its two bytes; the pattern has no place for letters beside digits here.
    #expect(reasons["ÐĲ"] == .model)
    #expect(reasons["ab"] == nil && reasons["Ġabc"] == nil && reasons["ĠĠ"] == nil && reasons["é"] == nil)
    #expect(found.first { $0.id == 14 }?.instead.isEmpty == true || reasons["ÐĲ"] == .model)
    var steps = 0
    let cancelled = ReachabilityCheck(index.tokenizer).checkAll(
      chunk: 5, isCancelled: { steps > 1 }, progress: { _ in steps += 1 })
    #expect(cancelled == nil)
    #expect(steps == 2)
  }

  @Test(arguments: [
    "gpt2/tokenizer.json", "llama2/tokenizer.json", "qwen2/tokenizer.json", "llama2/ggml-vocab-llama-spm.gguf",
  ])
  func realVocabularies(_ file: String) throws {
    guard let path = Fixtures.path("tokenizers/\(file)") else { return }
    let tokenizer = try TokenizerLoader.load(path: path)
    let index = VocabularyIndex(tokenizer)
    #expect(index.count == tokenizer.vocabularySize)
    let all = 0..<TokenID(index.count)
    let sameBytes = all.allSatisfy { index.bytes(of: $0).elementsEqual(tokenizer.bytes(of: $0)) }
    #expect(sameBytes)
    let ing = all.filter {
      String(decoding: tokenizer.bytes(of: $0), as: UTF8.self).utf8.reversed().starts(with: "gni".utf8)
    }
    let matches = try index.search(index.query("ing"), most: .max)
    #expect(Set(matches.ids).isSuperset(of: ing) && matches.total == matches.ids.count)
  }
}
