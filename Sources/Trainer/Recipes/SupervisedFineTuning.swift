import Core

/// Full fine-tuning on conversations in ChatML: the assistant's turns are learnt, all else is masked from the loss.
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

  public func prepare(_ preparation: RunPreparation) throws -> PreparedRun {
    try preparation.decoder(chatTemplate: ChatMLEncoder.template) { rows, tokenizer, contextLength in
      var dataset = TokenDataset()
      let chat = try tokenizer.map(ChatMLEncoder.init)
      for row in rows {
        switch row {
        case .tokens(let ids, let labels):
          dataset.appendRow(ids: ids, labels: labels, contextLength: contextLength)
        case .messages(let messages):
          guard let (ids, labels) = try chat?.encode(messages) else { continue }
          dataset.appendRow(ids: ids, labels: labels, contextLength: contextLength)
        case .completion(let prompt, let completion):
          guard let (ids, labels) = try chat?.encode(prompt: prompt, completion: completion) else { continue }
          dataset.appendRow(ids: ids, labels: labels, contextLength: contextLength)
        case .text:
          throw TrainingError.data(
            file: preparation.configuration.data.joined(separator: ", "), line: nil,
            problem: "recipe sft learns from conversations ('messages', 'instruction' and 'solution', or 'prompt' and "
              + "'completion'), but there is plain text among the data; recipe pretrain takes that")
        }
      }
      return dataset
    }
  }
}
