/// A SentencePiece .model file (sentencepiece_model.proto): pieces with scores and kinds, how they were trained, how
/// text is normalized.
struct SentencePieceFile {
  enum Kind: UInt64 { case normal = 1, unknown, control, userDefined, unused, byte }
  enum ModelType: UInt64 { case unigram = 1, bpe, word, char }

  struct Piece {
    var bytes: UnsafeBufferPointer<UInt8>
    var score: Float = 0
    var kind = Kind.normal
  }

  struct Normalization {
    var charsmap = UnsafeRawBufferPointer(start: nil, count: 0)
    var addsDummyPrefix = true
    var removesExtraSpaces = true
    var escapesSpaces = true
  }

  let file: String
  private(set) var pieces: [Piece] = []
  private(set) var type = ModelType.unigram
  private(set) var fallsBackToBytes = false
  /// The dummy space stands after the text.
  private(set) var hasSpaceSuffix = false
  private(set) var unknownSurface = " \u{2047} "
  private(set) var names = (unknown: "<unk>", bos: "<s>", eos: "</s>", padding: "<pad>")
  private(set) var normalization = Normalization()
  private(set) var denormalization: Normalization?

  /// - Parameter bytes: must outlive this value; tokenizers made from it do not need them.
  /// - Throws: ``FormatError``: damaged, or no such file.
  init(_ bytes: UnsafeRawBufferPointer, file: String) throws {
    self.file = file
    var reader = ProtobufReader(bytes, file: file)
    while let (field, value) = try reader.next() {
      guard case .bytes(let content) = value else { continue }
      switch field {
      case 1:
        guard pieces.count <= Vocabulary.maximumID else {
          throw reader.error("more pieces", expected: "at most \(Vocabulary.maximumID + 1)")
        }
        pieces.append(try Self.piece(reader.message(content)))
      case 2: try readTraining(reader.message(content))
      case 3: try Self.read(reader.message(content), into: &normalization)
      case 5:
        var denormalization = denormalization ?? Normalization()
        try Self.read(reader.message(content), into: &denormalization)
        self.denormalization = denormalization
      default: break
      }
    }
    guard !pieces.isEmpty else {
      throw FormatError(file: file, found: "no pieces", expected: "a SentencePiece model")
    }
    try check()
  }

  /// Whether a file looks like a SentencePiece model: a first piece in a first field.
  static func isSentencePiece(_ bytes: UnsafeRawBufferPointer) -> Bool {
    var reader = ProtobufReader(bytes, file: "")
    guard case (1, .bytes(let content))?? = try? reader.next() else { return false }
    return (try? piece(reader.message(content))) != nil
  }

  private static func piece(_ reader: ProtobufReader) throws -> Piece {
    var reader = reader
    var piece = Piece(bytes: UnsafeBufferPointer(start: nil, count: 0))
    while let (field, value) = try reader.next() {
      switch (field, value) {
      case (1, .bytes(let bytes)): piece.bytes = bytes.bindMemory(to: UInt8.self)
      case (2, .fixed32(let bits)): piece.score = Float(bitPattern: bits)
      case (3, .number(let number)):
        guard let kind = Kind(rawValue: number) else {
          throw reader.error("a piece of kind \(number)", expected: "1 to 6")
        }
        piece.kind = kind
      default: break
      }
    }
    guard !piece.bytes.isEmpty else { throw reader.error("an empty piece") }
    return piece
  }

  private mutating func readTraining(_ reader: ProtobufReader) throws {
    var reader = reader
    func text(_ bytes: UnsafeRawBufferPointer) -> String { String(decoding: bytes, as: UTF8.self) }
    while let (field, value) = try reader.next() {
      switch (field, value) {
      case (3, .number(let number)):
        guard let type = ModelType(rawValue: number) else {
          throw reader.error("a model of type \(number)", expected: "1 (unigram) to 4 (char)")
        }
        self.type = type
      case (24, .number(let number)): hasSpaceSuffix = number != 0
      case (35, .number(let number)): fallsBackToBytes = number != 0
      case (44, .bytes(let bytes)): unknownSurface = text(bytes)
      case (45, .bytes(let bytes)): names.unknown = text(bytes)
      case (46, .bytes(let bytes)): names.bos = text(bytes)
      case (47, .bytes(let bytes)): names.eos = text(bytes)
      case (48, .bytes(let bytes)): names.padding = text(bytes)
      default: break
      }
    }
  }

  private static func read(_ reader: ProtobufReader, into normalization: inout Normalization) throws {
    var reader = reader
    while let (field, value) = try reader.next() {
      switch (field, value) {
      case (2, .bytes(let bytes)): normalization.charsmap = bytes
      case (3, .number(let number)): normalization.addsDummyPrefix = number != 0
      case (4, .number(let number)): normalization.removesExtraSpaces = number != 0
      case (5, .number(let number)): normalization.escapesSpaces = number != 0
      default: break
      }
    }
  }

  /// What the library demands of its models.
  private func check() throws {
    func error(_ id: Int?, _ found: String, _ expected: String? = nil) -> FormatError {
      FormatError(file: file, place: id.map { "piece \($0)" }, found: found, expected: expected)
    }
    var hasUnknown = false
    var bytesFound = Set<UInt8>()
    for (id, piece) in pieces.enumerated() {
      switch piece.kind {
      case .unknown:
        guard !hasUnknown else { throw error(id, "a second unknown piece") }
        hasUnknown = true
      case .byte:
        guard fallsBackToBytes else { throw error(id, "a byte piece", "none, as there is no byte fallback") }
        guard let byte = ByteFallback.byte(of: piece.bytes) else {
          throw error(id, "no byte piece", "<0x00> to <0xFF>")
        }
        bytesFound.insert(byte)
      default: break
      }
    }
    guard hasUnknown else { throw error(nil, "no unknown piece", "one") }
    guard !fallsBackToBytes || bytesFound.count == 256 else {
      throw error(nil, "\(bytesFound.count) byte pieces", "256, as there is byte fallback")
    }
  }
}
