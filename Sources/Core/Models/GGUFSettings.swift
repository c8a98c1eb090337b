/// A configuration as the keys of a GGUF file.
enum GGUFSettings {
  static func keys(_ c: ModelConfiguration, architecture name: String) -> [(String, GGUFWriter.Value)] {
    func size(_ value: Int) -> GGUFWriter.Value { .uint32(UInt32(clamping: value)) }
    var keys: [(String, GGUFWriter.Value)] = [
      ("context_length", size(c.contextLength)),
      ("embedding_length", size(c.hiddenSize)),
      ("block_count", size(c.layers)),
      ("feed_forward_length", size(c.intermediateSize)),
      ("attention.head_count", size(c.heads)),
      ("attention.head_count_kv", size(c.keyValueHeads)),
      ("attention.key_length", size(c.headDimension)),
      ("attention.value_length", size(c.headDimension)),
      ("vocab_size", size(c.vocabularySize)),
      (
        c.norm == .rms ? "attention.layer_norm_rms_epsilon" : "attention.layer_norm_epsilon",
        .float32(c.normEpsilon)
      ),
    ]
    if let rope = c.rope {
      keys.append(("rope.dimension_count", size(rope.dimensions)))
      keys.append(("rope.freq_base", .float32(Float(rope.base))))
      if case .linear(let factor) = rope.scaling {
        keys.append(("rope.scaling.type", .string("linear")))
        keys.append(("rope.scaling.factor", .float32(Float(factor))))
      }
    }
    if let local = c.localRope { keys.append(("rope.freq_base_swa", .float32(Float(local.base)))) }
    if let window = c.slidingWindows.compactMap({ $0 }).first {
      keys.append(("attention.sliding_window", size(window)))
      if let full = c.slidingWindows.firstIndex(of: nil) {
        // One full layer in so many; else which layers slide.
        let isPeriodic = c.slidingWindows.enumerated().allSatisfy { ($1 == nil) == (($0 + 1) % (full + 1) == 0) }
        keys.append(
          (
            "attention.sliding_window_pattern",
            isPeriodic ? size(full + 1) : .int32s(c.slidingWindows.map { $0 == nil ? 0 : 1 })
          ))
      } else if name == "gemma3" {
        keys.append(("attention.sliding_window_pattern", .int32s(c.slidingWindows.map { _ in 1 })))
      }
    }
    if let cap = c.attentionSoftcap { keys.append(("attn_logit_softcapping", .float32(cap))) }
    if let cap = c.finalSoftcap { keys.append(("final_logit_softcapping", .float32(cap))) }
    return keys.map { (name + "." + $0.0, $0.1) }
  }

  /// `rope_freqs.weight`: what each pair's frequency is divided by, where the scaling is more than one factor.
  static func rotaryFactors(_ c: ModelConfiguration) -> [Float]? {
    guard let rope = c.rope else { return nil }
    switch rope.scaling {
    case nil, .linear: return nil
    case .factors(let factors, _): return factors
    case .llama3:
      let plain = RotaryStep(RopeConfiguration(base: rope.base, dimensions: rope.dimensions))
      return zip(plain.inverseFrequencies, RotaryStep(rope).inverseFrequencies).map { $0 / $1 }
    }
  }

  /// llama.cpp's number for the type that most weights have.
  static func fileType(_ type: TensorType) -> UInt32 {
    switch type {
    case .f16: 1
    case .q4_0: 2
    case .q8_0: 7
    case .bf16: 32
    default: 0
    }
  }
}
