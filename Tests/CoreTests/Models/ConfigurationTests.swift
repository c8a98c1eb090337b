import Core
import Foundation
import TestSupport
import Testing

/// config.json as transformers 4 and 5 write it, and what must be refused in it.
@Suite struct ConfigurationTests {
  private func configuration(_ text: String) throws -> ModelConfiguration {
    let config = try HuggingFaceConfig(JSON.parse(text), path: "config.json")
    let architecture = try #require(ModelRegistry.architectures.first { $0.modelTypes.contains(config.modelType) })
    return try architecture.configuration(huggingFace: config)
  }

  private let sizes = """
    "vocab_size": 512, "hidden_size": 64, "intermediate_size": 172, "num_hidden_layers": 4, "num_attention_heads": 4,
    "num_key_value_heads": 2, "head_dim": 32, "max_position_embeddings": 256, "rms_norm_eps": 1e-06
    """

  @Test func bothVersionsGiveTheSameLlama() throws {
    let four = try configuration(
      """
      {"model_type": "llama", \(sizes), "rope_theta": 500000.0, "rope_scaling": {"rope_type": "llama3", "factor": 8.0,
       "high_freq_factor": 4.0, "low_freq_factor": 1.0, "original_max_position_embeddings": 64},
       "torch_dtype": "float32", "eos_token_id": [2, 5], "bos_token_id": 1}
      """)
    let five = try configuration(
      """
      {"model_type": "llama", \(sizes), "rope_parameters": {"rope_type": "llama3", "rope_theta": 500000.0,
       "factor": 8.0, "high_freq_factor": 4.0, "low_freq_factor": 1.0, "original_max_position_embeddings": 64},
       "dtype": "float32", "eos_token_id": [2, 5], "bos_token_id": 1}
      """)
    #expect(four == five)
    #expect(four.eosTokenIDs == [2, 5] && four.rope?.base == 500_000 && four.rope?.dimensions == 32)
  }

  @Test func bothVersionsGiveTheSameGemma() throws {
    let four = try configuration(
      """
      {"model_type": "gemma3_text", \(sizes), "rope_theta": 1000000.0, "rope_local_base_freq": 20000.0,
       "rope_scaling": {"rope_type": "linear", "factor": 8.0}, "sliding_window": 16, "sliding_window_pattern": 2,
       "query_pre_attn_scalar": 64}
      """)
    let five = try configuration(
      """
      {"model_type": "gemma3_text", \(sizes), "rope_parameters": {
         "full_attention": {"rope_theta": 1000000.0, "rope_type": "linear", "factor": 8.0},
         "sliding_attention": {"rope_theta": 20000.0, "rope_type": "default"}},
       "sliding_window": 16,
       "layer_types": ["sliding_attention", "full_attention", "sliding_attention", "full_attention"],
       "query_pre_attn_scalar": 64, "tie_word_embeddings": true}
      """)
    #expect(four == five)
    #expect(four.rope?.scaling == .linear(factor: 8) && four.localRope?.scaling == nil)
    #expect(four.localRope?.base == 20_000 && four.slidingWindows == [16, nil, 16, nil])
    #expect(four.attentionScale == 0.125)
  }

  @Test func oldFilesWithOldNames() throws {
    let c = try configuration(
      #"{"model_type": "gpt2", "vocab_size": 9, "n_embd": 8, "n_head": 2, "n_layer": 1, "n_ctx": 32}"#)
    #expect(c.contextLength == 32 && c.intermediateSize == 32 && c.tiedEmbeddings && c.normEpsilon == 1e-5)
    let linear = try configuration(
      #"{"model_type": "llama", \#(sizes), "rope_scaling": {"type": "linear", "factor": 2}}"#)
    #expect(linear.rope?.scaling == .linear(factor: 2))
  }

  @Test(arguments: [
    (#""hidden_size": -4"#, "hidden_size"), (#""hidden_size": 1.5"#, "hidden_size"),
    (#""hidden_size": "64""#, "hidden_size"), (#""hidden_size": 64, "hidden_act": "mish""#, "hidden_act"),
    (#""hidden_size": 64, "rope_scaling": {"rope_type": "yarn", "factor": 4}"#, "yarn"),
    (#""hidden_size": 64, "rope_scaling": {"rope_type": "linear", "factor": 0}"#, "factor"),
    (#""hidden_size": 64, "rope_theta": -1"#, "rope_theta"),
    (#""hidden_size": 64, "attention_bias": 1"#, "attention_bias"),
  ])
  func refuses(_ setting: String, _ complaint: String) {
    let text = """
      {"model_type": "llama", "vocab_size": 512, "intermediate_size": 172, "num_hidden_layers": 4,
       "num_attention_heads": 4, \(setting)}
      """
    let error = #expect(throws: FormatError.self) { try configuration(text) }
    #expect(error?.description.contains(complaint) == true, "\(String(describing: error))")
  }

  /// Sizes that no model has are refused before anything is multiplied or allocated.
  @Test(arguments: [
    "vocab_size", "hidden_size", "intermediate_size", "num_hidden_layers", "num_attention_heads", "head_dim",
  ])
  func refusesAbsurdSizes(_ key: String) throws {
    let folder = TemporaryFolder()
    var object = try #require(JSON.parse(#"{"model_type": "llama", \#(sizes)}"#).object)
    object[key] = .int(2_000_000_000)
    try Data(JSON.object(object).serialized().utf8).write(to: URL(fileURLWithPath: folder.file("config.json")))
    try SafeTensorsWriter.write([], to: folder.file("model.safetensors"))
    #expect(throws: FormatError.self) { try ModelFiles.open(folder.path) }
  }
}
