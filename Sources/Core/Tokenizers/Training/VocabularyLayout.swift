/// Where special tokens, alphabet and learned tokens stand in a vocabulary.
struct VocabularyLayout {
  let options: TokenizerTrainingOptions
  /// Special tokens in order; for SentencePiece with `<unk>`, `<s>`, `</s>` before and the bytes after.
  let special: [[UInt8]]

  init(_ options: TokenizerTrainingOptions) {
    self.options = options
    var special = options.specialTokens.map { Array($0.utf8) }
    if options.isSentencePiece {
      let first = [options.unknownToken ?? "<unk>", "<s>", "</s>"].map { Array($0.utf8) }
      special = first + special.filter { !first.contains($0) }
      if options.byteFallback { special += (0..<256).map { Self.byteToken($0) } }
    }
    self.special = special
  }

  /// `<0x0A>`
  static func byteToken(_ byte: Int) -> [UInt8] {
    let digits = Array("0123456789ABCDEF".utf8)
    return Array("<0x".utf8) + [digits[byte >> 4], digits[byte & 15], UInt8(ascii: ">")]
  }

  /// A vocabulary whose special tokens are at its beginning already, or belong at its end.
  func plain(_ tokens: [[UInt8]], _ merges: [(left: [UInt8], right: [UInt8])]) -> TrainedTokenizer {
    var tokens = tokens
    if !options.specialTokensFirst {
      let known = Set(tokens)
      tokens += special.filter { !known.contains($0) }
    }
    return TrainedTokenizer(
      options: options, tokens: tokens, scores: [], merges: merges, specialIDs: ids(of: special, in: tokens))
  }

  /// SentencePiece's order for BPE: special tokens, pieces as they were learned, characters by how often they occur.
  func sentencePiece(_ pieces: [[UInt8]], _ characters: [(scalar: UInt32, count: Int)]) -> TrainedTokenizer {
    let learned = pieces + characters.map { utf8Bytes($0.scalar) }
    let tokens = special + learned
    let scores = special.map { _ in 0.0 } + learned.indices.map { -Double($0) }
    return TrainedTokenizer(
      options: options, tokens: tokens, scores: scores, merges: PieceMerges.merges(tokens, first: special.count),
      specialIDs: ids(of: special, in: tokens))
  }

  /// SentencePiece's order for a unigram model: special tokens, then pieces by score.
  ///
  /// Scores are multiples of 1/1024: sums of them are exact in single precision too, so that of two ways that are equally
  /// good every library takes the same one.
  func unigram(_ pieces: [(piece: [UInt8], score: Double)]) -> TrainedTokenizer {
    TrainedTokenizer(
      options: options, tokens: special + pieces.map(\.piece),
      scores: special.map { _ in 0 } + pieces.map { ($0.score * 1024).rounded() / 1024 },
      merges: [], specialIDs: special.indices.map { TokenID($0) })
  }

  private func ids(of special: [[UInt8]], in tokens: [[UInt8]]) -> [TokenID] {
    var ids: [[UInt8]: TokenID] = [:]
    for (id, token) in tokens.enumerated() where ids[token] == nil { ids[token] = TokenID(id) }
    return special.compactMap { ids[$0] }
  }
}

/// The merges that write out the pieces of a SentencePiece BPE vocabulary, which itself has only pieces with ranks:
/// every way to make a piece of two others, in the order of the pieces.
enum PieceMerges {
  static func merges(_ tokens: [[UInt8]], first: Int) -> [(left: [UInt8], right: [UInt8])] {
    var ids: [[UInt8]: Int] = [:]
    for (id, token) in tokens.enumerated().dropFirst(first) { ids[token] = id }
    var result: [(left: [UInt8], right: [UInt8])] = []
    for piece in tokens.dropFirst(first) {
      var ways: [(Int, Int)] = []
      for cut in piece.indices.dropFirst() where piece[cut] & 0xC0 != 0x80 {
        if let left = ids[Array(piece[..<cut])], let right = ids[Array(piece[cut...])] { ways.append((left, right)) }
      }
      for way in ways.sorted(by: <) { result.append((tokens[way.0], tokens[way.1])) }
    }
    return result
  }
}

extension TokenizerTrainingOptions {
  /// The special tokens, with that of the unknown where the kind cannot do without.
  var specialTokensWithUnknown: [String] {
    guard kind == .wordPiece || kind == .wordLevel else { return specialTokens }
    let unknown = unknownToken ?? "[UNK]"
    return specialTokens.contains { $0.utf8.elementsEqual(unknown.utf8) } ? specialTokens : [unknown] + specialTokens
  }
}
