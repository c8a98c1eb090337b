/// Writes a trained vocabulary as tokenizer.json (Hugging Face's `tokenizers`, format 1.0).
struct TokenizerJSONWriter {
  private let trained: TrainedTokenizer
  private var options: TokenizerTrainingOptions { trained.options }

  init(_ trained: TrainedTokenizer) { self.trained = trained }

  func bytes() -> [UInt8] {
    // Options that a training went through make a pipeline.
    let pipeline = try? TrainingPipeline(options)
    var writer = JSON.Writer(indent: 1)
    writer.object { writer in
      writer.member("version", "1.0")
      writer.member("truncation", nil)
      writer.member("padding", nil)
      writer.member("added_tokens") { writer in
        writer.array(addedTokens) { writer, id in
          writer.write([
            "id": .int(Int(id)), "content": .string(text(trained.tokens[Int(id)])), "single_word": false,
            "lstrip": false, "rstrip": false, "normalized": false, "special": true,
          ])
        }
      }
      writer.member("normalizer", pipeline?.normalizer ?? nil)
      writer.member("pre_tokenizer", pipeline?.preTokenizer ?? nil)
      writer.member("post_processor", nil)
      writer.member("decoder", pipeline?.decoder ?? nil)
      writer.member("model") { writer in
        writer.object { writer in
          switch options.kind {
          case .bpe, .sentencePieceBPE: bpe(&writer)
          case .wordPiece: wordPiece(&writer)
          case .wordLevel: wordLevel(&writer)
          case .unigram: unigram(&writer)
          }
        }
      }
    }
    writer.newline()
    return writer.bytes
  }

  /// Special tokens without the bytes, which are part of the model.
  private var addedTokens: [TokenID] {
    let count = VocabularyLayout(options).special.count
    return options.byteFallback && options.isSentencePiece
      ? Array(trained.specialIDs.prefix(max(0, count - 256))) : trained.specialIDs
  }

  private func text(_ token: [UInt8]) -> String { String(decoding: token, as: UTF8.self) }

  private func bpe(_ writer: inout JSON.Writer) {
    let isSentencePiece = options.kind == .sentencePieceBPE
    writer.member("type", "BPE")
    writer.member("dropout", nil)
    writer.member("unk_token", isSentencePiece ? .string(options.unknownToken ?? "<unk>") : nil)
    writer.member("continuing_subword_prefix", options.continuingSubwordPrefix.map { .string($0) } ?? nil)
    writer.member("end_of_word_suffix", options.endOfWordSuffix.map { .string($0) } ?? nil)
    writer.member("fuse_unk", .bool(isSentencePiece))
    writer.member("byte_fallback", .bool(isSentencePiece && options.byteFallback))
    writer.member("ignore_merges", false)
    vocabulary(&writer)
    writer.member("merges") { writer in
      writer.array(trained.merges) { writer, merge in
        writer.write(.array([.string(text(merge.left)), .string(text(merge.right))]))
      }
    }
  }

  private func wordPiece(_ writer: inout JSON.Writer) {
    writer.member("type", "WordPiece")
    writer.member("unk_token", .string(options.unknownToken ?? "[UNK]"))
    writer.member("continuing_subword_prefix", .string(options.continuingSubwordPrefix ?? "##"))
    writer.member("max_input_chars_per_word", 100)
    vocabulary(&writer)
  }

  private func wordLevel(_ writer: inout JSON.Writer) {
    writer.member("type", "WordLevel")
    vocabulary(&writer)
    writer.member("unk_token", .string(options.unknownToken ?? "[UNK]"))
  }

  private func unigram(_ writer: inout JSON.Writer) {
    writer.member("type", "Unigram")
    writer.member("unk_id", 0)
    let special = VocabularyLayout(options).special.count
    let score = specialScore(special)
    writer.member("vocab") { writer in
      writer.array(trained.tokens.indices) { writer, id in
        writer.write(.array([.string(text(trained.tokens[id])), .double(id < special ? score : trained.scores[id])]))
      }
    }
    writer.member("byte_fallback", .bool(options.byteFallback))
  }

  /// Special tokens and bytes are pieces like others to this form of the model: what spells one is to become its
  /// characters all the same, as in SentencePiece's.
  private func specialScore(_ count: Int) -> Double {
    let longest = trained.tokens.prefix(count).reduce(0) { max($0, $1.count) }
    return (trained.scores.dropFirst(count).min() ?? 0) * Double(longest + 1) - 1
  }

  private func vocabulary(_ writer: inout JSON.Writer) {
    writer.member("vocab") { writer in
      writer.object { writer in
        for (id, token) in trained.tokens.enumerated() { writer.member(text(token), .int(id)) }
      }
    }
  }
}
