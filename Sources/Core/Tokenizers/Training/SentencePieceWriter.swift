/// Writes SentencePiece's .model: the protocol buffer `ModelProto` of sentencepiece_model.proto.
struct SentencePieceWriter {
  private enum PieceType: UInt64 {
    case normal = 1
    case unknown = 2
    case control = 3
    case byte = 6
  }

  private let trained: TrainedTokenizer
  /// Rules that make each white space, and each mark of the text's own, a space.
  private static let whiteSpace = CharsmapWriter(
    (0x09...0x3000).compactMap { Unicode.Scalar($0 as UInt32) }
      .filter { scalar in
        scalar != " " && UnicodeClasses.table[Int(scalar.value)] & UnicodeClasses.space != 0 || scalar == "\u{2581}"
      }
      .map { (Array(String($0).utf8), [0x20]) }
  ).bytes

  init(_ trained: TrainedTokenizer) { self.trained = trained }

  func bytes() -> [UInt8] {
    let options = trained.options
    let special = VocabularyLayout(options).special.count
    let firstByte = options.byteFallback ? special - 256 : special
    var model = ProtocolBuffer()
    for (id, token) in trained.tokens.enumerated() {
      var piece = ProtocolBuffer()
      piece.add(1, token)
      piece.add(2, Float(trained.scores[id]))
      let type: PieceType = id == 0 ? .unknown : id >= special ? .normal : id >= firstByte ? .byte : .control
      if type != .normal { piece.add(3, type.rawValue) }
      model.add(1, piece.bytes)
    }
    var trainer = ProtocolBuffer()
    trainer.add(3, UInt64(options.kind == .unigram ? 1 : 2))
    trainer.add(4, UInt64(trained.tokens.count))
    trainer.add(10, Float(options.characterCoverage))
    trainer.add(20, UInt64(options.maximumPieceLength))
    if options.byteFallback { trainer.add(35, UInt64(1)) }
    for (field, id) in [(40, 0), (41, 1), (42, 2), (43, -1)] { trainer.add(field, UInt64(bitPattern: Int64(id))) }
    trainer.add(45, trained.tokens[0])
    model.add(2, trainer.bytes)
    var normalizer = ProtocolBuffer()
    // White space of any kind lies between words, as in tokenizer.json.
    normalizer.add(1, Array("user_defined".utf8))
    normalizer.add(2, Self.whiteSpace)
    for field in [3, 4, 5] { normalizer.add(field, UInt64(1)) }
    model.add(3, normalizer.bytes)
    return model.bytes
  }
}

/// Fields of a message in the wire format of protocol buffers.
struct ProtocolBuffer {
  private(set) var bytes: [UInt8] = []

  private mutating func add(_ value: UInt64) {
    var value = value
    while value >= 0x80 {
      bytes.append(UInt8(truncatingIfNeeded: value) | 0x80)
      value >>= 7
    }
    bytes.append(UInt8(value))
  }

  mutating func add(_ field: Int, _ value: UInt64) {
    add(UInt64(field) << 3)
    add(value)
  }

  mutating func add(_ field: Int, _ value: Float) {
    add(UInt64(field) << 3 | 5)
    withUnsafeBytes(of: value.bitPattern.littleEndian) { bytes.append(contentsOf: $0) }
  }

  mutating func add(_ field: Int, _ value: [UInt8]) {
    add(UInt64(field) << 3 | 2)
    add(UInt64(value.count))
    bytes.append(contentsOf: value)
  }
}
