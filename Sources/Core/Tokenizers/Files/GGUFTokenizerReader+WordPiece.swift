extension GGUFTokenizerReader {
  /// Model "bert": words begin with `▁` in this format's vocabulary, and what goes on in a word has no mark.
  func wordPiece(_ name: String) throws -> PipelineTokenizer {
    let vocabulary = try cache.vocabulary {
      var builder = VocabularyBuilder(expecting: tokens.count)
      for id in tokens.indices {
        guard builder.add(bytes(id), id: id), builder.size <= TokenTrie.maximumBytes else {
          throw error("tokenizer.ggml.tokens", "a vocabulary of more than \(TokenTrie.maximumBytes) bytes", nil)
        }
      }
      return builder.build()
    }
    guard vocabulary.count == tokens.count else { throw TableCache.Damage() }
    func special(_ key: String, _ usual: TokenID?) -> TokenID? {
      id("tokenizer.ggml.\(key)_token_id") ?? usual.flatMap { Int($0) < tokens.count ? $0 : nil }
    }
    // BERT's own ids, where a file says nothing.
    var specialTokens = SpecialTokens(
      bos: id("tokenizer.ggml.cls_token_id") ?? special("bos", 101), eos: special("seperator", 102),
      padding: special("padding", 0), unknown: special("unknown", 100))
    if let end = specialTokens.eos { specialTokens.endOfGeneration = [end] }
    let normalizer = WordPieceTextNormalizer()
    let preTokenizer = WordPieceTextCut()
    let model = try WordPieceModel(
      vocabulary: vocabulary, unknown: specialTokens.unknown ?? .lacking, wordMark: PipelineTokenizer.mark, cache: cache
    )
    let post = TemplatePostProcessor(
      prefix: specialTokens.bos.map { [$0] } ?? [], suffix: specialTokens.eos.map { [$0] } ?? [])
    let stages = PipelineTokenizer.Stages(
      added: AddedVocabulary(addedTokens(), order: .longestFirst), normalizer: normalizer, preTokenizer: preTokenizer,
      model: model, fused: BERTPipeline(normalizer: normalizer, preTokenizer: preTokenizer, model: model),
      postProcessor: post,
      decoders: [
        ReplaceDecoder(literal: PipelineTokenizer.mark, replacement: [0x20]), FuseDecoder(),
        StripDecoder(content: [0x20], start: 1, stop: 0),
      ], isByteLevel: false)
    return PipelineTokenizer(name: name, stages: stages, specialTokens: specialTokens)
  }
}

/// llama.cpp's cleaning for WordPiece: of a character that can be taken apart the first part alone, in lower case, without
/// control characters.
struct WordPieceTextNormalizer: Normalizer {
  func normalize(_ text: inout AlignedText) {
    var parts: [Composition.Item] = []
    text.rewrite { bytes, rewriter in
      var at = 0
      while at < bytes.count {
        let (scalar, length) = decodedScalar(bytes, at)
        let range = at..<(at + length)
        at += length
        parts.removeAll(keepingCapacity: true)
        Composition.decompose(scalar, .decomposed, into: &parts)
        let first = parts.first?.scalar ?? scalar
        if UnicodeClasses.table[Int(first)] & UnicodeClasses.space != 0 {
          rewriter.write([0x20], for: range)
        } else if first != 0, first != 0xFFFD, !isControl(first) {
          let lower = CharacterTraits.lowercased(first)
          if lower == scalar { rewriter.keep(range) } else { rewriter.write(scalar: lower, for: range) }
        }
      }
    }
  }

  private func isControl(_ scalar: UInt32) -> Bool {
    switch Unicode.Scalar(scalar)?.properties.generalCategory {
    case .control, .format, .privateUse, .surrogate: true
    default: false
    }
  }
}

/// llama.cpp's cut for WordPiece: at white space, and around punctuation, ASCII symbols and Chinese characters.
struct WordPieceTextCut: PreTokenizer {
  func split(_ text: inout PieceText) {
    text.splitEach { bytes, range, pieces in
      var start = range.lowerBound
      var at = start
      while at < range.upperBound {
        let (scalar, length) = decodedScalar(bytes, at)
        let bits = UnicodeClasses.table[Int(scalar)]
        let isSpace = bits & UnicodeClasses.space != 0
        let isAlone =
          bits & UnicodeClasses.punctuation != 0 || scalar < 0x7F && bits & UnicodeClasses.symbol != 0
          || CharacterTraits.table[scalar] & CharacterTraits.chinese != 0
        if isSpace || isAlone {
          if start < at { pieces.append(Piece(start, at)) }
          if isAlone { pieces.append(Piece(at, at + length)) }
          start = at + length
        }
        at += length
      }
      if start < at { pieces.append(Piece(start, at)) }
    }
  }
}
