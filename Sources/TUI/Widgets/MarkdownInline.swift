/// Emphasis, code, links: Markdown within a line, as spans. Marks that are never closed are shown as they are, except
/// in a text that is still being written, where the last open one counts as closed by its end.
struct MarkdownInline {
  private let bytes: [UInt8]
  private let theme: Theme
  private let isOpen: Bool
  private var spans: [Span] = []
  /// Marks looked for without success up to the end: not looked for again, so that the cost stays linear.
  private var missing: Set<[UInt8]> = []

  static func spans(_ text: String, style: Style, theme: Theme, isOpen: Bool) -> [Span] {
    var parser = MarkdownInline(bytes: Array(text.utf8), theme: theme, isOpen: isOpen)
    parser.parse(0..<parser.bytes.count, style: style, depth: 0)
    return parser.spans
  }

  private init(bytes: [UInt8], theme: Theme, isOpen: Bool) {
    self.bytes = bytes
    self.theme = theme
    self.isOpen = isOpen
  }

  private mutating func emit(_ range: Range<Int>, _ style: Style) {
    guard !range.isEmpty else { return }
    let text = String(decoding: bytes[range], as: UTF8.self)
    if let last = spans.last, last.style == style {
      spans[spans.count - 1].text += text
    } else {
      spans.append(Span(text, style))
    }
  }

  private mutating func parse(_ range: Range<Int>, style: Style, depth: Int) {
    var plain = range.lowerBound
    var at = range.lowerBound
    while at < range.upperBound {
      let byte = bytes[at]
      var next: Int?
      switch byte {
      case UInt8(ascii: "\\"):
        if at + 1 < range.upperBound, isPunctuation(bytes[at + 1]) {
          emit(plain..<at, style)
          plain = at + 1
          at += 2
          continue
        }
      case UInt8(ascii: "`"):
        emitPlain(&plain, at, style)
        next = code(at, range, style)
      case UInt8(ascii: "*"), UInt8(ascii: "_"), UInt8(ascii: "~"):
        guard depth < 4 else { break }
        emitPlain(&plain, at, style)
        next = emphasis(at, range, style, depth)
      case UInt8(ascii: "["), UInt8(ascii: "!"):
        emitPlain(&plain, at, style)
        next = link(at, range, style, depth)
      case UInt8(ascii: "h"), UInt8(ascii: "<"):
        emitPlain(&plain, at, style)
        next = address(at, range, style)
      default: break
      }
      if let next {
        at = next
        plain = next
      } else {
        at += 1
      }
    }
    emit(plain..<range.upperBound, style)
  }

  private mutating func emitPlain(_ plain: inout Int, _ at: Int, _ style: Style) {
    emit(plain..<at, style)
    plain = at
  }

  private func run(of byte: UInt8, at start: Int, _ end: Int) -> Int {
    var count = 0
    while start + count < end, bytes[start + count] == byte { count += 1 }
    return count
  }

  private mutating func code(_ start: Int, _ range: Range<Int>, _ style: Style) -> Int? {
    let count = run(of: bytes[start], at: start, range.upperBound)
    let look = style.attributes.contains(.bold) ? theme.codeFunction.adding(.bold) : theme.codeFunction
    let mark = [UInt8](repeating: bytes[start], count: count)
    var at = start + count
    if !missing.contains(mark) {
      while at < range.upperBound {
        if bytes[at] == bytes[start] {
          let closing = run(of: bytes[at], at: at, range.upperBound)
          if closing == count {
            var inner = start + count..<at
            // One space inside each end lets code begin with a backtick.
            if inner.count > 2, bytes[inner.lowerBound] == 0x20, bytes[inner.upperBound - 1] == 0x20 {
              inner = inner.lowerBound + 1..<inner.upperBound - 1
            }
            emit(inner, look)
            return at + count
          }
          at += closing
        } else {
          at += 1
        }
      }
      missing.insert(mark)
    }
    if isOpen && range.upperBound == bytes.count && count == 1 && start + 1 < bytes.count {
      emit(start + 1..<range.upperBound, look)
      return range.upperBound
    }
    emit(start..<start + count, style)
    return start + count
  }

