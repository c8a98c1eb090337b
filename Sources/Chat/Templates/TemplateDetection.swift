import Core

extension ChatTemplate {
  /// The family that a model's own template (Jinja text) belongs to, with the default system prompt it writes; nil where
  /// no family is known by its marks.
  public static func detect(in jinja: String) -> ChatTemplate? {
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
  /// - Throws: ``TemplateError`` where the name is unknown, or the model has no template that is known.
  public static func choose(name: String?, jinja: String?, vocabulary: (String) -> Bool) throws -> ChatTemplate {
    if let name {
      guard let template = named(name) else {
        throw TemplateError(
          "There is no template named \(name); known are \(all.map(\.name).joined(separator: ", ")).")
      }
      return template
    }
    if let jinja, let template = detect(in: jinja) { return template }
    if vocabulary("<|im_start|>") && vocabulary("<|im_end|>") { return chatml }
    let why =
      jinja == nil
      ? "This model brings no chat template" : "This model's chat template is of no family Glassbox knows yet"
    throw TemplateError(
      "\(why), and its vocabulary has no <|im_start|>: choose one with --template (raw sends plain text).")
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
