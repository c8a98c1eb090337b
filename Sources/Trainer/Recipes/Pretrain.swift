import Core

/// A new decoder on plain text, or a loaded model continued on it. Texts are joined, with the end token between them,
/// and cut into windows; rows of ids stay one sequence each.
public struct PretrainRecipe: Recipe {
  public let name = "pretrain"
  public let summary = "a new model on text, or a model continued"

  public func applyDefaults(to configuration: inout TrainingConfiguration) {}
  public func validate(_ configuration: TrainingConfiguration) throws {}

  public func prepare(_ preparation: RunPreparation) throws -> PreparedRun {
    try preparation.decoder(learnsReplies: false) { rows, tokenizer, chat, contextLength in
      var encoded = EncodedRows()
      var stream: [TokenID] = []
      for row in rows {
        switch row {
        case .tokens(let ids, let labels): encoded.add(ids: ids, labels: labels, contextLength: contextLength)
        case .text(let text):
          guard let tokenizer else { continue }
          stream += try tokenizer.encode(text, addSpecialTokens: false, parseSpecialTokens: false)
          if let end = chat?.end { stream.append(end) }
        // What a recipe for conversations would mask is learnt here.
        case .messages(let messages):
          do {
            stream += try chat?.encode(messages).ids ?? []
          } catch let error as TemplateError {
            encoded.refuse(error.description)
          }
        case .completion(let prompt, let completion):
          stream += try chat?.encode(prompt: prompt, completion: completion).ids ?? []
        }
      }
      encoded.dataset.appendPacked(stream, contextLength: contextLength)
      return encoded
    }
  }
}
