/// A training of a tokenizer that was stopped: what was read, what was counted, what was learned.
///
/// The file begins with "GBXTOKTR", a version, and the length of a JSON text that describes the run; then come words
/// (length, count, bytes), merges (two ids each) and pieces of a unigram model, and a checksum of all before it.
/// Integers are little-endian, 64 bits unless said.
struct TrainingCheckpoint {
  static let name = "training.checkpoint"
  private static let magic = Array("GBXTOKTR".utf8)
  private static let version: UInt64 = 1

  var options: TokenizerTrainingOptions
  /// As they were given, and the size each file had.
  var paths: [String]
  var sizes: [Int]
  /// Where reading goes on; nil: all was read.
  var position: (source: Int, offset: Int)?
  var words: WordCounts
  /// Words rarer than this were dropped; 0: none.
  var dropped = 0
  var merges: [(left: Int32, right: Int32)] = []
  var unigram: UnigramState?

  init(
    options: TokenizerTrainingOptions, paths: [String], sizes: [Int], position: (source: Int, offset: Int)?,
    words: WordCounts, dropped: Int, merges: [(left: Int32, right: Int32)], unigram: UnigramState?
  ) {
    (self.options, self.paths, self.sizes, self.position) = (options, paths, sizes, position)
    (self.words, self.dropped, self.merges, self.unigram) = (words, dropped, merges, unigram)
  }

  func write(to folder: String) throws {
    try AtomicFile.makeFolder(folder)
    var header: JSONObject = [
      "options": options.json, "paths": .array(paths.map { .string($0) }), "sizes": .array(sizes.map { .int($0) }),
      "bytes": .int(words.bytes), "seconds": .double(words.seconds), "dropped": .int(dropped),
      "words": .int(words.table.count), "merges": .int(merges.count), "pieces": .int(unigram?.pieces.count ?? 0),
      "characters": .int(unigram?.characters.count ?? 0),
    ]
    if let position { header["position"] = [.int(position.source), .int(position.offset)] }
    if let unigram { header["unigram"] = unigram.json }
    let text = Array(JSON.object(header).serialized().utf8)
    try AtomicFile.write(to: folder + "/" + Self.name) { file in
      var sum = Checksum()
      func put(_ bytes: [UInt8]) throws {
        bytes.withUnsafeBytes { sum.add($0) }
        try file.write(bytes)
      }
      func put(_ value: UInt64) throws {
        try withUnsafeBytes(of: value.littleEndian) {
          sum.add($0)
          try file.write($0)
        }
      }
      try put(Self.magic)
      try put(Self.version)
      try put(UInt64(text.count))
      try put(text)
      for i in 0..<words.table.count {
        let entry = words.table.entries[i]
        try put(UInt64(entry.length))
        try put(UInt64(entry.count))
        try put(Array(words.table.word(i)))
      }
      for merge in merges { try put(UInt64(UInt32(merge.left)) << 32 | UInt64(UInt32(merge.right))) }
      for piece in unigram?.pieces ?? [] {
        try put(UInt64(piece.start) << 8 | UInt64(piece.length))
        try put(piece.score.bitPattern)
      }
      for character in unigram?.characters ?? [] {
        try put(character.score.bitPattern)
        try put(character.isPiece ? 1 : 0)
      }
      try file.write(sum.value)
    }
  }

  /// - Throws: ``FormatError`` for a file that is not whole.
  init(folder: String) throws {
    let path = folder + "/" + Self.name
    let file = try MappedFile(path: path)
    self = try file.withBytes { bytes in
      guard bytes.count > 32, bytes.starts(with: Self.magic) else {
        throw FormatError(file: path, found: "no stopped training", expected: "the folder of a tokenizer's training")
      }
      var sum = Checksum()
      sum.add(UnsafeRawBufferPointer(rebasing: bytes[..<(bytes.count - 8)]))
      let stored = UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: bytes.count - 8, as: UInt64.self))
      guard sum.value == stored else {
        throw FormatError(file: path, found: "a checksum that is not that of its text", expected: "a whole file")
      }
      return try Self(ByteReader(UnsafeRawBufferPointer(rebasing: bytes[8..<(bytes.count - 8)]), file: path))
    }
  }

  private init(_ reader: consuming ByteReader) throws {
    var reader = reader
    let version: UInt64 = try reader.read()
    guard version == Self.version else {
      throw reader.error("version \(version)", expected: "version \(Self.version)")
    }
    let length = try reader.readCount(minimumBytes: 1, of: "bytes of a header")
    let header = try JSON.parse(reader.take(length), file: reader.file)
    func number(_ key: String) throws -> Int {
      guard let value = header[key]?.int, value >= 0 else { throw reader.error("no \(key)", expected: "a count") }
      return value
    }
    options = try TokenizerTrainingOptions(json: header["options"], file: reader.file)
    paths = header["paths"]?.array?.compactMap(\.string) ?? []
    sizes = header["sizes"]?.array?.compactMap(\.int) ?? []
    if let place = header["position"], let source = place[0]?.int, let offset = place[1]?.int {
      position = (source, offset)
    }
    let table = WordTable()
    for _ in 0..<(try number("words")) {
      let length: UInt64 = try reader.read()
      let count: UInt64 = try reader.read()
      guard length > 0, count > 0, count < 1 << 62, length <= UInt64(reader.remaining) else {
        throw reader.error("a word of \(length) bytes, \(count) times", expected: "a counted word")
      }
      let bytes = try reader.take(Int(length))
      table.add(bytes.bindMemory(to: UInt8.self), times: Int(count))
    }
    words = WordCounts(table: table, bytes: try number("bytes"), seconds: header["seconds"]?.double ?? 0)
    dropped = try number("dropped")
    for _ in 0..<(try number("merges")) {
      let pair: UInt64 = try reader.read()
      merges.append((Int32(truncatingIfNeeded: pair >> 32), Int32(truncatingIfNeeded: pair)))
    }
    guard let state = header["unigram"] else { return }
    var unigram = UnigramState(json: state)
    for _ in 0..<(try number("pieces")) {
      let place: UInt64 = try reader.read()
      let score: UInt64 = try reader.read()
      unigram.pieces.append(
        (UInt32(truncatingIfNeeded: place >> 8), UInt8(truncatingIfNeeded: place), Double(bitPattern: score)))
    }
    for _ in 0..<(try number("characters")) {
      let score: UInt64 = try reader.read()
      let isPiece: UInt64 = try reader.read()
      unigram.characters.append((Double(bitPattern: score), isPiece != 0))
    }
    self.unigram = unigram
  }
}

