extension ChatTemplate {
  /// The family that a model's own template (Jinja text) belongs to, with the default system prompt it writes; nil where
  /// no family is known by its marks.
  public static func detect(in jinja: String) -> ChatTemplate? {
    guard var family = family(of: jinja) else { return nil }
    // Of one family some templates write the begin token, and some leave it to the tokenizer.
    let begins = jinja.utf8Contains("bos_token")
    if begins, !family.start.contains(.bos), !family.user.before.contains(.bos) {
      family.start.insert(.bos, at: 0)
    } else if !begins {
      family.start.removeAll { $0 == .bos }
    }
    return family
  }

  private static func family(of jinja: String) -> ChatTemplate? {
    func has(_ mark: String) -> Bool { jinja.utf8Contains(mark) }
    if has("<|im_start|>") {
      guard let system = defaultChatMLSystem(in: jinja) else { return chatml }
      let known = [smollm2, qwen].first { $0.defaultSystem == system }
      return known ?? chatML(name: "chatml", system: system)
    }
    if has("<|start_header_id|>") { return llama3 }
    if has("<start_of_turn>") { return has("System role not supported") ? gemma1 : gemma }
    if has("[INST]") {
      if has("<<SYS>>") { return llama2 }
      return has("Only user and assistant roles are supported") && !has("system_message") ? mistral : mistralSystem
    }
    if has("<|end|>") && has("<|assistant|>") {
      if has("'<|' + message['role'] + '|>'") { return phi4 }
      return has("<|system|>") || has("'system'") ? phi3System : phi3
    }
    if has("<|user|>") && has("<|assistant|>") { return zephyr }
    if has("### Instruction:") { return alpaca }
    if has("USER:") && has("ASSISTANT:") {
      var template = vicuna
      if !has(template.defaultSystem ?? "") { template.defaultSystem = nil }
      return template
    }
    return nil
  }

  /// The template to use with a model.
  /// - Parameters:
  ///   - name: what the user asked for; nil: the model's own.
  ///   - jinja: the model's own template text.
  ///   - vocabulary: whether a token is in the model's vocabulary.
  /// - Returns: the template, and a sentence where it is not quite the model's own.
  /// - Throws: ``TemplateError`` where the name is unknown, or the model has no template that is known.
  public static func choice(
    name: String?, jinja: String?, vocabulary: (String) -> Bool
  ) throws -> (template: ChatTemplate, note: String?) {
    if let name {
      guard let template = named(name) else {
        throw TemplateError(
          "There is no template named \(name); known are \(all.map(\.name).joined(separator: ", ")).")
      }
      return (template, nil)
    }
    guard let jinja else {
      throw TemplateError(
        "This model brings no chat template: choose one with --template (raw joins the messages as they stand).")
    }
    if let template = detect(in: jinja) {
      let unwritten = unwrittenParts(of: jinja, family: template)
      let note =
        unwritten.isEmpty
        ? nil
        : "This model's template is taken for \(template.name), but it also has \(unwritten.joined(separator: ", ")), "
          + "which Glassbox does not write yet; --template chooses another."
      return (template, note)
    }
    if vocabulary("<|im_start|>") && vocabulary("<|im_end|>") {
      return (
        chatml,
        "This model's template is of no family Glassbox knows yet: it is spoken to in ChatML, whose tokens it has; "
          + "--template chooses another."
      )
    }
    throw TemplateError(
      "This model's chat template is of no family Glassbox knows yet, and its vocabulary has no <|im_start|>: choose one "
        + "with --template (raw joins the messages as they stand).")
  }

  /// As ``choice(name:jinja:vocabulary:)``, without the remark.
  public static func choose(name: String?, jinja: String?, vocabulary: (String) -> Bool) throws -> ChatTemplate {
    try choice(name: name, jinja: jinja, vocabulary: vocabulary).template
  }

  /// Parts of a model's own template that its family does not have, and that change what a plain conversation reads
  /// like.
  static func unwrittenParts(of jinja: String, family: ChatTemplate) -> [String] {
    func has(_ mark: String) -> Bool { jinja.utf8Contains(mark) }
    var parts: [String] = []
    if has("think") { parts.append("thinking") }
    if has("strftime_now") || has("date_string") { parts.append("the date") }
    if has("[SYSTEM_PROMPT]") { parts.append("a system prompt of its own") }
    // These families write tools into the system prompt only where there are some.
    let addsToolsOnly = family.name == "chatml" || family.name == "qwen2" || family.name == "phi4"
    if !addsToolsOnly, has("tools") || has("functions") { parts.append("tools") }
    return parts
  }

  /// A system prompt that ChatML text in a template spells out (rather than taking it from the messages).
  private static func defaultChatMLSystem(in jinja: String) -> String? {
    let bytes = Array(jinja.utf8)
    for mark in ["<|im_start|>system\n", "<|im_start|>system\\n"] {
      var from = 0
      while let start = bytes.firstRange(of: Array(mark.utf8), from: from) {
        from = start.upperBound
        guard let end = bytes.firstRange(of: Array("<|im_end|>".utf8), from: from) else { break }
        let text = String(decoding: bytes[start.upperBound..<end.lowerBound], as: UTF8.self)
        let isLiteral = !text.isEmpty && !text.contains { "'\"{}+".contains($0) }
        if isLiteral && text.utf8.count < 2000 { return text.replacingEscapedLineBreaks }
      }
    }
    return nil
  }
}

extension String {
  /// Byte-wise search; `String.contains` would compare by canonical equivalence.
  func utf8Contains(_ part: String) -> Bool { Array(utf8).firstRange(of: Array(part.utf8), from: 0) != nil }

  fileprivate var replacingEscapedLineBreaks: String {
    var out = ""
    var escaped = false
    for c in self {
      if escaped {
        out += c == "n" ? "\n" : "\\\(c)"
        escaped = false
      } else if c == "\\" {
        escaped = true
      } else {
        out.append(c)
      }
    }
    return escaped ? out + "\\" : out
  }
}

extension Array where Element == UInt8 {
  /// The first place of `part` at or after `from`.
  func firstRange(of part: [UInt8], from: Int) -> Range<Int>? {
    guard let first = part.first, count - from >= part.count else { return nil }
    var at = from
    while at <= count - part.count {
      if self[at] == first && self[at..<(at + part.count)].elementsEqual(part) { return at..<(at + part.count) }
      at += 1
    }
    return nil
  }
}
