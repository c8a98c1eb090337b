/// Markdown as rows of styled text for a width. Control characters come out as symbols.
public enum Markdown {
  /// - Parameter isStreaming: the text goes on: emphasis and code that are open at its end count as closed there.
  public static func rows(_ text: String, width: Int, theme: Theme, isStreaming: Bool = false) -> [StyledLine] {
    var layout = MarkdownLayout(width: width, theme: theme)
    let clean = SafeText.clean(text)
    let blocks = MarkdownBlocks.parse(clean[...])
    for (index, placed) in blocks.enumerated() {
      layout.add(placed, isOpen: isStreaming && index == blocks.count - 1)
    }
    return layout.rows.isEmpty ? [StyledLine()] : layout.rows
  }

  /// The code blocks of a text, as they were written: what "copy code" copies.
  public static func codeBlocks(_ text: String) -> [(language: String, code: String)] {
    MarkdownBlocks.parse(text[...]).compactMap { placed in
      guard case .code(let language, let lines, _) = placed.block else { return nil }
      return (language, lines.joined(separator: "\n"))
    }
  }
}

/// Markdown that grows at its end: blocks that are complete are laid out once.
public struct MarkdownStream: Sendable {
  /// The text of the blocks that are settled, and their rows.
  private var done = ""
  private var settled: MarkdownLayout
  private var theme = ""

  public init() {
    settled = MarkdownLayout(width: 0, theme: Theme())
  }

  /// The rows of `text`. When it begins with what was settled before, only the rest is looked at.
  public mutating func rows(_ text: String, width: Int, theme: Theme, isStreaming: Bool = true) -> [StyledLine] {
    let clean = SafeText.clean(text)
    if settled.asked != width || self.theme != theme.name || !clean.utf8.starts(with: done.utf8) {
      settled = MarkdownLayout(width: width, theme: theme)
      self.theme = theme.name
      done = ""
    }
    let from = clean.utf8.index(clean.startIndex, offsetBy: done.utf8.count)
    var blocks = MarkdownBlocks.parse(clean[from...])[...]
    // The last block still grows, and the one before it may yet turn out to be its beginning.
    let kept = blocks.count - 2
    if kept > 0, !MarkdownLayout.isIndented(blocks[kept].block) {
      for placed in blocks[..<kept] { settled.add(placed, isOpen: false) }
      settled.isApart = blocks[kept].isApart
      done += clean[from..<clean.utf8.index(from, offsetBy: blocks[kept].offset)]
      blocks = blocks[kept...]
    }
    var layout = settled
    for (index, placed) in zip(blocks.indices, blocks) {
      layout.add(placed, isOpen: isStreaming && index == blocks.endIndex - 1)
    }
    return layout.rows.isEmpty ? [StyledLine()] : layout.rows
  }
}

/// Lays blocks out as rows.
struct MarkdownLayout: Sendable {
  /// The width asked for, and the one that is laid out for.
  let asked: Int
  let width: Int
  let theme: Theme
  private(set) var rows: [StyledLine] = []
  /// Whether the last block wants room below it.
  private var wasWide = false
  /// An empty line stands before the next block, whatever the block itself says.
  var isApart = false

  init(width: Int, theme: Theme) {
    asked = width
    self.width = max(4, width)
    self.theme = theme
  }

  mutating func add(_ placed: MarkdownBlocks.Placed, isOpen: Bool) {
    var isItem = false
    if case .item = placed.block { isItem = true }
    // Models often begin a list right under its sentence; everything else has room around it.
    let isTight = (isItem || MarkdownLayout.isIndented(placed.block)) && !placed.isApart && !isApart && !wasWide
    if !rows.isEmpty && !isTight { rows.append(StyledLine()) }
    wasWide = MarkdownLayout.isWide(placed.block)
    isApart = false
    lay(placed.block, isOpen: isOpen)
  }

