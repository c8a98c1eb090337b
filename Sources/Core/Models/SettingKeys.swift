/// Which settings of a model's file were read, so that what is left over can be looked at: a setting that would change the
/// model's numbers is obeyed or refused, never read over.
///
/// What an architecture reads counts as obeyed. Of the rest, those pass that are known to change nothing, that belong to
/// no family of settings that change numbers, or whose value says that there is nothing to obey (false, null, 0 …).
final class SettingKeys {
  private var read: Set<String> = []

  func note(_ key: String) { read.insert(key) }

  func isRead(_ key: String) -> Bool { read.contains(key) }

  /// Whether a value says "nothing of the kind": none, false, zero, empty; one, where it is multiplied with; all layers
  /// alike and as usual.
  static func isNeutral(_ value: JSON, key: String) -> Bool {
    switch value {
    case .null, .bool(false): return true
    case .int, .double, .float:
      let number = value.double ?? 1
      return number == 0 || number == 1 && !multipliers.isDisjoint(with: words(key))
    case .string(let text): return text.isEmpty
    case .array(let values): return values.allSatisfy { $0.string == "full_attention" }
    case .object(let object): return object.isEmpty
    case .bool(true): return false
    }
  }

  /// "rope", "scaling" and "factor" of "rope.scaling_factor".
  static func words(_ key: String) -> Set<String> {
    Set(key.lowercased().split { !$0.isLetter && !$0.isNumber }.map(String.init))
  }

  private static let multipliers: Set<String> = ["scale", "scales", "scaling", "multiplier", "factor", "ratio"]
}

extension HuggingFaceConfig {
  /// Refuses settings that were not read and may change the model's numbers.
  /// - Parameter c: what the file was read as; a setting that repeats it is fine.
  /// - Throws: ``FormatError`` naming the setting.
  func refuseUnread(_ c: ModelConfiguration) throws {
    for (key, value) in json.object?.members ?? [] where !keys.isRead(key) && Self.mayChangeNumbers(key) {
      if SettingKeys.isNeutral(value, key: key) || repeats(c, key, value) { continue }
      throw error(key, value, expected: "none: \(modelType) models with it are not supported")
    }
  }

  /// Other names of what was read, and limits that lie beyond the context.
  private func repeats(_ c: ModelConfiguration, _ key: String, _ value: JSON) -> Bool {
    switch key {
    case "sliding_window", "sliding_window_size":
      guard let window = value.int else { return false }
      return c.slidingWindows.contains(window) || window >= c.contextLength
    case "rms_norm_eps", "layer_norm_eps", "layer_norm_epsilon", "norm_eps":
      return value.double.map { Float($0) == c.normEpsilon } ?? false
    case "num_key_value_heads": return value.int == c.keyValueHeads
    case "head_dim": return value.int == c.headDimension
    case "hidden_act", "hidden_activation", "activation_function":
      return (try? activation(key, default: .silu)) == c.activation
    case "rope_theta": return c.positions != .rope || value.double == c.rope?.base
    case "position_embedding_type": return value.string == (c.positions == .learned ? "absolute" : "rope")
    default: return false
    }
  }

  /// Families of settings that numbers depend on, by the words their names are made of.
  static func mayChangeNumbers(_ key: String) -> Bool {
    if harmless.contains(key) || harmlessBeginnings.contains(where: { key.hasPrefix($0) }) { return false }
    let words = SettingKeys.words(key)
    return !families.isDisjoint(with: words) && harmlessWords.isDisjoint(with: words)
  }

