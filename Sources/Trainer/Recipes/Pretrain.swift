import Core

/// A new decoder on plain text, or a loaded model continued on it. Texts are joined, with the end token between them,
/// and cut into windows; rows of ids stay one sequence each.
public struct PretrainRecipe: Recipe {
  public let name = "pretrain"
  public let summary = "a new model on text, or a model continued"

  public func applyDefaults(to configuration: inout TrainingConfiguration) {}
  public func validate(_ configuration: TrainingConfiguration) throws {}

  public func prepare(_ preparation: RunPreparation) throws -> PreparedRun {
    try preparation.decoder(chatTemplate: nil) { rows, tokenizer, contextLength in
      var dataset = TokenDataset()
      var stream: [TokenID] = []
      let end = tokenizer.flatMap { $0.id(of: "<|endoftext|>") ?? $0.specialTokens.eos }
      let chat = try tokenizer.map(ChatMLEncoder.init)
      for row in rows {
        if case .tokens(let ids, let labels) = row {
          dataset.appendRow(ids: ids, labels: labels, contextLength: contextLength)
        } else if let tokenizer, let chat {
          // Texts that a recipe for conversations would mask are all learnt here.
          switch row {
          case .text(let text):
            stream += try tokenizer.encode(text, addSpecialTokens: false, parseSpecialTokens: false)
            if let end { stream.append(end) }
          case .messages(let messages): stream += try chat.encode(messages).ids
          case .completion(let prompt, let completion):
            stream += try chat.encode(prompt: prompt, completion: completion).ids
          case .tokens: break
          }
        }
      }
      dataset.appendPacked(stream, contextLength: contextLength)
      return dataset
    }
  }
}