/// FNV-1a; it finds damage, no forgery.
private struct Checksum {
  private(set) var value: UInt64 = 0xCBF2_9CE4_8422_2325

  mutating func add(_ bytes: UnsafeRawBufferPointer) {
    for byte in bytes { value = (value ^ UInt64(byte)) &* 0x0000_0100_0000_01B3 }
  }
}

extension TokenizerTrainingOptions {
  /// All options, for a checkpoint.
  var json: JSON {
    func text(_ value: String?) -> JSON { value.map { .string($0) } ?? .null }
    func number(_ value: Int?) -> JSON { value.map { .int($0) } ?? .null }
    return [
      "kind": .string(kind.rawValue), "vocabulary_size": .int(vocabularySize),
      "minimum_frequency": .int(minimumFrequency), "special_tokens": .array(specialTokens.map { .string($0) }),
      "special_tokens_first": .bool(specialTokensFirst), "alphabet_limit": number(alphabetLimit),
      "initial_alphabet": .array(initialAlphabet.map { .int(Int($0.value)) }), "pattern": text(pattern),
      "continuing_subword_prefix": text(continuingSubwordPrefix), "end_of_word_suffix": text(endOfWordSuffix),
      "maximum_token_length": number(maximumTokenLength),
      "marked_symbol_order": .array(markedSymbolOrder.map { .string($0) }),
      "normalizers": .array(normalizers.map { .string($0) }), "splits_lines": .bool(splitsLines),
      "byte_fallback": .bool(byteFallback), "unknown_token": text(unknownToken),
      "character_coverage": .double(characterCoverage), "maximum_piece_length": .int(maximumPieceLength),
      "seed_size": .int(seedSize), "shrinking_factor": .double(shrinkingFactor),
      "sub_iterations": .int(subIterations), "memory_limit": .int(memoryLimit), "threads": .int(threads),
      "name": .string(name),
    ]
  }

  init(json: JSON?, file: String) throws {
    guard let json, let kind = json["kind"]?.string.flatMap(Kind.init(rawValue:)),
      let size = json["vocabulary_size"]?.int, let threads = json["threads"]?.int
    else {
      throw FormatError(file: file, place: "options", found: "no kind and size", expected: "options of a training")
    }
    self.init(kind: kind, vocabularySize: size, threads: threads)
    minimumFrequency = json["minimum_frequency"]?.int ?? minimumFrequency
    specialTokens = json["special_tokens"]?.array?.compactMap(\.string) ?? []
    specialTokensFirst = json["special_tokens_first"]?.bool ?? true
    alphabetLimit = json["alphabet_limit"]?.int
    initialAlphabet =
      json["initial_alphabet"]?.array?.compactMap { $0.int.flatMap(UInt32.init(exactly:)) }
      .compactMap(Unicode.Scalar.init) ?? []
    pattern = json["pattern"]?.string
    continuingSubwordPrefix = json["continuing_subword_prefix"]?.string
    endOfWordSuffix = json["end_of_word_suffix"]?.string
    maximumTokenLength = json["maximum_token_length"]?.int
    markedSymbolOrder = json["marked_symbol_order"]?.array?.compactMap(\.string) ?? []
    normalizers = json["normalizers"]?.array?.compactMap(\.string) ?? []
    splitsLines = json["splits_lines"]?.bool ?? false
    byteFallback = json["byte_fallback"]?.bool ?? false
    unknownToken = json["unknown_token"]?.string
    characterCoverage = json["character_coverage"]?.double ?? characterCoverage
    maximumPieceLength = json["maximum_piece_length"]?.int ?? maximumPieceLength
    seedSize = json["seed_size"]?.int ?? seedSize
    shrinkingFactor = json["shrinking_factor"]?.double ?? shrinkingFactor
    subIterations = json["sub_iterations"]?.int ?? subIterations
    memoryLimit = json["memory_limit"]?.int ?? memoryLimit
    name = json["name"]?.string ?? name
    try check()
  }
}
