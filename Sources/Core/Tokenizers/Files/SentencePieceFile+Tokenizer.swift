extension SentencePieceFile {
  /// A tokenizer of this file. The file says nothing about special tokens around a text: BOS is put before it where
  /// the vocabulary has one.
  /// - Parameter cache: of this file's tables.
  func tokenizer(name: String, cache: TableCache = .off) throws -> PipelineTokenizer {
    let vocabulary = try cache.vocabulary { try makeVocabulary() }
    guard vocabulary.count == pieces.count else { throw TableCache.Damage() }
    let userDefined = pieces.enumerated().filter { $0.element.kind == .userDefined }
    let trie =
      userDefined.isEmpty
      ? nil : UnigramTrie(userDefined.map { (bytes: $0.element.bytes, id: TokenID($0.offset)) })
    let normalizer = try normalizer(normalization, userDefined: trie, isSuffix: hasSpaceSuffix)
    let model = try model(vocabulary, userDefined: trie, cache)
    return PipelineTokenizer(
      name: name,
      stages: PipelineTokenizer.Stages(
        added: AddedVocabulary(specialPieces), normalizer: normalizer,
        model: model, fused: UnigramRunningPipeline(normalizer, model), postProcessor: postProcessor,
        decoders: [try decoder()], isByteLevel: false),
      specialTokens: specialTokens)
  }

  private func makeVocabulary() throws -> Vocabulary {
    var builder = VocabularyBuilder(expecting: pieces.count)
    var texts = Set<[UInt8]>(minimumCapacity: pieces.count)
    var reserved = Set<[UInt8]>()
    for (id, piece) in pieces.enumerated() {
      let isText = piece.kind == .normal || piece.kind == .userDefined || piece.kind == .unused
      let bytes = Array(piece.bytes)
      let isNew = isText ? texts.insert(bytes).inserted : reserved.insert(bytes).inserted
      guard isNew else {
        throw FormatError(
          file: file, place: "piece \(id)", found: "\(String(decoding: piece.bytes, as: UTF8.self)) a second time",
          expected: "each piece once")
      }
      // Text never becomes an unused piece, but BPE merges on from it.
      guard builder.add(piece.bytes, id: id, isFindable: isText && (type == .bpe || piece.kind != .unused)),
        builder.size <= TokenTrie.maximumBytes
      else {
        throw FormatError(
          file: file, place: "piece \(id)", found: "pieces of more than \(TokenTrie.maximumBytes) bytes")
      }
    }
    return builder.build()
  }

  private func normalizer(
    _ spec: Normalization, userDefined: UnigramTrie?, isSuffix: Bool
  ) throws -> SentencePieceNormalizer {
    var charsmap: Charsmap?
    if !spec.charsmap.isEmpty {
      charsmap = Charsmap(spec.charsmap)
      guard charsmap != nil else {
        throw FormatError(
          file: file, place: "normalizer_spec.precompiled_charsmap", found: "damaged rules",
          expected: "a length, a double array of that length, and texts")
      }
    }
    return SentencePieceNormalizer(
      rules: SentencePieceRules(charsmap: charsmap, userDefined: userDefined), addsDummyPrefix: spec.addsDummyPrefix,
      removesExtraSpaces: spec.removesExtraSpaces, escapesSpaces: spec.escapesSpaces, isSuffix: isSuffix)
  }

  private func model(
    _ vocabulary: Vocabulary, userDefined: UnigramTrie?, _ cache: TableCache
  ) throws -> any TokenModel {
    var byteTokens = [TokenID](repeating: -1, count: 256)
    for (id, piece) in pieces.enumerated() where piece.kind == .byte {
      if let byte = ByteFallback.byte(of: piece.bytes) { byteTokens[Int(byte)] = TokenID(id) }
    }
    let unknown = firstID(of: .unknown)
    switch type {
    case .unigram:
      return UnigramModel(
        vocabulary: vocabulary, trie: try cache.trie("pieces", vocabulary), scores: unigramScores, unknown: unknown,
        unknownScore: Double((scoreRange?.lowerBound ?? Float.greatestFiniteMagnitude) - 10),
        byteTokens: fallsBackToBytes ? byteTokens : [], isSingle: true)
    case .bpe:
      let unused = pieces.indices.filter { pieces[$0].kind == .unused }.map { TokenID($0) }
      return SentencePieceBPEModel(
        vocabulary: vocabulary, scores: pieces.map(\.score), unknown: unknown ?? .lacking, byteTokens: byteTokens,
        fusesUnknown: true, userDefined: userDefined, unused: Set(unused))
    case .word, .char:
      return SentencePieceLookupModel(
        vocabulary: vocabulary, unknown: unknown, byteTokens: fallsBackToBytes ? byteTokens : [],
        userDefined: userDefined, unit: type == .word ? .word : .character)
    }
  }

  /// Of the normal pieces; nil where there are none.
  private var scoreRange: ClosedRange<Float>? {
    var range: ClosedRange<Float>?
    for piece in pieces where piece.kind == .normal && !piece.score.isNaN {
      range = min(range?.lowerBound ?? piece.score, piece.score)...max(range?.upperBound ?? piece.score, piece.score)
    }
    return range
  }

  /// A user-defined symbol has so high a score that it is always taken.
  private var unigramScores: [Double] {
    pieces.map { Double($0.kind == .userDefined ? Float(0.1 * Double($0.bytes.count - 1)) : $0.score) }
  }

  private func decoder() throws -> SentencePieceDecoder {
    var decoder = SentencePieceDecoder(
      control: Set(pieces.lazy.filter { $0.kind == .control }.map { Array($0.bytes) }),
      unknown: firstID(of: .unknown).map { Array(pieces[Int($0)].bytes) } ?? [],
      unknownSurface: Array(unknownSurface.utf8), hasBytes: fallsBackToBytes,
      addsDummyPrefix: normalization.addsDummyPrefix, removesExtraSpaces: normalization.removesExtraSpaces)
    if let denormalization, !denormalization.charsmap.isEmpty {
      decoder.denormalizer = try normalizer(denormalization, userDefined: nil, isSuffix: false)
    }
    return decoder
  }

  // MARK: - Special tokens

  private func firstID(of kind: Kind) -> TokenID? { pieces.firstIndex { $0.kind == kind }.map { TokenID($0) } }

  private func control(_ name: String) -> TokenID? {
    pieces.firstIndex { $0.kind == .control && $0.bytes.elementsEqual(name.utf8) }.map { TokenID($0) }
  }

  /// Control and unknown pieces, which are plain text unless special tokens are parsed.
  private var specialPieces: [AddedToken] {
    pieces.enumerated().compactMap { id, piece in
      guard piece.kind == .control || piece.kind == .unknown else { return nil }
      return AddedToken(content: String(decoding: piece.bytes, as: UTF8.self), id: TokenID(id))
    }
  }

  private var specialTokens: SpecialTokens {
    let finder = SpecialTokenFinder(id: control, prefix: [])
    var tokens = SpecialTokens(
      bos: control(names.bos), eos: control(names.eos), padding: control(names.padding), unknown: firstID(of: .unknown))
    tokens.endOfGeneration =
      finder.specialTokens(
        TokenizerConfiguration(bos: names.bos, eos: names.eos), unknown: nil
      ).endOfGeneration
    if let eos = tokens.eos { tokens.endOfGeneration.insert(eos) }
    return tokens
  }

  private var postProcessor: TemplatePostProcessor {
    TemplatePostProcessor(prefix: control(names.bos).map { [$0] } ?? [])
  }
}
