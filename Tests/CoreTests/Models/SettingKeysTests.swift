import Foundation
import TestSupport
import Testing

@testable import Core

/// A setting that would change a model's numbers is obeyed or refused, never read over.
@Suite struct SettingKeysTests {
  private let sizes = """
    "vocab_size": 40, "hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2, "num_attention_heads": 4,
    "num_key_value_heads": 2, "head_dim": 8, "max_position_embeddings": 64, "rms_norm_eps": 1e-06
    """

  private func read(_ type: String, _ settings: String) throws -> ModelConfiguration {
    let text = "{\"model_type\": \"\(type)\", \(sizes), \(settings)}"
    let config = try HuggingFaceConfig(JSON.parse(text), path: "config.json")
    let architecture = try #require(ModelRegistry.architecture(modelType: type))
    let configuration = try architecture.configuration(huggingFace: config)
    try config.refuseUnread(configuration)
    return configuration
  }

  @Test(arguments: [
    ("gemma3_text", #""use_bidirectional_attention": true"#, "use_bidirectional_attention"),
    ("qwen2", #""is_causal_attention": false, "attention_multiplier": 0.5"#, "attention_multiplier"),
    ("llama", #""residual_multiplier": 0.22"#, "residual_multiplier"), ("llama", #""logit_scale": 16"#, "logit_scale"),
    ("llama", #""embedding_multiplier": 12"#, "embedding_multiplier"),
    ("llama", #""sliding_window": 16"#, "sliding_window"), ("llama", #""no_rope_layers": [1, 0]"#, "no_rope_layers"),
    ("llama", #""layer_norm_eps": 1e-5"#, "layer_norm_eps"), ("qwen3", #""num_experts": 8"#, "num_experts"),
    ("phi3", #""attention_bias": true"#, "attention_bias"), ("llama", #""qk_norm": true"#, "qk_norm"),
    ("llama", #""quantization_config": {"bits": 4}"#, "quantization_config"),
    ("qwen2", #""use_mrope": true"#, "use_mrope"), ("gemma2", #""sliding_window_size": 8"#, "sliding_window_size"),
    ("llama", #""rope_scaling": {"factor": 4.0}"#, "factor"),
    ("llama", #""rope_parameters": {"rope_type": "default", "mrope_section": [2, 2]}"#, "mrope_section"),
    ("llama", #""rope_scaling": {"rope_type": "linear", "factor": 2, "attention_factor": 1.5}"#, "attention_factor"),
    ("mistral", #""layer_types": ["sliding_attention", "full_attention"]"#, "layer_types"),
    ("llama", #""rope_scaling": {"rope_type": 3}"#, "rope scaling"),
    ("gemma3_text", #""rope_parameters": {"sliding_attention": {"rope_type": "yarn", "factor": 2}}"#, "yarn"),
  ])
  func settingsThatChangeNumbersAreRefused(_ type: String, _ setting: String, _ key: String) {
    let error = #expect(throws: FormatError.self) { _ = try read(type, setting) }
    #expect(error?.description.contains(key) == true, "\(String(describing: error))")
  }

  /// As published files have them.
  @Test(arguments: [
    ("llama", #""attention_dropout": 0.1, "initializer_range": 0.02, "pretraining_tp": 1, "use_cache": true"#),
    ("llama", #""is_llama_config": true, "rope_interleaved": false, "transformers.js_config": {"kv_cache_dtype": 1}"#),
    ("llama", #""attn_implementation": "sdpa", "use_flash_attention_2": true, "_attn_implementation_autoset": true"#),
    ("llama", #""unsloth_fixed": true, "rope_theta": 10000.0, "rope_scaling": null, "mlp_bias": null"#),
    ("llama", #""sliding_window": 4096, "logit_scale": 1.0, "residual_multiplier": 1, "num_experts": 0"#),
    (
      "llama",
      #""head_dim": 8, "hidden_act": "silu", "use_bidirectional_attention": false, "quantization_config": null"#
    ),
    ("qwen2", #""use_sliding_window": false, "sliding_window": 16, "max_window_layers": 28, "use_mrope": false"#),
    ("qwen2", #""attention_bias": true, "layer_types": ["full_attention", "full_attention"]"#),
    ("qwen3", #""attention_bias": false, "router_aux_loss_coef": 0.001, "output_router_logits": true"#),
    ("gemma2", #""sliding_window": 32, "sliding_window_size": 32, "cache_implementation": "hybrid""#),
    ("gemma3_text", #""rope_local_base_freq": 10000, "_sliding_window_pattern": 6, "sliding_window_pattern": 6"#),
    ("gemma3_text", #""use_bidirectional_attention": null, "rope_scaling": {"rope_type": "linear", "factor": 8}"#),
    (
      "phi3",
      #""embd_pdrop": 0.0, "resid_pdrop": 0.0, "original_max_position_embeddings": 4096, "auto_map": {"a": "b"}"#
    ),
    ("llama", #""rope_parameters": {"rope_type": "default", "rope_theta": 5, "original_max_position_embeddings": 8}"#),
  ])
  func harmlessSettingsPass(_ type: String, _ setting: String) throws {
    _ = try read(type, setting)
  }

  @Test func localLayersHaveTheirOwnScaling() throws {
    let c = try read(
      "gemma3_text",
      #"""
      "rope_theta": 1000000, "rope_parameters": {"sliding_attention": {"rope_type": "linear", "factor": 4},
      "full_attention": {"rope_type": "default", "rope_theta": 500000}}
      """#)
    #expect(c.localRope == RopeConfiguration(base: 10_000, dimensions: 8, scaling: .linear(factor: 4)))
    #expect(c.rope == RopeConfiguration(base: 500_000, dimensions: 8))
  }

  // MARK: - GGUF

  /// A model of the writer with more keys, or other values of keys that it writes.
  private func gguf(_ type: String, _ keys: [(String, GGUFWriter.Value)], _ body: (ModelFiles) throws -> Void) throws {
    let plan = BlockPlan(SyntheticModelTests.configuration(type))
    let values = SyntheticModelTests.parameters(plan)
    let folder = TemporaryFolder()
    let architecture = try #require(ModelRegistry.architecture(modelType: type))
    let name = try #require(architecture.ggufNames.first)
    var all: [(String, GGUFWriter.Value)] = [("general.architecture", .string(name))]
    let new = keys.map { (name + "." + $0.0, $0.1) }
    all += GGUFSettings.keys(plan.configuration, architecture: name).filter { key in
      !new.contains { $0.0 == key.0 } && !key.0.contains("rope.scaling")
    }
    all += new
    let layout = FileTensorLayout(plan: plan, architecture: architecture, format: .gguf)
    let tensors = layout.tensors.map { tensor in
      GGUFWriter.Tensor(name: tensor.name, shape: tensor.shape, type: .f32) { emit in
        try FileTensorLayout.forEachPiece(
          of: tensor,
          read: HuggingFaceWriter.reader(plan) { id in values[id].withUnsafeBufferPointer { $0 } }
        ) { try emit(UnsafeBufferPointer($0)) }
      }
    }
    try GGUFWriter.write(metadata: all, tensors: tensors, to: folder.file("a.gguf"))
    try body(ModelFiles.open(folder.file("a.gguf")))
  }

  @Test(
    arguments: [
      ([("rope.scaling.factor", 4)], 4), ([("rope.scale_linear", 4)], 4),
      ([("rope.scaling.factor", 2), ("rope.scale_linear", 4)], 2), ([("rope.scaling.factor", 0)], nil),
      ([("rope.scaling.factor", 1)], nil), ([], nil),
    ] as [([(String, Float)], Double?)])
  func aFactorWithoutATypeIsLinear(_ keys: [(String, Float)], _ factor: Double?) throws {
    try gguf("llama", keys.map { ($0.0, .float32($0.1)) }) { files in
      #expect(files.configuration.rope?.scaling == factor.map { .linear(factor: $0) })
    }
    try gguf("llama", keys.map { ($0.0, .float32($0.1)) } + [("rope.scaling.type", .string("none"))]) { files in
      #expect(files.configuration.rope?.scaling == nil)
    }
  }

  @Test(arguments: [
    ("llama", "attention.causal", GGUFWriter.Value.bool(false)), ("llama", "attention.max_alibi_bias", .float32(8)),
    ("llama", "attention.clamp_kqv", .float32(6)), ("llama", "logit_scale", .float32(0.1)),
    ("llama", "rope.scaling.attn_factor", .float32(1.2)), ("llama", "rope.scaling.type", .string("yarn")),
    ("llama", "expert_count", .uint32(8)), ("llama", "use_parallel_residual", .bool(true)),
    ("qwen2", "attention.sliding_window", .uint32(16)), ("qwen3", "rope.dimension_sections", .int32s([2, 2, 0, 0])),
    ("gemma2", "attention.sliding_window_pattern", .uint32(3)), ("phi3", "rope.freq_base_swa", .float32(7)),
    ("llama", "rope.scaling.yarn_log_multiplier", .float32(0.1)), ("gpt2", "residual_scale", .float32(2)),
    ("gemma3_text", "attention.sliding_window_pattern", .int32s([1, 0])),
    ("llama", "attention.some_new_key", .uint32(3)), ("llama", "rope.scaling.type", .uint32(1)),
  ])
  func keysThatChangeNumbersAreRefused(_ type: String, _ key: String, _ value: GGUFWriter.Value) {
    let error = #expect(throws: FormatError.self) { try gguf(type, [(key, value)]) { _ in } }
    #expect(error?.description.contains(key) == true, "\(String(describing: error))")
  }

  @Test func harmlessKeysPass() throws {
    try gguf(
      "llama",
      [
        ("attention.causal", .bool(true)), ("attention.max_alibi_bias", .float32(0)), ("logit_scale", .float32(1)),
        ("rope.scaling.original_context_length", .uint32(4096)), ("rope.scaling.finetuned", .bool(false)),
        ("tensor_data_layout", .string("Meta AI original pth")), ("expert_count", .uint32(0)),
        ("attention.layer_norm_epsilon", .float32(1e-6)), ("vision.block_count", .uint32(3)),
        ("rope.scaling.attn_factor", .float32(1)), ("attention.sliding_window", .uint32(0)),
      ]
    ) { #expect($0.configuration.slidingWindows.isEmpty) }
    try gguf("llama", [("attention.scale", .float32(0.25))]) { #expect($0.configuration.attentionScale == 0.25) }
    try gguf("gemma2", [("attention.sliding_window", .uint32(0)), ("attn_logit_softcapping", .float32(0))]) {
      #expect($0.configuration.slidingWindows.isEmpty && $0.configuration.attentionSoftcap == nil)
    }
  }

  @Test func theFixturesAreScaledAsLlamaCppScalesThem() throws {
    guard let root = Fixtures.path("faults") else { return }
    let ids: [TokenID] = [3, 9, 27, 1, 14, 30, 2, 7, 21, 8, 16, 5]
    for (name, first, second) in [
      ("rope-factor-only4", 1.1719, -1.7856), ("rope-scale_linear4", 1.1719, -1.7856),
      ("rope-linear4", 1.1719, -1.7856),
      ("rope-plain", 1.2524, 0.2101),
    ] {
      let model = try LoadedModel.load("\(root)/\(name).gguf", threads: 1, exact: true)
      let row = try model.engine.step([.init(tokens: ids, pages: model.engine.makePages())]).array(0)
      #expect(abs(Double(row[0]) - first) < 1e-3 && abs(Double(row[1]) - second) < 1e-3, "\(name)")
    }
  }

  /// Weights that a plan does not use are not read over either.
  @Test func unusedWeightsAreRefused() throws {
    let plan = BlockPlan(SyntheticModelTests.configuration("llama"))
    let values = SyntheticModelTests.parameters(plan)
    let folder = TemporaryFolder()
    try HuggingFaceWriter.write(
      plan: plan, parameters: { id in values[id].withUnsafeBufferPointer { $0 } }, to: folder.file("hf"))
    func add(_ name: String) throws {
      let source = try SafeTensorsFolder(path: folder.file("hf"))
      var entries = source.tensors.map { tensor in
        SafeTensorsWriter.Entry(name: tensor.name, shape: tensor.shape) { emit in
          try tensor.bytes.withMemoryRebound(to: Float.self) { try emit($0) }
        }
      }
      entries.append(
        SafeTensorsWriter.Entry(name: name, shape: [4]) { emit in
          try [Float](repeating: 1, count: 4).withUnsafeBufferPointer { try emit($0) }
        })
      try FileManager.default.createDirectory(atPath: folder.file(name), withIntermediateDirectories: false)
      try FileManager.default.copyItem(
        atPath: folder.file("hf/config.json"), toPath: folder.file(name + "/config.json"))
      try SafeTensorsWriter.write(entries, to: folder.file(name + "/model.safetensors"))
      _ = try ModelFiles.open(folder.file(name))
    }
    for name in ["model.layers.0.self_attn.q_norm.weight", "model.layers.3.mlp.up_proj.bias"] {
      let error = #expect(throws: FormatError.self) { try add(name) }
      #expect(error?.description.contains(name) == true)
    }
    for name in [
      "model.layers.1.self_attn.rotary_emb.inv_freq", "vision_tower.layers.0.norm.weight", "model.layers.4.extra",
    ] { try add(name) }
  }
}
