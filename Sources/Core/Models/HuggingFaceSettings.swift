/// Members of a JSON object, in order.
public typealias Settings = [(key: String, value: JSON)]

extension JSON {
  /// A float32 by the shortest decimal that reads back as the same float32 (1e-05, not 9.999999747378752e-06).
  static func shortest(_ value: Float) -> JSON { .double(Double(value.description) ?? Double(value)) }

  static func members(_ members: Settings) -> JSON { .object(JSONObject(members)) }
}

/// A configuration as the settings of a config.json, under the names that most decoders share.
enum HuggingFaceSettings {
  static func common(_ c: ModelConfiguration, className: String) throws -> Settings {
    var settings: Settings = [
      ("architectures", .array([.string(className)])),
      ("model_type", .string(c.architecture)),
      ("vocab_size", .int(c.vocabularySize)),
      ("hidden_size", .int(c.hiddenSize)),
      ("intermediate_size", .int(c.intermediateSize)),
      ("num_hidden_layers", .int(c.layers)),
      ("num_attention_heads", .int(c.heads)),
      ("num_key_value_heads", .int(c.keyValueHeads)),
      ("head_dim", .int(c.headDimension)),
      ("max_position_embeddings", .int(c.contextLength)),
      ("rms_norm_eps", .shortest(c.normEpsilon)),
      ("tie_word_embeddings", .bool(c.tiedEmbeddings)),
      ("attention_dropout", .double(0)),
      ("initializer_range", .double(0.02)),
      ("use_cache", .bool(true)),
    ]
    settings += tokens(c)
    if let rope = c.rope {
      settings.append(("rope_theta", .double(rope.base)))
      settings.append(("rope_scaling", try scaling(rope)))
      if rope.dimensions != c.headDimension {
        settings.append(("partial_rotary_factor", .double(Double(rope.dimensions) / Double(c.headDimension))))
      }
    }
    return settings
  }

  static func tokens(_ c: ModelConfiguration) -> Settings {
    let ends = c.eosTokenIDs.map { JSON.int(Int($0)) }
    return [
      ("bos_token_id", c.bosTokenID.map { .int(Int($0)) } ?? .null),
      ("eos_token_id", ends.isEmpty ? .null : ends.count == 1 ? ends[0] : .array(ends)),
      // Some classes have a default beyond a small vocabulary.
      ("pad_token_id", .null),
    ]
  }

  static func scaling(_ rope: RopeConfiguration) throws -> JSON {
    switch rope.scaling {
    case nil: return .null
    case .linear(let factor): return .members([("rope_type", .string("linear")), ("factor", .double(factor))])
    case .llama3(let factor, let low, let high, let original):
      return .members([
        ("rope_type", .string("llama3")), ("factor", .double(factor)), ("low_freq_factor", .double(low)),
        ("high_freq_factor", .double(high)), ("original_max_position_embeddings", .int(original)),
      ])
    case .factors:
      throw WriteError(
        path: "config.json",
        reason: "rotary factors given one by one, as in this GGUF, have no setting in Hugging Face's format")
    }
  }

  static func activation(_ c: ModelConfiguration) -> JSON {
    switch c.activation {
    case .silu: .string("silu")
    case .gelu: .string("gelu")
    case .geluTanh: .string("gelu_pytorch_tanh")
    case .relu: .string("relu")
    }
  }

  static func layerTypes(_ c: ModelConfiguration) -> JSON {
    .array(
      (0..<c.layers).map {
        let slides = $0 < c.slidingWindows.count && c.slidingWindows[$0] != nil
        return .string(slides ? "sliding_attention" : "full_attention")
      })
  }

  static func window(_ c: ModelConfiguration) -> JSON {
    c.slidingWindows.compactMap { $0 }.first.map { .int($0) } ?? .null
  }
}
