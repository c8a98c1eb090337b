/// What this program can read, and where models are found.
public enum ModelRegistry {
  /// In the order they are named to users. A new architecture is one file in `Architectures/` and one line here.
  public static let architectures: [any Architecture] = [
    Llama(), GPT2(), Qwen2(), Qwen3(), Gemma2(), Gemma3(), Phi3(), SmolLM3(), GlassboxModel(),
  ]

  /// The architecture of a config.json's `model_type`.
  static func architecture(modelType: String) -> (any Architecture)? {
    architectures.first { $0.modelTypes.contains(modelType) }
  }

  /// The architecture of a GGUF's `general.architecture`.
  static func architecture(gguf name: String) -> (any Architecture)? {
    architectures.first { $0.ggufNames.contains(name) }
  }

  /// "llama, gpt2 …", for messages.
  static func supported(_ format: ModelFormat) -> String {
    architectures.flatMap { format == .gguf ? $0.ggufNames : $0.modelTypes }.joined(separator: ", ")
  }
}