  private static let families: Set<String> = [
    "rope", "rotary", "mrope", "yarn", "ntk", "nope", "alibi", "position", "positions", "positional", "attn",
    "attention", "causal", "bidirectional", "head", "heads", "kv", "query", "key", "value", "qk", "qkv", "window",
    "norm", "norms", "layernorm", "rms", "eps", "epsilon", "act", "activation", "bias", "scale", "scales", "scaling",
    "multiplier", "softcap", "softcapping", "cap", "logit", "logits", "residual", "embedding", "embeddings", "emb",
    "layer", "layers", "block", "blocks", "parallel", "mlp", "ffn", "intermediate", "gate", "gated", "expert",
    "experts", "moe", "router", "conv", "ssm", "mamba", "clip", "clamp", "quantization", "lora", "mtp", "nextn",
  ]
  /// Regularisation in training, and ways of computing the same.
  private static let harmlessWords: Set<String> = [
    "dropout", "pdrop", "drop", "flash", "sdpa", "fused", "implementation", "impl", "cache", "init", "initializer",
    "checkpointing", "loss", "aux", "coef", "js",
  ]
  private static let harmlessBeginnings = ["summary_", "output_", "classifier_", "_attn_", "unsloth_", "vision_"]
  private static let harmless: Set<String> = [
    "pretraining_tp", "reorder_and_upcast_attn", "original_max_position_embeddings", "max_window_layers",
    "num_logits_to_keep", "logits_to_keep",
  ]
}

extension GGUFMetadata {
  /// Refuses keys of the architecture that were not read and may change the model's numbers.
  /// - Throws: ``FormatError`` naming the key.
  func refuseUnread(_ c: ModelConfiguration) throws {
    let prefix = architecture + "."
    for key in file.keys where key.hasPrefix(prefix) && !keys.isRead(key) {
      let name = String(key.dropFirst(prefix.count))
      guard !Self.harmless.contains(name), !Self.harmlessBeginnings.contains(where: { name.hasPrefix($0) }),
        let value = file[key], !isNeutral(name, value), !repeats(c, name, value)
      else { continue }
      throw FormatError(
        file: file.path, place: key, found: value.shown,
        expected: "none: \(architecture) models with it are not supported")
    }
  }

  private func isNeutral(_ name: String, _ value: GGUFValue) -> Bool {
    if name == "attention.causal" { return value.bool == true }
    if let list = value.array { return list.count == 0 || list.integers()?.allSatisfy { $0 == 0 } ?? false }
    let plain: JSON? = value.bool.map { .bool($0) } ?? value.double.map { .double($0) }
    return (plain ?? value.string.map { .string($0) }).map { SettingKeys.isNeutral($0, key: name) } ?? false
  }

  /// Other names of what was read.
  private func repeats(_ c: ModelConfiguration, _ name: String, _ value: GGUFValue) -> Bool {
    switch name {
    case "attention.layer_norm_epsilon", "attention.layer_norm_rms_epsilon":
      return value.double.map { Float($0) == c.normEpsilon } ?? false
    case "attention.key_length_swa", "attention.value_length_swa": return value.int == c.headDimension
    case "attention.head_count_kv": return value.int == c.keyValueHeads
    case "rope.dimension_count", "rope.dimension_count_swa":
      return c.rope == nil || value.int == c.rope?.dimensions
    case "rope.freq_base": return c.rope == nil
    case "rope.freq_base_swa":
      return !c.slidingWindows.contains { $0 != nil } || value.double == c.rope?.base
    case "attention.sliding_window": return value.int.map { $0 >= c.contextLength } ?? false
    case "attention.sliding_window_pattern":
      // One full layer in so many.
      guard let period = value.int, period > 0, !c.slidingWindows.isEmpty else { return c.slidingWindows.isEmpty }
      return c.slidingWindows.enumerated().allSatisfy { ($1 == nil) == (($0 + 1) % period == 0) }
    case "hidden_activation", "hidden_act": return value.string == c.activation.rawValue
    default: return false
    }
  }

  /// Sizes that tensors tell as well, and what only training or other inputs than text need.
  private static let harmless: Set<String> = [
    "vocab_size", "context_length", "embedding_length", "block_count", "feed_forward_length", "tensor_data_layout",
    "rope.scaling.original_context_length", "rope.scaling.finetuned", "pooling_type", "features_length",
    "classifier.output_labels", "decoder_start_token_id",
  ]
  private static let harmlessBeginnings = ["vision.", "mm.", "audio.", "projector."]
}

extension GGUFValue {
  /// For messages.
  var shown: String {
    bool.map { "\($0)" } ?? int.map(String.init) ?? double.map { "\($0)" } ?? string.map { "\"\($0)\"" } ?? "a list"
  }
}
