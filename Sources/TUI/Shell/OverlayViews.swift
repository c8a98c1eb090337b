/// Lists, forms, help and dialogs, drawn over the panes.
public enum OverlayViews {
  /// - Returns: the caret, where something is typed.
  public static func draw(_ overlay: Overlay, state: AppState, theme: Theme, into buffer: inout CellBuffer) -> Point? {
    switch overlay {
    case .help(let help): return HelpView.draw(state, help, theme: theme, into: &buffer)
    case .picker(let picker): return drawPicker(picker, theme: theme, into: &buffer)
    case .form(let form): return FormView.draw(form, theme: theme, into: &buffer)
    case .dialog(let dialog):
      drawDialog(dialog, theme: theme, into: &buffer)
      return nil
    case .text(let title, let hint, let editor): return drawText(title, hint, editor, theme: theme, into: &buffer)
    }
  }

  /// A framed box in the middle, empty inside. What lies behind steps back.
  static func frame(
    width: Int, height: Int, title: String, right: String = "", style: Style, theme: Theme,
    into buffer: inout CellBuffer
  ) -> Rect {
    let width = min(width, buffer.width - 2)
    let height = min(height, buffer.height - 2)
    let rect = Rect(
      x: (buffer.width - width) / 2, y: max(1, (buffer.height - height) / 2), width: width, height: height)
    buffer.restyle(Rect(x: 0, y: 1, width: buffer.width, height: buffer.height - 2)) { old in
      Style(
        theme.faint.foreground, on: old.background == theme.panel.background ? old.background : theme.panel.background)
    }
    buffer.fill(rect, style: theme.panel)
    buffer.box(
      rect, style: style, title: title, titleStyle: theme.titleFocused, rightTitle: right, rightTitleStyle: theme.dim)
    return rect.inset(dx: 2, dy: 1)
  }

  static func drawPicker(_ picker: Picker, theme: Theme, into buffer: inout CellBuffer) -> Point? {
    let head = picker.isSearchable ? 2 : 0
    let count = picker.isTypingPath ? picker.typedPath.candidates.count + 3 : picker.items.count
    let wanted = max(count, 1) + 2 + head
    let width = picker.purpose == .theme ? 40 : min(92, max(50, buffer.width * 2 / 3))
    let height = min(max(wanted, 7), max(8, buffer.height * 3 / 4))
    let total = picker.items.count
    let shown = picker.matches.count == total ? "\(total)" : "\(picker.matches.count)/\(total)"
    let inner = frame(
      width: width, height: height, title: picker.title,
      right: picker.items.isEmpty || picker.isTypingPath ? "" : shown,
      style: theme.borderFocused, theme: theme, into: &buffer)
    let list = Rect(x: inner.x, y: inner.y + head, width: inner.width, height: inner.height - head)
    var caret: Point?
    if picker.isSearchable {
      buffer.put("❯", at: Point(inner.x, inner.y), style: theme.accent)
      caret = TextEditorView.drawLine(
        picker.query, in: Rect(x: inner.x + 2, y: inner.y, width: inner.width - 3, height: 1), style: theme.text,
        placeholder: picker.placeholder, placeholderStyle: theme.placeholder, into: &buffer)
      buffer.horizontalLine(from: Point(inner.x - 1, inner.y + 1), length: inner.width + 2, style: theme.border)
    }
    if picker.isTypingPath {
      drawPaths(picker.typedPath, typed: picker.query.text, in: list, theme: theme, into: &buffer)
      return caret
    }
    if picker.matches.isEmpty {
      let text = picker.items.isEmpty ? picker.emptyText : "nothing matches"
      buffer.put(TextWidth.truncate(text, to: list.width), at: Point(list.x, list.y), style: theme.dim)
      return caret
    }
    let first = window(selection: picker.selection, count: picker.matches.count, rows: list.height)
    for row in 0..<min(list.height, picker.matches.count - first) {
      let match = picker.matches[first + row]
      drawItem(
        picker.items[match.index], match, selected: first + row == picker.selection,
        in: Rect(x: list.x - 1, y: list.y + row, width: list.width + 2, height: 1), theme: theme, into: &buffer)
    }
    return caret
  }

  /// What is wrong with a typed path, and what lies where it leads.
  private static func drawPaths(
    _ path: TypedPath, typed: String, in area: Rect, theme: Theme, into buffer: inout CellBuffer
  ) {
    var list = area
    func say(_ text: String, _ style: Style) {
      for row in TextLayout.lines(text, width: list.width) where list.height > 0 {
        buffer.put(String(row), at: Point(list.x, list.y), style: style)
        list.y += 1
        list.height -= 1
      }
    }
    if path.opening == typed { say("opening …", theme.dim) }
    if let problem = path.problem { say(problem, Dialog.Tone.error.style(theme)) }
    guard path.answered == typed else { return }
    if path.candidates.isEmpty, path.problem == nil { say("nothing there begins so", theme.dim) }
    let count = path.candidates.count
    let first = window(selection: path.selection ?? 0, count: count, rows: list.height)
    for row in 0..<max(0, min(list.height, count - first)) {
      let candidate = path.candidates[first + row]
      let item = PickerItem(
        id: candidate.path, title: candidate.name, detail: candidate.detail, note: candidate.note)
      drawItem(
        item, Picker.Match(index: 0, positions: []), selected: first + row == path.selection,
        in: Rect(x: list.x - 1, y: list.y + row, width: list.width + 2, height: 1), theme: theme, into: &buffer)
    }
  }

