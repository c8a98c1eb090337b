/// The tokenizer.bin of llama2.c: the length of the longest token, then of each token its score, its length and its
/// bytes, little-endian. Spaces are written as such; the first three tokens are unknown, BOS and EOS, byte tokens follow.
struct Llama2CFile {
  private static let firstByte = 3
  let file: String
  private var tokens: [UnsafeBufferPointer<UInt8>] = []
  private var scores: [Float] = []

  /// - Parameter bytes: must outlive this value; tokenizers made from it do not need them.
  /// - Throws: ``FormatError``: damaged, or no such file.
  init(_ bytes: UnsafeRawBufferPointer, file: String) throws {
    self.file = file
    var reader = ByteReader(bytes, file: file)
    let longest: Int32 = try reader.read()
    guard longest > 0 else { throw reader.error("a longest token of \(longest) bytes", expected: "1 or more") }
    while reader.remaining > 0 {
      guard tokens.count <= Vocabulary.maximumID else {
        throw reader.error("more tokens", expected: "at most \(Vocabulary.maximumID + 1)")
      }
      let bits: UInt32 = try reader.read()
      let length: Int32 = try reader.read()
      guard length >= 0, length <= longest else {
        throw reader.error("a token of \(length) bytes", expected: "0 to \(longest)")
      }
      tokens.append(try reader.take(Int(length)).bindMemory(to: UInt8.self))
      scores.append(Float(bitPattern: bits))
    }
    guard tokens.count >= Self.firstByte else {
      throw FormatError(file: file, found: "\(tokens.count) tokens", expected: "unknown, BOS, EOS and more")
    }
  }

  /// Whether a file is one, told by its lengths, which must add up.
  static func isLlama2C(_ bytes: UnsafeRawBufferPointer) -> Bool {
    // Most other files are told by their first bytes.
    guard bytes.count >= 12, bytes.loadUnaligned(as: Int32.self).littleEndian < 1 << 16 else { return false }
    return (try? Llama2CFile(bytes, file: "")) != nil
  }

  /// A tokenizer of this file, as run.c encodes: a space before a text that is not empty, characters without a token as
  /// bytes, then the best merges first.
  func tokenizer(name: String) throws -> PipelineTokenizer {
    var builder = VocabularyBuilder(expecting: tokens.count)
    for (id, token) in tokens.enumerated() {
      guard builder.add(token, id: id, isFindable: !token.isEmpty && id >= Self.firstByte) else {
        throw FormatError(file: file, place: "token \(id)", found: "a vocabulary of more than 4 GB")
      }
    }
    let names = ["<unk>", "<s>", "</s>"]
    let byteTokens = (0..<256).map { $0 + Self.firstByte < tokens.count ? TokenID($0 + Self.firstByte) : -1 }
    let model = SentencePieceBPEModel(
      vocabulary: builder.build(), scores: scores, unknown: .lacking, byteTokens: byteTokens, beginsWords: .space)
    let stages = PipelineTokenizer.Stages(
      added: AddedVocabulary(names.enumerated().map { AddedToken(content: $1, id: TokenID($0)) }),
      normalizer: PrependNormalizer(prefix: [0x20]), model: model, postProcessor: TemplatePostProcessor(prefix: [1]),
      decoders: [ByteFallbackDecoder(), FuseDecoder(), StripDecoder(content: [0x20], start: 1, stop: 0)],
      isByteLevel: false)
    return PipelineTokenizer(
      name: name, stages: stages, specialTokens: SpecialTokens(bos: 1, eos: 2, unknown: 0, endOfGeneration: [2]))
  }
}