  private static func isWide(_ block: MarkdownBlock) -> Bool {
    switch block {
    case .table, .rule, .heading, .quote: true
    case .code(_, _, let indent): indent == 0
    case .paragraph, .item: false
    }
  }

  static func isIndented(_ block: MarkdownBlock) -> Bool {
    switch block {
    case .paragraph(_, let indent), .code(_, _, let indent): indent > 0
    default: false
    }
  }

  private func inline(_ text: String, _ style: Style, isOpen: Bool) -> [Span] {
    MarkdownInline.spans(text, style: style, theme: theme, isOpen: isOpen)
  }

  private mutating func lay(_ block: MarkdownBlock, isOpen: Bool) {
    switch block {
    case .heading(let level, let text):
      let style = level <= 2 ? theme.heading : theme.strong
      rows += StyledLine.wrap(inline(text, style, isOpen: isOpen), width: width)
    case .paragraph(let text, let indent):
      let room = margin(indent)
      append(StyledLine.wrap(inline(text, theme.text, isOpen: isOpen), width: width - room), indent: room)
    case .item(let marker, let text, let indent):
      let room = margin(indent)
      let hang = TextWidth.of(marker) + 1
      let lines = StyledLine.wrap(
        inline(text, marker == "☑" ? theme.dim : theme.text, isOpen: isOpen), width: max(2, width - room - hang))
      for (index, line) in lines.enumerated() {
        let head = index == 0 ? Span(spaces(room) + marker + " ", theme.accent) : Span(spaces(room + hang), theme.text)
        rows.append(StyledLine([head] + line.spans))
      }
    case .code(let language, let lines, let indent):
      let room = min(indent, width / 3) + 2
      var code = MarkdownCode(language: language, theme: theme)
      for line in lines { append(cut(code.spans(line), width: width - room), indent: room) }
      if lines.isEmpty { rows.append(StyledLine(spaces(room), theme.code)) }
    case .quote(let text):
      var inner = MarkdownLayout(width: width - 2, theme: theme)
      // Depth is bounded by the width that each level takes.
      if width > 8 {
        for placed in MarkdownBlocks.parse(text[...]) { inner.add(placed, isOpen: isOpen) }
      } else {
        inner.rows = StyledLine.wrap([Span(text, theme.quote)], width: width - 2)
      }
      for row in inner.rows {
        let spans = row.spans.map { $0.style == theme.text ? Span($0.text, theme.quote) : $0 }
        rows.append(StyledLine([Span("▏ ", theme.border)] + spans))
      }
    case .table(let header, let alignments, let body):
      rows += MarkdownTable(header: header, alignments: alignments, rows: body).lay(width: width, theme: theme)
    case .rule:
      rows.append(StyledLine(String(repeating: "─", count: width), theme.border))
    }
  }

  private func margin(_ indent: Int) -> Int { min(indent, width / 3) }

  private func spaces(_ count: Int) -> String { String(repeating: " ", count: count) }

  private mutating func append(_ lines: [StyledLine], indent: Int) {
    for line in lines {
      rows.append(indent == 0 ? line : StyledLine([Span(spaces(indent), theme.text)] + line.spans))
    }
  }

  /// Code is not wrapped at words: lines longer than the width go on below as they are.
  private func cut(_ spans: [Span], width: Int) -> [StyledLine] {
    let width = max(2, width)
    var lines = [StyledLine()]
    var used = 0
    for span in spans {
      var rest = span.text[...]
      while !rest.isEmpty {
        let (piece, cells) = TextWidth.prefix(rest, width: width - used)
        if piece.isEmpty {
          // A character wider than a whole line stands alone.
          guard used > 0 else {
            lines[lines.count - 1].spans.append(Span(String(rest.removeFirst()), span.style))
            continue
          }
          lines.append(StyledLine())
          used = 0
          continue
        }
        lines[lines.count - 1].spans.append(Span(String(piece), span.style))
        used += cells
        rest = rest[piece.endIndex...]
      }
    }
    return lines
  }
}
