import Core

/// The forms of the program and what their answers mean.
public enum Forms {
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
