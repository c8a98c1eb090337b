import Core

/// Full fine-tuning on conversations in the model's own template, else in ChatML: the assistant's turns are learnt, all
/// else is masked from the loss.
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
    try preparation.decoder(learnsReplies: true) { rows, _, chat, contextLength in
      var encoded = EncodedRows()
      for row in rows {
        switch row {
        case .tokens(let ids, let labels): encoded.add(ids: ids, labels: labels, contextLength: contextLength)
        case .messages(let messages):
          guard let chat else { continue }
          do {
            let (ids, labels) = try chat.encode(messages)
            encoded.add(ids: ids, labels: labels, contextLength: contextLength)
          } catch let error as TemplateError {
            encoded.refuse(error.description)
          }
        case .completion(let prompt, let completion):
          guard let (ids, labels) = try chat?.encode(prompt: prompt, completion: completion) else { continue }
          encoded.add(ids: ids, labels: labels, contextLength: contextLength)
        case .text:
          throw TrainingError.data(
            file: preparation.configuration.data.joined(separator: ", "), line: nil,
            problem: "recipe sft learns from conversations ('messages', 'instruction' and 'solution', or 'prompt' and "
              + "'completion'), but there is plain text among the data; recipe pretrain takes that")
        }
      }
      return encoded
    }
  }
}
