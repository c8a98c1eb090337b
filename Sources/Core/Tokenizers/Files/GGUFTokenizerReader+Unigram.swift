/// GGUF's "t5" (Unigram) and "rwkv" (longest match), as llama.cpp has them.
extension GGUFTokenizerReader {
  func unigram(_ name: String) throws -> PipelineTokenizer {
    guard let scores = file["tokenizer.ggml.scores"]?.array?.floats(), scores.count >= tokens.count else {
      throw error("tokenizer.ggml.scores", "no score for each token", "\(tokens.count) scores")
    }
    var lowest = Float.greatestFiniteMagnitude
    var userDefined: [(bytes: UnsafeBufferPointer<UInt8>, id: TokenID)] = []
    for id in tokens.indices {
      let kind = Kind(rawValue: kinds[id])
      if kind == .normal { lowest = min(lowest, scores[id]) }
      if kind == .userDefined, !bytes(id).isEmpty { userDefined.append((bytes(id), TokenID(id))) }
    }
    let vocabulary = try cache.vocabulary {
      var builder = VocabularyBuilder(expecting: tokens.count)
      for id in tokens.indices {
        let kind = Kind(rawValue: kinds[id])
        let isText = kind == .normal || kind == .userDefined || kind == .unused
        guard builder.add(bytes(id), id: id, isFindable: isText && !bytes(id).isEmpty),
          builder.size <= TokenTrie.maximumBytes
        else { throw error("tokenizer.ggml.tokens", "a vocabulary of more than \(TokenTrie.maximumBytes) bytes", nil) }
      }
      return builder.build()
    }
    guard vocabulary.count == tokens.count else { throw TableCache.Damage() }
    // Of equal tokens one counts.
    let different = userDefined.filter { vocabulary.id($0.bytes) == $0.id }
    let rules = SentencePieceRules(
      charsmap: try charsmap(), userDefined: different.isEmpty ? nil : UnigramTrie(different), takesBeginnings: true)
    let addsPrefix = file["tokenizer.ggml.add_space_prefix"]?.bool ?? false
    let isSuffix = file["tokenizer.ggml.treat_whitespace_as_suffix"]?.bool ?? false
    let normalizer = LlamaCppUnigramNormalizer(
      rules: rules, addsPrefix: addsPrefix,
      mergesSpaces: file["tokenizer.ggml.remove_extra_whitespaces"]?.bool ?? false,
      escapesSpaces: file["tokenizer.ggml.escape_whitespaces"]?.bool ?? true, isSuffix: isSuffix)
    let model = UnigramModel(
      vocabulary: vocabulary, trie: try cache.trie("pieces", vocabulary),
      scores: tokens.indices.map { kinds[$0] == Kind.userDefined.rawValue ? 0 : Double(scores[$0]) },
      unknown: id("tokenizer.ggml.unknown_token_id") ?? (tokens.count > 2 ? 2 : nil), unknownScore: Double(lowest - 10))
    let mark = PipelineTokenizer.mark
    var decoders: [any TokenDecoder] = [ReplaceDecoder(literal: mark, replacement: [0x20]), FuseDecoder()]
    if addsPrefix, !isSuffix { decoders.append(StripDecoder(content: [0x20], start: 1, stop: 0)) }
    return finish(
      name, model, normalizer: normalizer, preTokenizer: nil, decoders: decoders, isByteLevel: false, plain: [:],
      addsBOS: false, addsEOS: true)
  }

  private func charsmap() throws -> Charsmap? {
    let key = "tokenizer.ggml.precompiled_charsmap"
    guard let list = file[key]?.array?.integers(), !list.isEmpty else { return nil }
    let blob = list.map { UInt8(truncatingIfNeeded: $0) }
    guard let charsmap = blob.withUnsafeBytes({ Charsmap($0) }) else {
      throw error(key, "damaged rules", "a length, a double array of that length, and texts")
    }
    return charsmap
  }

  func longestMatch(_ name: String) throws -> PipelineTokenizer {
    var builder = VocabularyBuilder(expecting: tokens.count)
    for id in tokens.indices {
      let token = Self.unescaped(bytes(id))
      let isText = kinds[id] != Kind.control.rawValue && !token.isEmpty
      guard token.withUnsafeBufferPointer({ builder.add($0, id: id, isFindable: isText) }) else {
        throw error("tokenizer.ggml.tokens", "a vocabulary of more than 4 GB", nil)
      }
    }
    let model = GreedyByteModel(vocabulary: builder.build(), unknown: id("tokenizer.ggml.unknown_token_id"))
    return finish(
      name, model, normalizer: nil, preTokenizer: nil, decoders: [ByteLevelDecoder()], isByteLevel: true, plain: [:],
      addsBOS: false)
  }

  /// `\t`, `\n`, `\r`, `\xHH`; any other character after a backslash is that character.
  static func unescaped(_ text: UnsafeBufferPointer<UInt8>) -> [UInt8] {
    var result: [UInt8] = []
    var i = 0
    while i < text.count {
      guard text[i] == UInt8(ascii: "\\"), i + 1 < text.count else {
        result.append(text[i])
        i += 1
        continue
      }
      let letter = text[i + 1]
      i += 2
      switch letter {
      case UInt8(ascii: "t"): result.append(0x09)
      case UInt8(ascii: "n"): result.append(0x0A)
      case UInt8(ascii: "r"): result.append(0x0D)
      case UInt8(ascii: "x"):
        let digits = text[i..<min(text.count, i + 2)]
        i += digits.count
        if digits.count == 2, let byte = UInt8(String(decoding: digits, as: UTF8.self), radix: 16) {
          result.append(byte)
        }
      default: result.append(letter)
      }
    }
    return result
  }
}
