/// Draws a form: labels right-aligned before their boxes, help at the foot.
public enum FormView {
  static func draw(_ form: Form, theme: Theme, into buffer: inout CellBuffer) -> Point? {
    let width = min(78, buffer.width - 4)
    let problem = problemLines(form, width: width)
    let extra = max(0, problem.count - 1)
    let height = form.fields.count + extra + (buffer.height > form.fields.count + extra + 10 ? 7 : 5)
    let inner = OverlayViews.frame(
      width: width, height: height, title: form.title, style: theme.borderFocused, theme: theme, into: &buffer)
    let labels = form.fields.map { TextWidth.of($0.label) }.max() ?? 0
    let roomy = inner.height > form.fields.count + extra + 4
    let top = inner.y + (roomy ? 1 : 0)
    let rows = max(1, inner.height - extra - (roomy ? 4 : 3))
    let first = OverlayViews.window(
      selection: min(form.selection, form.fields.count - 1), count: form.fields.count, rows: rows)
    var caret: Point?
    for row in 0..<min(rows, form.fields.count - first) {
      let i = first + row
      let field = form.fields[i]
      let selected = form.selection == i
      let y = top + row
      buffer.put(
        field.label, rightAlignedAt: Point(inner.x + 1 + labels, y), style: selected ? theme.accent : theme.dim)
      let box = Rect(x: inner.x + labels + 3, y: y, width: inner.width - labels - 4, height: 1)
      if let at = drawField(field, selected: selected, in: box, theme: theme, into: &buffer) { caret = at }
    }
    // More fields than rows: the frame says where the others are.
    if first > 0 { buffer.put(" more ↑ ", rightAlignedAt: Point(inner.maxX, inner.y - 1), style: theme.dim) }
    if first + rows < form.fields.count {
      buffer.put(" more ↓ ", rightAlignedAt: Point(inner.maxX, inner.maxY), style: theme.dim)
    }
    drawFoot(form, problem: problem, in: inner, theme: theme, into: &buffer)
    return caret
  }

  /// What was wrong with the whole is told whole.
  private static func problemLines(_ form: Form, width: Int) -> [String] {
    guard let problem = form.problem else { return [] }
    let room = max(8, width - 12 - TextWidth.of(form.submitLabel))
    return TextLayout.lines(SafeText.clean(problem), width: room).prefix(5).map { String($0) }
  }

  private static func drawField(
    _ field: FormField, selected: Bool, in box: Rect, theme: Theme, into buffer: inout CellBuffer
  ) -> Point? {
    if case .choice(let options) = field.kind {
      drawChoice(options, field.value, selected: selected, in: box, theme: theme, into: &buffer)
      return nil
    }
    let ground = selected ? theme.bar : theme.panel
    buffer.fill(Rect(x: box.x, y: box.y, width: box.width, height: 1), style: ground)
    var room = box.width - 2
    if let problem = field.problem {
      let text = TextWidth.truncate(problem, to: box.width / 2)
      room -= buffer.put(text, rightAlignedAt: Point(box.maxX - 1, box.y), style: theme.error.over(ground)) + 2
    }
    let at = TextEditorView.drawLine(
      field.editor, in: Rect(x: box.x + 1, y: box.y, width: max(1, room), height: 1), style: theme.text.over(ground),
      placeholder: field.placeholder, placeholderStyle: theme.placeholder.over(ground), into: &buffer)
    return selected ? at : nil
  }

  /// All that can be chosen side by side, or where that does not fit what is chosen, between marks of the others.
  private static func drawChoice(
    _ options: [String], _ value: String, selected: Bool, in box: Rect, theme: Theme, into buffer: inout CellBuffer
  ) {
    let on = selected ? theme.selection.adding(.bold) : theme.strong
    func shown(_ option: String) -> String { " \(option.isEmpty ? "default" : option) " }
    var x = box.x
    if options.reduce(0, { $0 + TextWidth.of(shown($1)) + 1 }) > box.width + 1 {
      x += buffer.put("‹", at: Point(x, box.y), style: theme.dim)
      x += buffer.put(TextWidth.truncate(shown(value), to: max(0, box.width - 2)), at: Point(x, box.y), style: on)
      buffer.put("›", at: Point(x, box.y), style: theme.dim)
      return
    }
    for option in options {
      x += buffer.put(shown(option), at: Point(x, box.y), style: option == value ? on : theme.dim) + 1
    }
  }

  private static func drawFoot(
    _ form: Form, problem: [String], in inner: Rect, theme: Theme, into buffer: inout CellBuffer
  ) {
    let y = inner.maxY - 1
    let label = "  \(form.submitLabel)  "
    let pressed = form.selection == form.fields.count
    let width = buffer.put(
      label, rightAlignedAt: Point(inner.maxX - 1, y),
      style: pressed ? theme.selection.adding(.bold) : theme.bar)
    for (i, line) in problem.enumerated() {
      let at = y - problem.count + 1 + i
      if at > inner.y { buffer.put(line, at: Point(inner.x + 1, at), style: theme.error) }
    }
    guard problem.isEmpty else { return }
    let text = form.fields.indices.contains(form.selection) ? form.fields[form.selection].help : ""
    buffer.put(TextWidth.truncate(text, to: inner.width - width - 4), at: Point(inner.x + 1, y), style: theme.dim)
  }
}