  private mutating func emphasis(_ start: Int, _ range: Range<Int>, _ style: Style, _ depth: Int) -> Int? {
    let byte = bytes[start]
    let length = run(of: byte, at: start, range.upperBound)
    let count = min(length, byte == UInt8(ascii: "~") ? 2 : 3)
    if byte == UInt8(ascii: "~") && count < 2 { return nil }
    let inside = start + count
    guard inside < range.upperBound, !isSpace(bytes[inside]) else { return nil }
    if byte == UInt8(ascii: "_"), start > range.lowerBound, isWord(bytes[start - 1]) { return nil }
    let look =
      byte == UInt8(ascii: "~")
      ? theme.dim
      : count == 1 ? style.adding(.italic) : count == 2 ? emphasised(style) : emphasised(style).adding(.italic)
    let mark = [UInt8](repeating: byte, count: count)
    if !missing.contains(mark) {
      var at = inside
      while at < range.upperBound {
        switch bytes[at] {
        case UInt8(ascii: "\\"): at += 2
        case UInt8(ascii: "`"):
          at += max(1, run(of: bytes[at], at: at, range.upperBound))
        case byte:
          let closing = run(of: byte, at: at, range.upperBound)
          let follows = at + closing < range.upperBound ? bytes[at + closing] : 0x20
          let isCloser =
            closing >= count && at > inside && !isSpace(bytes[at - 1])
            && (byte != UInt8(ascii: "_") || !isWord(follows))
            && (closing == count || count == 3 || closing > 2)
          if isCloser {
            // Of a longer run the last marks close this one.
            let end = at + closing - count
            parse(inside..<end, style: look, depth: depth + 1)
            return end + count
          }
          at += closing
        default: at += 1
        }
      }
      missing.insert(mark)
    }
    if isOpen && range.upperBound == bytes.count && count == 2 && depth == 0 {
      parse(inside..<range.upperBound, style: look, depth: depth + 1)
      return range.upperBound
    }
    emit(start..<inside, style)
    return inside
  }

  private func emphasised(_ style: Style) -> Style {
    style == theme.text ? theme.strong : style.adding(.bold)
  }

  /// `[text](address)` and `![text](address)`.
  private mutating func link(_ start: Int, _ range: Range<Int>, _ style: Style, _ depth: Int) -> Int? {
    var open = start
    if bytes[start] == UInt8(ascii: "!") { open += 1 }
    guard open < range.upperBound, bytes[open] == UInt8(ascii: "["), depth < 4 else { return nil }
    // Far and deep enough for any link that a person wrote; keeps the cost linear.
    let limit = min(range.upperBound, open + 1000)
    var level = 0
    var at = open
    while at < limit {
      if bytes[at] == UInt8(ascii: "[") { level += 1 }
      if level > 4 { return nil }
      if bytes[at] == UInt8(ascii: "]") {
        level -= 1
        if level == 0 { break }
      }
      at += bytes[at] == UInt8(ascii: "\\") ? 2 : 1
    }
    guard at + 1 < limit, level == 0, bytes[at + 1] == UInt8(ascii: "(") else { return nil }
    let text = open + 1..<at
    var end = at + 2
    level = 1
    while end < limit {
      if bytes[end] == UInt8(ascii: "(") { level += 1 }
      if bytes[end] == UInt8(ascii: ")") {
        level -= 1
        if level == 0 { break }
      }
      if bytes[end] == 0x0A { return nil }
      end += 1
    }
    guard end < limit, level == 0 else { return nil }
    let address = at + 2..<end
    parse(text, style: theme.link, depth: depth + 1)
    if !address.isEmpty && !bytes[address].elementsEqual(bytes[text]) {
      spans.append(Span(" (" + String(decoding: bytes[address], as: UTF8.self) + ")", theme.faint))
    }
    return end + 1
  }

  /// `https://…`, bare or between angle brackets.
  private mutating func address(_ start: Int, _ range: Range<Int>, _ style: Style) -> Int? {
    let isQuoted = bytes[start] == UInt8(ascii: "<")
    let begin = isQuoted ? start + 1 : start
    let rest = bytes[begin..<min(begin + 8, range.upperBound)]
    guard rest.starts(with: Array("https://".utf8)) || rest.starts(with: Array("http://".utf8)) else { return nil }
    if !isQuoted, start > range.lowerBound, isWord(bytes[start - 1]) { return nil }
    var end = begin
    while end < range.upperBound, bytes[end] > 0x20, !Array("<>`\"".utf8).contains(bytes[end]) { end += 1 }
    if isQuoted {
      guard end < range.upperBound, bytes[end] == UInt8(ascii: ">") else { return nil }
      emit(begin..<end, theme.link)
      return end + 1
    }
    while end > begin, Array(".,;:!?)'*_".utf8).contains(bytes[end - 1]) { end -= 1 }
    emit(begin..<end, theme.link)
    return end
  }

  private func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x0A || byte == 0x09 }

  private func isWord(_ byte: UInt8) -> Bool {
    byte >= 0x80 || 0x30...0x39 ~= byte || 0x41...0x5A ~= byte || 0x61...0x7A ~= byte
  }

  private func isPunctuation(_ byte: UInt8) -> Bool {
    0x21...0x2F ~= byte || 0x3A...0x40 ~= byte || 0x5B...0x60 ~= byte || 0x7B...0x7E ~= byte
  }
}
