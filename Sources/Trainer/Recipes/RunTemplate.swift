import Core

/// How a run's conversations are written, and the vocabulary that can write them.
struct RunTemplate {
  var template: ChatTemplate
  /// The text that is saved with the model.
  var jinja: String
  /// Ends a reply: the id that is learnt.
  var end: TokenID

  /// The model's own template where it is of a family that is known, else ChatML, whose tokens a vocabulary without them
  /// gets.
  /// - Parameter vocabulary: changes where tokens are added.
  static func find(
    own jinja: String?, vocabulary: inout TokenizerForRun, notes: inout [String]
  ) throws -> RunTemplate {
    guard let tokenizer = vocabulary.tokenizer else {
      throw TrainingError.model("Conversations need a tokenizer; name one with 'tokenizer'")
    }
    if let jinja, let own = ChatTemplate.detect(in: jinja) {
      if let end = tokenizer.id(of: own.endToken(eos: tokenizer.eosText)) {
        return RunTemplate(template: own, jinja: jinja, end: end)
      }
      notes.append("the vocabulary has no token that ends a turn of the model's template (\(own.name)): ChatML instead")
    } else if jinja != nil {
      notes.append("the model's own chat template is of no family known here: it is taught ChatML instead")
    }
    let missing = [ChatML.start, ChatML.end].filter { tokenizer.id(of: $0) == nil }
    if !missing.isEmpty {
      try vocabulary.add(missing)
      notes.append(
        "the vocabulary has no \(missing.joined(separator: " and ")): added, and the embedding of a model grows by them"
      )
    }
    guard let end = vocabulary.tokenizer?.id(of: ChatML.end) else {
      throw TrainingError.model("\(ChatML.end) cannot be added to this tokenizer; a tokenizer.json is needed")
    }
    return RunTemplate(template: .chatml, jinja: ChatML.jinja, end: end)
  }
}
