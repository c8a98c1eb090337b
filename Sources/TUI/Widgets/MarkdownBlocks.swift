/// A piece of a Markdown text that is laid out on its own.
enum MarkdownBlock: Equatable {
  case heading(level: Int, text: String)
  case paragraph(text: String, indent: Int)
  /// A list item: its marker as shown, its text, and how deep it is nested.
  case item(marker: String, text: String, indent: Int)
  case code(language: String, lines: [Substring], indent: Int)
  case quote(text: String)
  case table(header: [String], alignments: [TextWidth.Alignment], rows: [[String]])
  case rule
}

/// Cuts Markdown into blocks, line by line. What models write is what it is made for: fences may stand indented in
/// lists and may be open still, and every line end in a paragraph is kept.
struct MarkdownBlocks {
  struct Placed: Equatable {
    var block: MarkdownBlock
    /// Where the block begins, in bytes of the text.
    var offset: Int
    /// Whether an empty line stands before it.
    var isApart: Bool
  }

  private let lines: [Substring]
  private let offsets: [Int]
  private var at = 0
  private var blocks: [Placed] = []
  private var isApart = false
  private var isInList = false

  private init(_ text: Substring) {
    lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    var offset = 0
    offsets = lines.map { line in
      defer { offset += line.utf8.count + 1 }
      return offset
    }
  }

  static func parse(_ text: Substring) -> [Placed] {
    var parser = MarkdownBlocks(text)
    while parser.at < parser.lines.count {
      let before = parser.at
      parser.takeBlock()
      if parser.at == before { parser.at += 1 }
    }
    return parser.blocks
  }

  private mutating func add(_ block: MarkdownBlock, from line: Int) {
    blocks.append(Placed(block: block, offset: offsets[line], isApart: isApart))
    isApart = false
  }

  private mutating func takeBlock() {
    let line = lines[at]
    let text = line.trimmingSpaces
    if text.isEmpty {
      isApart = true
      at += 1
      return
    }
    let indent = line.prefix { $0 == " " }.count
    let start = at
    if let fence = Fence(text) {
      takeCode(fence, indent: indent)
    } else if let heading = heading(text), indent < 4 {
      at += 1
      isInList = false
      add(heading, from: start)
    } else if isRule(text) {
      at += 1
      isInList = false
      add(.rule, from: start)
    } else if text.first == ">" {
      takeQuote()
    } else if let (marker, rest) = listMarker(text) {
      at += 1
      isInList = true
      let more = takeText(stopAtMarkers: true)
      let all = more.isEmpty ? rest : rest + "\n" + more
      add(.item(marker: marker, text: all, indent: min(indent, 16)), from: start)
    } else if let (header, alignments) = tableHead() {
      takeTable(header, alignments)
    } else if indent >= 4, !isInList, isApart || blocks.isEmpty {
      takeIndentedCode()
    } else {
      if indent < 2 { isInList = false }
      let text = takeText(stopAtMarkers: false)
      if let level = underline() {
        at += 1
        add(.heading(level: level, text: text), from: start)
      } else {
        add(.paragraph(text: text, indent: isInList ? min(indent, 16) : 0), from: start)
      }
    }
  }

  /// The lines up to what ends a paragraph, without their indents.
  private mutating func takeText(stopAtMarkers: Bool) -> String {
    var result: [Substring] = []
    while at < lines.count {
      let text = lines[at].trimmingSpaces
      if text.isEmpty { break }
      // The line that a paragraph begins with is its own, whatever it looks like: there is always progress.
      if !result.isEmpty || stopAtMarkers {
        if Fence(text) != nil || heading(text) != nil || text.first == ">" { break }
        if isRule(text) || listMarker(text) != nil || tableHead() != nil { break }
        if !stopAtMarkers && underline() != nil { break }
      }
      // Two spaces or a backslash at the end mean the line end that is kept anyway.
      result.append(text.hasSuffix("\\") ? text.dropLast() : text)
      at += 1
    }
    return result.joined(separator: "\n")
  }

  private func heading(_ text: Substring) -> MarkdownBlock? {
    let level = text.prefix { $0 == "#" }.count
    guard 1...6 ~= level else { return nil }
    let rest = text.dropFirst(level)
    guard rest.isEmpty || rest.first == " " else { return nil }
    var title = rest.trimmingSpaces
    let closing = title.reversed().prefix { $0 == "#" }.count
    if closing > 0, title.dropLast(closing).last ?? " " == " " { title = title.dropLast(closing).trimmingSpaces }
    return .heading(level: level, text: String(title))
  }

  /// `===` or `---` under a paragraph.
  private func underline() -> Int? {
    guard at < lines.count else { return nil }
    let text = lines[at].trimmingSpaces
    guard text.utf8.count >= 2, let mark = text.first, mark == "=" || mark == "-" else { return nil }
    return text.allSatisfy { $0 == mark } ? (mark == "=" ? 1 : 2) : nil
  }

  private func isRule(_ text: Substring) -> Bool {
    guard let mark = text.first, mark == "*" || mark == "-" || mark == "_" else { return false }
    let marks = text.filter { $0 != " " }
    return marks.count >= 3 && marks.allSatisfy { $0 == mark }
  }

