/// Writes a trained byte-level BPE vocabulary as tokenizer.json.
struct TokenizerJSONWriter {
  let options: BPETrainer.Options
  /// What each token stands for, special tokens left out, in the order of ids.
  let tokens: [[UInt8]]
  let merges: [(left: [UInt8], right: [UInt8])]

  private func written(_ token: [UInt8]) -> String { token.withUnsafeBufferPointer { ByteAlphabet.encode($0) } }

  func bytes() -> [UInt8] {
    let special = options.specialTokens
    let firstSpecial = options.specialTokensFirst ? 0 : tokens.count
    let firstToken = options.specialTokensFirst ? special.count : 0
    var writer = JSON.Writer(indent: 1)
    writer.object { writer in
      writer.member("version", "1.0")
      writer.member("truncation", nil)
      writer.member("padding", nil)
      writer.member("added_tokens") { writer in
        writer.array(special.enumerated()) { writer, token in
          writer.write([
            "id": .int(firstSpecial + token.offset), "content": .string(token.element), "single_word": false,
            "lstrip": false, "rstrip": false, "normalized": false, "special": true,
          ])
        }
      }
      writer.member("normalizer", nil)
      writer.member("pre_tokenizer", preTokenizer)
      writer.member("post_processor", nil)
      writer.member("decoder", byteLevel(usesRegex: true))
      writer.member("model") { model(&$0, special: special, firstSpecial: firstSpecial, firstToken: firstToken) }
    }
    writer.newline()
    return writer.bytes
  }

  private func model(_ writer: inout JSON.Writer, special: [String], firstSpecial: Int, firstToken: Int) {
    writer.object { writer in
      writer.member("type", "BPE")
      for key in ["dropout", "unk_token", "continuing_subword_prefix", "end_of_word_suffix"] {
        writer.member(key, nil)
      }
      for key in ["fuse_unk", "byte_fallback", "ignore_merges"] { writer.member(key, false) }
      writer.member("vocab") { writer in
        writer.object { writer in
          if options.specialTokensFirst { members(special, firstSpecial, &writer) }
          for (index, token) in tokens.enumerated() { writer.member(written(token), .int(firstToken + index)) }
          if !options.specialTokensFirst { members(special, firstSpecial, &writer) }
        }
      }
      writer.member("merges") { writer in
        writer.array(merges) { writer, merge in
          writer.write(.array([.string(written(merge.left)), .string(written(merge.right))]))
        }
      }
    }
  }

  private func members(_ names: [String], _ first: Int, _ writer: inout JSON.Writer) {
    for (index, name) in names.enumerated() { writer.member(name, .int(first + index)) }
  }

  private func byteLevel(usesRegex: Bool) -> JSON {
    ["type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": .bool(usesRegex)]
  }

  private var preTokenizer: JSON {
    let pattern: String
    switch options.pattern {
    case .gpt2: return byteLevel(usesRegex: true)
    case .llama3: pattern = CL100KScanner.llama3
    case .qwen2: pattern = CL100KScanner.qwen2
    }
    let split: JSON = [
      "type": "Split", "pattern": ["Regex": .string(pattern)], "behavior": "Isolated", "invert": false,
    ]
    return ["type": "Sequence", "pretokenizers": [split, byteLevel(usesRegex: false)]]
  }
}
