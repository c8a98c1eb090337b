/// A new decoder on plain text, or a loaded model continued on it.
public struct PretrainRecipe: Recipe {
  public let name = "pretrain"
  public let summary = "a new model on text, or a model continued"

  public func applyDefaults(to configuration: inout TrainingConfiguration) {}
  public func validate(_ configuration: TrainingConfiguration) throws {}
}
