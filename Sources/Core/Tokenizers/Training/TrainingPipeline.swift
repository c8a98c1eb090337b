/// The stages around a model, as options name them: as tokenizer.json writes them, and as they run.
struct TrainingPipeline: Sendable {
  let normalizer: JSON?
  let preTokenizer: JSON?
  let decoder: JSON?
  let isByteLevel: Bool

  init(_ options: TokenizerTrainingOptions) throws {
    var normalizers = try options.normalizers.map(Self.normalizer)
    isByteLevel = options.kind == .bpe
    switch options.kind {
    case .bpe:
      preTokenizer = Self.byteLevel(cutBy: try Self.pattern(options.pattern ?? "gpt-2"))
      decoder =
        options.endOfWordSuffix.map { ["type": "BPEDecoder", "suffix": .string($0)] } ?? Self.byteLevel(usesRegex: true)
    case .wordPiece:
      if options.normalizers.isEmpty { normalizers = [try Self.normalizer("bert")] }
      preTokenizer = try options.pattern.map { Self.split(try Self.pattern($0)) } ?? ["type": "BertPreTokenizer"]
      let prefix = options.continuingSubwordPrefix ?? "##"
      decoder = ["type": "WordPiece", "prefix": .string(prefix), "cleanup": true]
    case .wordLevel:
      preTokenizer = try options.pattern.map { Self.split(try Self.pattern($0)) } ?? ["type": "Whitespace"]
      decoder = nil
    case .sentencePieceBPE, .unigram:
      // As SentencePiece does, runs of white space are one, and none is at the ends.
      let metaspace: JSON = [
        "type": "Metaspace", "replacement": "\u{2581}", "prepend_scheme": "always", "split": true,
      ]
      preTokenizer = ["type": "Sequence", "pretokenizers": [["type": "WhitespaceSplit"], metaspace]]
      // A text's own marks are white space as well, so that it is cut as SentencePiece cuts it.
      normalizers.append(["type": "Replace", "pattern": ["String": "\u{2581}"], "content": " "])
      decoder =
        options.byteFallback
        ? [
          "type": "Sequence",
          "decoders": [
            ["type": "ByteFallback"], ["type": "Metaspace", "replacement": "\u{2581}", "prepend_scheme": "always"],
          ],
        ] : metaspace
    }
    normalizer =
      switch normalizers.count {
      case 0: nil
      case 1: normalizers[0]
      default: ["type": "Sequence", "normalizers": .array(normalizers)]
      }
  }

  private static func byteLevel(usesRegex: Bool) -> JSON {
    ["type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": .bool(usesRegex)]
  }

  private static func byteLevel(cutBy expression: String?) -> JSON {
    guard let expression else { return byteLevel(usesRegex: false) }
    if expression == GPT2Scanner.pattern { return byteLevel(usesRegex: true) }
    return ["type": "Sequence", "pretokenizers": [split(expression) ?? nil, byteLevel(usesRegex: false)]]
  }

  private static func split(_ expression: String?) -> JSON? {
    guard let expression else { return nil }
    return ["type": "Split", "pattern": ["Regex": .string(expression)], "behavior": "Isolated", "invert": false]
  }

  /// nil for "none".
  private static func pattern(_ name: String) throws -> String? {
    if name == "none" { return nil }
    guard !name.isEmpty else { throw TokenizerTrainingError.option("The split pattern is empty.") }
    return TokenizerTrainingOptions.namedPatterns.first { $0.name == name }?.expression ?? name
  }

  private static func normalizer(_ name: String) throws -> JSON {
    switch name.lowercased() {
    case "nfc": ["type": "NFC"]
    case "nfd": ["type": "NFD"]
    case "nfkc": ["type": "NFKC"]
    case "nfkd": ["type": "NFKD"]
    case "lowercase": ["type": "Lowercase"]
    case "strip-accents": ["type": "StripAccents"]
    case "strip": ["type": "Strip", "strip_left": true, "strip_right": true]
    case "bert", "bert-cased":
      [
        "type": "BertNormalizer", "clean_text": true, "handle_chinese_chars": true, "strip_accents": nil,
        "lowercase": .bool(name.lowercased() == "bert"),
      ]
    default:
      throw TokenizerTrainingError.option(
        "There is no normalizer \"\(name)\" (nfc, nfd, nfkc, nfkd, lowercase, strip-accents, strip, bert, bert-cased).")
    }
  }
}

/// Cuts text into the words that are counted.
struct WordCutter: Sendable {
  private let normalizer: (any Normalizer)?
  private let preTokenizer: (any PreTokenizer)?
  private let splitsLines: Bool
  private let isSentencePiece: Bool

  /// - Throws: ``FormatError`` or ``TokenizerTrainingError`` for a stage that is not supported.
  init(_ options: TokenizerTrainingOptions) throws {
    let stages = TokenizerJSONStages(file: "options")
    let pipeline = try TrainingPipeline(options)
    isSentencePiece = options.isSentencePiece
    normalizer = try stages.normalizer(pipeline.normalizer)
    // Words between white space are looked for here.
    preTokenizer = options.isSentencePiece ? nil : try stages.preTokenizer(pipeline.preTokenizer)
    splitsLines = options.splitsLines || options.pattern == "none" && !options.isSentencePiece
  }

  /// Counts the words of a part of a text.
  func count(_ bytes: UnsafeBufferPointer<UInt8>, into table: WordTable) {
    forEachText(bytes) { part, _ in
      let pieces = cut(part)
      pieces.text.withBytes { table.add(pieces.pieces, of: $0) }
    }
  }

  /// Lines, each with its end, where they are texts of their own; else the whole.
  func forEachText(_ bytes: UnsafeBufferPointer<UInt8>, _ body: (UnsafeBufferPointer<UInt8>, Int) -> Void) {
    guard splitsLines else { return body(bytes, 0) }
    var start = 0
    while start < bytes.count {
      let end = bytes[start...].firstIndex(of: 0x0A).map { $0 + 1 } ?? bytes.count
      body(UnsafeBufferPointer(rebasing: bytes[start..<end]), start)
      start = end
    }
  }

  /// The words of a text; for SentencePiece without the mark that each of them begins with.
  func cut(_ bytes: UnsafeBufferPointer<UInt8>) -> PieceText {
    var text = AlignedText.repairing(bytes)
    normalizer?.normalize(&text)
    var pieces = PieceText(text)
    if isSentencePiece {
      pieces.pieces = text.withBytes { Self.spaced($0) }
    } else {
      preTokenizer?.split(&pieces)
    }
    return pieces
  }

  /// What stands between white space.
  private static func spaced(_ bytes: UnsafeBufferPointer<UInt8>) -> [Piece] {
    guard let base = bytes.baseAddress else { return [] }
    let text = ScannedText(base: base, end: bytes.count)
    var pieces: [Piece] = []
    pieces.reserveCapacity(bytes.count / 5)
    var start = 0
    while start < text.end {
      start = text.run(of: UnicodeClasses.space, from: start)
      let end = text.run(without: UnicodeClasses.space, from: start)
      if end > start { pieces.append(Piece(start, end)) }
      start = end
    }
    return pieces
  }
}
