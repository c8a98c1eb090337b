/// Full fine-tuning on conversations: the assistant's turns are learnt, all else is masked from the loss.
public struct SupervisedFineTuningRecipe: Recipe {
  public let name = "sft"
  public let summary = "a chat model on conversations, prompts masked"

  public func applyDefaults(to configuration: inout TrainingConfiguration) {
    configuration.learningRate = 1e-4
    configuration.batchSize = 8
    configuration.contextLength = 512
    configuration.epochs = 3
  }

  public func validate(_ configuration: TrainingConfiguration) throws {}
}
