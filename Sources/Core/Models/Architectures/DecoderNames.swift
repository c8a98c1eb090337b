/// The tensor names that Llama-like decoders share, in both formats.
enum DecoderNames {
  /// `model.layers.3.self_attn.q_proj.weight` for `blocks.3.attention.query.weight`.
  static func huggingFace(_ parameter: ParameterSpecification, blocks: [String: String] = [:]) -> ParameterLocation {
    let (part, suffix) = split(parameter)
    guard let layer = parameter.layer else {
      return ParameterLocation(
        (["embedding": "model.embed_tokens", "final_norm": "model.norm", "head": "lm_head"][part] ?? part) + suffix)
    }
    return ParameterLocation("model.layers.\(layer)." + (blocks[part] ?? huggingFaceBlock[part] ?? part) + suffix)
  }

  /// `blk.3.attn_q.weight` for `blocks.3.attention.query.weight`.
  static func gguf(_ parameter: ParameterSpecification, blocks: [String: String] = [:]) -> ParameterLocation {
    let (part, suffix) = split(parameter)
    guard let layer = parameter.layer else {
      let names = [
        "embedding": "token_embd", "position": "position_embd", "final_norm": "output_norm", "head": "output",
      ]
      return ParameterLocation((names[part] ?? part) + suffix)
    }
    return ParameterLocation("blk.\(layer)." + (blocks[part] ?? ggufBlock[part] ?? part) + suffix)
  }

  /// `attention.query` and `.weight` of `blocks.3.attention.query.weight`.
  static func split(_ parameter: ParameterSpecification) -> (part: String, suffix: String) {
    var name = parameter.name[...]
    if let layer = parameter.layer { name = name.dropFirst("blocks.\(layer).".count) }
    guard let dot = name.lastIndex(of: ".") else { return (String(name), "") }
    return (String(name[..<dot]), String(name[dot...]))
  }

  private static let huggingFaceBlock = [
    "attention.norm": "input_layernorm",
    "attention.query": "self_attn.q_proj",
    "attention.key": "self_attn.k_proj",
    "attention.value": "self_attn.v_proj",
    "attention.query_norm": "self_attn.q_norm",
    "attention.key_norm": "self_attn.k_norm",
    "attention.output": "self_attn.o_proj",
    "mlp.norm": "post_attention_layernorm",
    "mlp.gate": "mlp.gate_proj",
    "mlp.up": "mlp.up_proj",
    "mlp.down": "mlp.down_proj",
  ]

  private static let ggufBlock = [
    "attention.norm": "attn_norm",
    "attention.query": "attn_q",
    "attention.key": "attn_k",
    "attention.value": "attn_v",
    "attention.query_norm": "attn_q_norm",
    "attention.key_norm": "attn_k_norm",
    "attention.output": "attn_output",
    "attention.post_norm": "post_attention_norm",
    "mlp.norm": "ffn_norm",
    "mlp.gate": "ffn_gate",
    "mlp.up": "ffn_up",
    "mlp.down": "ffn_down",
    "mlp.post_norm": "post_ffw_norm",
  ]
}