  private func listMarker(_ text: Substring) -> (marker: String, rest: String)? {
    guard let first = text.first else { return nil }
    if first == "-" || first == "*" || first == "+" {
      let rest = text.dropFirst()
      guard rest.isEmpty || rest.first == " " else { return nil }
      let body = rest.trimmingSpaces
      if body.hasPrefix("[ ] ") { return ("☐", String(body.dropFirst(4))) }
      if body.hasPrefix("[x] ") || body.hasPrefix("[X] ") { return ("☑", String(body.dropFirst(4))) }
      return ("•", String(body))
    }
    let digits = text.utf8.prefix { 0x30...0x39 ~= $0 }.count
    guard 1...9 ~= digits else { return nil }
    let after = text.dropFirst(digits)
    guard after.first == "." || after.first == ")" else { return nil }
    let rest = after.dropFirst()
    guard rest.isEmpty || rest.first == " " else { return nil }
    return (String(text.prefix(digits + 1)), String(rest.trimmingSpaces))
  }

  /// The beginning of a fenced code block.
  private struct Fence {
    let mark: Character
    let count: Int
    let language: String

    init?(_ text: Substring) {
      guard let mark = text.first, mark == "`" || mark == "~" else { return nil }
      let count = text.prefix { $0 == mark }.count
      guard count >= 3 else { return nil }
      let info = text.dropFirst(count).trimmingSpaces
      // ```inline``` on one line is a code span.
      if mark == "`" && info.utf8.contains(0x60) { return nil }
      self.mark = mark
      self.count = count
      language = info.prefix { $0 != " " && $0 != "{" && $0 != "," }.lowercased()
    }

    func isClosed(by text: Substring) -> Bool {
      text.count >= count && text.allSatisfy { $0 == mark }
    }
  }

  private mutating func takeCode(_ fence: Fence, indent: Int) {
    let start = at
    at += 1
    var code: [Substring] = []
    while at < lines.count {
      let line = lines[at]
      at += 1
      if fence.isClosed(by: line.trimmingSpaces) { break }
      code.append(line.dropFirst(min(indent, line.prefix { $0 == " " }.count)))
    }
    add(.code(language: fence.language, lines: code, indent: isInList ? min(indent, 16) : 0), from: start)
  }

  private mutating func takeIndentedCode() {
    let start = at
    var code: [Substring] = []
    while at < lines.count {
      let line = lines[at]
      if line.trimmingSpaces.isEmpty {
        code.append("")
      } else if line.prefix(4).allSatisfy({ $0 == " " }) {
        code.append(line.dropFirst(4))
      } else {
        break
      }
      at += 1
    }
    while code.last == "" {
      code.removeLast()
      at -= 1
    }
    add(.code(language: "", lines: code, indent: 0), from: start)
  }

  private mutating func takeQuote() {
    let start = at
    var inner: [Substring] = []
    while at < lines.count {
      let text = lines[at].trimmingSpaces
      guard text.first == ">" else { break }
      inner.append(text.dropFirst(text.dropFirst().first == " " ? 2 : 1))
      at += 1
    }
    add(.quote(text: inner.joined(separator: "\n")), from: start)
  }

  /// The header of a table, when this line and the next are one.
  private func tableHead() -> (header: [String], alignments: [TextWidth.Alignment])? {
    guard at + 1 < lines.count, lines[at].utf8.contains(0x7C) else { return nil }
    let rule = lines[at + 1].trimmingSpaces
    guard rule.utf8.contains(0x2D), rule.allSatisfy({ $0 == "|" || $0 == "-" || $0 == ":" || $0 == " " }) else {
      return nil
    }
    let header = MarkdownBlocks.cells(lines[at])
    let rules = MarkdownBlocks.cells(lines[at + 1])
    guard header.count == rules.count, header.count <= 64, rules.allSatisfy({ $0.utf8.contains(0x2D) }) else {
      return nil
    }
    let alignments = rules.map { cell -> TextWidth.Alignment in
      cell.hasSuffix(":") ? (cell.hasPrefix(":") ? .center : .right) : .left
    }
    return (header, alignments)
  }

  private mutating func takeTable(_ header: [String], _ alignments: [TextWidth.Alignment]) {
    let start = at
    at += 2
    var rows: [[String]] = []
    while at < lines.count, lines[at].utf8.contains(0x7C) {
      var cells = MarkdownBlocks.cells(lines[at])
      cells = Array(cells.prefix(header.count))
      cells += Array(repeating: "", count: header.count - cells.count)
      rows.append(cells)
      at += 1
    }
    add(.table(header: header, alignments: alignments, rows: rows), from: start)
  }

  /// The cells of a table's row; a `|` in code or after a backslash is none.
  static func cells(_ line: Substring) -> [String] {
    var text = line.trimmingSpaces
    if text.first == "|" { text = text.dropFirst() }
    var cells: [String] = []
    var cell = ""
    var isEscaped = false
    var isCode = false
    for character in text {
      if character == "|" && !isEscaped && !isCode {
        cells.append(String(cell[...].trimmingSpaces))
        cell = ""
      } else {
        if isEscaped && character == "|" { cell.removeLast() }
        cell.append(character)
      }
      if character == "`" { isCode.toggle() }
      isEscaped = character == "\\" && !isEscaped
    }
    if !cell.allSatisfy({ $0 == " " }) { cells.append(String(cell[...].trimmingSpaces)) }
    return cells
  }
}

extension Substring {
  /// Without spaces and tabs at both ends.
  var trimmingSpaces: Substring {
    var result = self
    while let first = result.utf8.first, first == 0x20 || first == 0x09 || first == 0x0D { result.removeFirst() }
    while let last = result.utf8.last, last == 0x20 || last == 0x09 || last == 0x0D { result.removeLast() }
    return result
  }
}
