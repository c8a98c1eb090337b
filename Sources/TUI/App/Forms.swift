import Core

/// The forms of the program and what their answers mean.
public enum Forms {
  public static func newRun(modelPath: String) -> Form {
    Form(
      .newRun, title: "New training run", submit: "start",
      fields: [
        FormField(
          "recipe", "Recipe", .choice(["pretrain", "sft"]), value: "pretrain",
          help: "pretrain: plain text · sft: conversations, only the replies count"),
        FormField(
          "data", "Data", placeholder: "a .txt or .jsonl file", help: "text, or JSON objects", required: true),
        FormField(
          "base", "Model", value: "", placeholder: "empty: a new one",
          help: modelPath.isEmpty
            ? "a model to go on from; empty makes a new one of the sizes below"
            : "a model to go on from (the one in the chat: \(SafeText.clean(modelPath)))"),
        FormField(
          "tokenizer", "Tokenizer", placeholder: "empty: the model's, or trained on the text",
          help: "a tokenizer file or folder, for a new model"),
        FormField("out", "Save as", placeholder: "empty: a folder of its own under runs", help: "the run's folder"),
        FormField(
          "steps", "Steps", .integer(1...100_000_000), value: "1000", help: "optimizer steps in all", required: true),
        FormField("batch_size", "Batch", .integer(1...65536), value: "16", help: "sequences a step", required: true),
        FormField(
          "context_length", "Context", .integer(2...131_072), value: "128", help: "tokens a sequence", required: true),
        FormField(
          "learning_rate", "Rate", .number(1e-9...10), value: "3e-4", help: "the highest one", required: true),
        FormField("model.hidden_size", "Width", .integer(8...16384), value: "128", help: "hidden size of a new model"),
        FormField("model.layers", "Layers", .integer(1...512), value: "4", help: "blocks of a new model"),
        FormField("model.heads", "Heads", .integer(1...512), value: "4", help: "attention heads of a new model"),
        FormField("seed", "Seed", .integer(0...Int.max), value: "1", help: "the same seed, the same run"),
      ])
  }

  /// How a conversation may be written.
  static func templates(current: String) -> Picker {
    var items = [PickerItem(id: "", title: "the model's own")]
    items += ChatTemplate.all.map { template in
      let isRaw = template.name == ChatTemplate.raw.name
      return PickerItem(
        id: template.name, title: template.name, detail: isRaw ? "completion: the text goes on in place" : "",
        current: template.name == current)
    }
    return Picker(.template, title: "How the conversation is written", items: items)
  }

  /// Training keys of a submitted form: what is empty is left to the defaults, and sizes only go with a new model.
  static func runSettings(_ form: Form) -> [String: String] {
    var settings: [String: String] = [:]
    let continues = !form["base"].isEmpty
    for field in form.fields where !field.value.isEmpty {
      if continues, field.key.hasPrefix("model.") || field.key == "tokenizer" { continue }
      settings[field.key] = field.value
    }
    return settings
  }

  static func sampling(_ p: GenerateParameters) -> Form {
    Form(
      .sampling, title: "Sampling", submit: "use",
      fields: [
        FormField(
          "temperature", "Temperature", .number(0...10), value: Figures.trimmed(Double(p.temperature)),
          help: "0 always takes the most likely token", required: true),
        FormField(
          "top_k", "Top-k", .integer(0...1_000_000), value: "\(p.topK)", help: "keep the k most likely; 0 keeps all",
          required: true),
        FormField(
          "top_p", "Top-p", .number(0...1), value: Figures.trimmed(Double(p.topP)),
          help: "keep the smallest set this likely; 1 keeps all", required: true),
        FormField(
          "min_p", "Min-p", .number(0...1), value: Figures.trimmed(Double(p.minP)),
          help: "keep tokens this likely beside the best; 0 keeps all", required: true),
        FormField(
          "repetition_penalty", "Repetition", .number(0.01...10), value: Figures.trimmed(Double(p.repetitionPenalty)),
          help: "above 1 avoids what was said before", required: true),
        FormField(
          "frequency_penalty", "Frequency", .number(-10...10), value: Figures.trimmed(Double(p.frequencyPenalty)),
          help: "taken off for each time a token was said", required: true),
        FormField(
          "presence_penalty", "Presence", .number(-10...10), value: Figures.trimmed(Double(p.presencePenalty)),
          help: "taken off once a token was said", required: true),
        FormField(
          "max_tokens", "Longest reply", .integer(1...10_000_000), value: p.maxTokens.map(String.init) ?? "",
          placeholder: "to the end of the context", help: "in tokens"),
        FormField(
          "seed", "Seed", .integer(0...Int.max), value: p.seed.map(String.init) ?? "", placeholder: "another each time",
          help: "the same seed gives the same reply"),
      ])
  }

  static func parameters(_ form: Form, from old: GenerateParameters) -> GenerateParameters {
    var p = old
    func number(_ key: String, _ other: Float) -> Float { Float(form[key]) ?? other }
    p.temperature = number("temperature", p.temperature)
    p.topK = Int(form["top_k"]) ?? p.topK
    p.topP = number("top_p", p.topP)
    p.minP = number("min_p", p.minP)
    p.repetitionPenalty = number("repetition_penalty", p.repetitionPenalty)
    p.frequencyPenalty = number("frequency_penalty", p.frequencyPenalty)
    p.presencePenalty = number("presence_penalty", p.presencePenalty)
    p.maxTokens = Int(form["max_tokens"])
    p.seed = UInt64(form["seed"])
    return p
  }

  static func learningRate(_ now: Double?) -> Form {
    let field = FormField(
      "rate", "Rate", .number(1e-12...10), value: now.map { Figures.scientific($0) } ?? "",
      help: "from the next step on; the schedule goes on from it", required: true)
    return Form(.learningRate, title: "Learning rate", submit: "set", fields: [field])
  }
}

extension Figures {
  /// At most three decimals, none that say nothing.
  static func trimmed(_ x: Double) -> String {
    var text = fixed(x, 3)
    while text.hasSuffix("0") { text.removeLast() }
    if text.hasSuffix(".") { text.removeLast() }
    return text
  }
}
