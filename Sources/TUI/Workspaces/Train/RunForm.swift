import Trainer

/// The form of a training run has every key that `train` knows: first those that most runs set, then the others.
extension Forms {
  /// A key that has a name and a value of its own in the form.
  private struct Offer {
    var key: String
    var label: String
    var value = ""
    var placeholder: String?
    var help: String
  }

  private static func offers(_ modelPath: String) -> [Offer] {
    [
      Offer(
        key: "recipe", label: "Recipe", value: "pretrain",
        help: "pretrain: plain text · sft: the replies of conversations"),
      Offer(key: "data", label: "Data", placeholder: "a .txt or .jsonl file", help: "text, or JSON objects"),
      Offer(
        key: "base", label: "Model", placeholder: "empty: a new one",
        help: modelPath.isEmpty
          ? "a model to go on from; empty makes a new one of the sizes below"
          : "a model to go on from (the one in the chat: \(SafeText.clean(modelPath)))"),
      Offer(
        key: "tokenizer", label: "Tokenizer", placeholder: "empty: the model's, or trained on the text",
        help: "a tokenizer file or folder, for a new model"),
      Offer(
        key: "out", label: "Save as", placeholder: "empty: a folder of its own under runs", help: "the run's folder"),
      Offer(
        key: "steps", label: "Steps", value: "1000", placeholder: "empty: as many as the epochs take",
        help: "optimizer steps in all; empty where epochs are given"),
      Offer(key: "batch_size", label: "Batch", value: "16", help: "sequences a step"),
      Offer(key: "context_length", label: "Context", value: "128", help: "tokens a sequence"),
      Offer(key: "learning_rate", label: "Rate", value: "3e-4", help: "the highest one"),
      Offer(key: "model.hidden_size", label: "Width", value: "128", help: "hidden size of a new model"),
      Offer(key: "model.layers", label: "Layers", value: "4", help: "blocks of a new model"),
      Offer(key: "model.heads", label: "Heads", value: "4", help: "attention heads of a new model"),
      Offer(key: "seed", label: "Seed", value: "1", help: "the same seed, the same run"),
    ]
  }

  public static func newRun(modelPath: String) -> Form {
    let offers = offers(modelPath)
    let first = offers.compactMap { offer in ConfigurationKey.named(offer.key).map { field($0, offer) } }
    let others = ConfigurationKey.all.filter { key in !offers.contains { $0.key == key.name } }.map { key in
      field(key, Offer(key: key.name, label: key.name, help: key.summary))
    }
    return Form(.newRun, title: "New training run", submit: "start", fields: first + others)
  }

  /// A field that takes what the key takes.
  private static func field(_ key: ConfigurationKey, _ offer: Offer) -> FormField {
    // Where nothing is offered the default counts, which may be the recipe's own.
    let open = offer.value.isEmpty ? [""] : []
    let kind: FormField.Kind =
      switch key.kind {
      case .choice(let names): .choice(open + names)
      case .boolean: .choice(open + ["true", "false"])
      case .integer, .number, .text, .list: .checked { problem(key, $0) }
      }
    let several = key.kind == .list ? "one, or [\"one\", \"another\"]" : ""
    return FormField(
      offer.key, offer.label, kind, value: offer.value,
      placeholder: offer.placeholder ?? KeyReference.defaultValue(key) ?? several, help: offer.help,
      required: key.name == "data")
  }

  private static func problem(_ key: ConfigurationKey, _ text: String) -> String? {
    var configuration = TrainingConfiguration()
    do {
      try configuration.set(key.name, text)
      return nil
    } catch TrainingError.value(_, _, let expected) {
      return expected
    } catch {
      return "\(error)"
    }
  }

  /// Training keys of a submitted form: what is empty is left to the defaults. The sizes that the form offers go with a
  /// new model only; what was typed always counts.
  static func runSettings(_ form: Form) -> [String: String] {
    var settings: [String: String] = [:]
    let continues = !form["base"].isEmpty
    for field in form.fields where !field.value.isEmpty {
      if continues, field.key.hasPrefix("model."), field.value == field.initial { continue }
      settings[field.key] = field.value
    }
    return settings
  }
}