  /// The first line shown so that the selection stands near the middle of a long list.
  static func window(selection: Int, count: Int, rows: Int) -> Int {
    min(max(0, selection - rows / 2), max(0, count - rows))
  }

  private static func drawItem(
    _ item: PickerItem, _ match: Picker.Match, selected: Bool, in rect: Rect, theme: Theme,
    into buffer: inout CellBuffer
  ) {
    let ground = selected ? theme.selection : theme.panel
    buffer.fill(rect, style: ground)
    if item.current { buffer.put("●", at: Point(rect.x, rect.y), style: theme.accent.over(ground)) }
    var right = rect.maxX - 1
    if !item.note.isEmpty {
      let note = TextWidth.truncate(SafeText.clean(item.note, keepingNewlines: false), to: rect.width / 3)
      let style = selected ? theme.text.over(ground) : theme.dim
      right -= buffer.put(note, rightAlignedAt: Point(right, rect.y), style: style) + 2
    }
    // A word that is not in the title is shown, for it is why the item is here.
    let words = match.words.reduce(0) { $0 + TextWidth.of($1.text) + 2 }
    let title = TextWidth.truncate(
      SafeText.clean(item.title, keepingNewlines: false), to: max(1, right - rect.x - 2 - min(words, rect.width / 3)))
    let text = selected ? theme.strong.over(ground) : theme.text
    let hit = theme.accent.over(ground).adding(.bold)
    var x = rect.x + 2
    x += put(title, marked: match.positions, at: Point(x, rect.y), style: text, hit: hit, into: &buffer)
    let dim = selected ? theme.text.over(ground) : theme.dim
    for word in match.words where right - x >= TextWidth.of(word.text) + 2 {
      x += buffer.put("  ", at: Point(x, rect.y), style: dim)
      x += put(
        word.text, marked: Array(0..<word.typed), at: Point(x, rect.y), style: dim, hit: hit, into: &buffer)
    }
    let detail = SafeText.clean(item.detail, keepingNewlines: false)
    if !detail.isEmpty, right - x > 6 {
      let shown = TextWidth.truncate(detail, to: right - x - 2)
      _ = put(shown, marked: match.inDetail, at: Point(x + 2, rect.y), style: dim, hit: hit, into: &buffer)
    }
  }

  /// Writes a text with some of its characters in another style; returns the columns it takes.
  private static func put(
    _ text: String, marked: [Int], at point: Point, style: Style, hit: Style, into buffer: inout CellBuffer
  ) -> Int {
    let marked = Set(marked)
    var used = 0
    for (i, c) in text.enumerated() {
      used += buffer.put(String(c), at: Point(point.x + used, point.y), style: marked.contains(i) ? hit : style)
    }
    return used
  }

  static func drawDialog(_ dialog: Dialog, theme: Theme, into buffer: inout CellBuffer) {
    let width = min(64, buffer.width - 4)
    let rows = TextLayout.lines(SafeText.clean(dialog.body), width: width - 6)
    let height = rows.count + 6
    let tone = dialog.tone == .calm ? theme.borderFocused : dialog.tone.style(theme)
    let inner = frame(width: width, height: height, title: dialog.title, style: tone, theme: theme, into: &buffer)
    for (i, row) in rows.enumerated() where i < inner.height - 3 {
      buffer.put(row, at: Point(inner.x + 1, inner.y + 1 + i), style: theme.text)
    }
    var x = inner.maxX - 1
    for (i, button) in dialog.buttons.enumerated().reversed() {
      let label = "  \(button.label)  "
      x -= TextWidth.of(label)
      let style = i == dialog.selection ? theme.selection.adding(.bold) : theme.bar
      buffer.put(label, at: Point(x, inner.maxY - 1), style: style)
      x -= 2
    }
  }

  private static func drawText(
    _ title: String, _ hint: String, _ editor: TextEditor, theme: Theme, into buffer: inout CellBuffer
  ) -> Point {
    var editor = editor
    let width = min(86, buffer.width - 4)
    editor.setWidth(width - 6)
    let height = min(max(8, editor.rowCount + 6), max(8, buffer.height - 4))
    let inner = frame(
      width: width, height: height, title: title, style: theme.borderFocused, theme: theme, into: &buffer)
    buffer.put(TextWidth.truncate(hint, to: inner.width), at: Point(inner.x + 1, inner.maxY - 1), style: theme.dim)
    let area = Rect(x: inner.x + 1, y: inner.y + 1, width: width - 6, height: max(1, inner.height - 3))
    TextEditorView.follow(&editor, rows: area.height)
    return TextEditorView.draw(
      editor, in: area, style: theme.text, placeholder: "You are …", placeholderStyle: theme.placeholder, into: &buffer)
  }
}
