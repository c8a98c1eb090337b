/// One question of a form.
public struct FormField: Sendable {
  public enum Kind: Sendable {
    case text
    /// One of a few words; left and right go through them. An empty one leaves the choice to the default.
    case choice([String])
    /// A text with a rule of its own: what is wrong with it, nil where nothing is.
    case checked(@Sendable (String) -> String?)
    case integer(ClosedRange<Int>)
    case number(ClosedRange<Double>)
  }

  public var key: String
  public var label: String
  /// Dim, where the field is empty.
  public var placeholder: String
  /// A line at the foot of the form while the field is selected.
  public var help: String
  public var kind: Kind
  public var editor: TextEditor
  /// What the form offers by itself.
  public let initial: String
  public var required: Bool
  /// What is wrong with the value, after an attempt to submit.
  public var problem: String?

  public init(
    _ key: String, _ label: String, _ kind: Kind = .text, value: String = "", placeholder: String = "",
    help: String = "", required: Bool = false
  ) {
    self.key = key
    self.label = label
    self.kind = kind
    initial = value
    editor = TextEditor(value)
    editor.move(to: editor.end)
    self.placeholder = placeholder
    self.help = help
    self.required = required
  }

  public var value: String { editor.text.trimmingSpaces }

  /// One clear sentence when the value cannot be taken.
  public func check() -> String? {
    let text = value
    if text.isEmpty { return required ? "\(label) is needed" : nil }
    switch kind {
    case .text: return nil
    case .checked(let problem): return problem(text)
    case .choice(let options): return options.contains(text) ? nil : "one of \(options.joined(separator: ", "))"
    case .integer(let range):
      guard let n = Int(text) else { return "a whole number is meant" }
      return range.contains(n) ? nil : "from \(range.lowerBound) to \(range.upperBound)"
    case .number(let range):
      guard let x = Double(text), x.isFinite else { return "a number is meant" }
      return range.contains(x) ? nil : "from \(Figures.short(range.lowerBound)) to \(Figures.short(range.upperBound))"
    }
  }
}

/// Questions one below the other, answered in any order, sent together.
public struct Form: Sendable {
  public enum Purpose: Sendable, Equatable {
    case newRun, sampling, learningRate
    case rename(String)
    case find
    case openText, trainTokenizer, saveTokenizer
  }

  public var purpose: Purpose
  public var title: String
  public var submitLabel: String
  public var fields: [FormField]
  /// The selected field; one past the last is the button.
  public var selection = 0
  public var scroll = 0
  /// What was wrong with the whole.
  public var problem: String?

  public init(_ purpose: Purpose, title: String, submit: String, fields: [FormField]) {
    self.purpose = purpose
    self.title = title
    submitLabel = submit
    self.fields = fields
  }

  public subscript(key: String) -> String { fields.first { $0.key == key }?.value ?? "" }

  public enum Outcome: Sendable, Equatable { case stays, cancelled, submitted }

  /// What was typed, by field, where it differs from what the form offers by itself.
  public var typed: [String: String] {
    let changed = fields.filter { $0.value != $0.initial }
    return Dictionary(changed.map { ($0.key, $0.value) }, uniquingKeysWith: { $1 })
  }

  /// Puts in what was typed before.
  public mutating func fill(_ typed: [String: String]) {
    for i in fields.indices {
      guard let value = typed[fields[i].key] else { continue }
      if case .choice(let options) = fields[i].kind, !options.contains(value) { continue }
      fields[i].editor.setText(value)
      fields[i].editor.move(to: fields[i].editor.end)
    }
  }

  /// Shows why what was sent could not be done, beside the field that the sentence speaks of: by its key, or by the
  /// path that was typed in it.
  public mutating func refuse(_ why: String) {
    problem = why
    let at =
      fields.firstIndex { why.contains("'\($0.key)'") }
      ?? fields.indices.filter { Self.isNamed(fields[$0], in: why) }.max {
        fields[$0].value.utf8.count < fields[$1].value.utf8.count
      }
    guard let at else { return }
    fields[at].problem = "see below"
    selection = at
  }

  private static func isNamed(_ field: FormField, in sentence: String) -> Bool {
    switch field.kind {
    case .text, .checked: if field.value.utf8.count < 2 { return false }
    case .choice, .integer, .number: return false
    }
    // `~` and relative paths may have been written out.
    let path = field.value.hasPrefix("~/") ? String(field.value.dropFirst(2)) : field.value
    return sentence.contains(path)
  }

  /// Marks every field that cannot be taken and goes to the first of them; true when there is none.
  public mutating func validate() -> Bool {
    problem = nil
    for i in fields.indices { fields[i].problem = fields[i].check() }
    guard let first = fields.firstIndex(where: { $0.problem != nil }) else { return true }
    selection = first
    return false
  }

  public mutating func handle(_ stroke: Key) -> Outcome {
    switch (stroke.code, stroke.modifiers) {
    case (.escape, _), (.character("c"), .control): return .cancelled
    case (.enter, []):
      // Enter in a field goes on to the next; on the last one or the button it sends.
      if selection >= fields.count - 1 { return validate() ? .submitted : .stays }
      if let problem = fields[selection].check() {
        fields[selection].problem = problem
      } else {
        fields[selection].problem = nil
        selection += 1
      }
    case (.enter, _), (.character("s"), .control): return validate() ? .submitted : .stays
    case (.tab, []), (.down, []): selection = (selection + 1) % (fields.count + 1)
    case (.tab, .shift), (.up, []): selection = (selection + fields.count) % (fields.count + 1)
    default:
      guard fields.indices.contains(selection) else { return .stays }
      edit(stroke)
    }
    return .stays
  }

  private mutating func edit(_ stroke: Key) {
    if case .choice(let options) = fields[selection].kind {
      let at = options.firstIndex(of: fields[selection].value) ?? 0
      switch stroke.code {
      case .left: fields[selection].editor.setText(options[(at + options.count - 1) % options.count])
      case .right, .character(" "): fields[selection].editor.setText(options[(at + 1) % options.count])
      case .character(let c):
        if let hit = options.first(where: { $0.lowercased().hasPrefix(c.lowercased()) }) {
          fields[selection].editor.setText(hit)
        }
      default: break
      }
      return
    }
    fields[selection].problem = nil
    switch stroke {
    case .control("u"): fields[selection].editor.setText("")
    case .control("w"): fields[selection].editor.delete(to: fields[selection].editor.wordLeft)
    case .control("a"): fields[selection].editor.move(to: fields[selection].editor.lineStart)
    case .control("e"): fields[selection].editor.move(to: fields[selection].editor.lineEnd)
    default: _ = fields[selection].editor.handle(stroke, multiline: false)
    }
  }

  public mutating func paste(_ text: String) {
    guard fields.indices.contains(selection) else { return }
    if case .choice = fields[selection].kind { return }
    fields[selection].editor.insert(text.split(whereSeparator: \.isNewline).joined(separator: " "))
  }
}

extension String {
  var trimmingSpaces: String {
    var part = self[...]
    while part.first?.isWhitespace == true { part.removeFirst() }
    while part.last?.isWhitespace == true { part.removeLast() }
    return String(part)
  }
}
