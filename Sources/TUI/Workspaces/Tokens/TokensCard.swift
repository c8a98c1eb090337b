import Core

/// What there is to say about the text, and about the token under the cursor.
enum TokensCard {
  struct Fact: Equatable {
    var name: String
    var value: String
    var style: Style
  }

  static func figures(_ state: AppState) -> [String] {
    let result = state.tokens.result
    var lines = [
      Figures.count(result.count, "token"),
      "\(Figures.count(result.characters, "character")) · \(Figures.count(result.bytes.count, "byte"))",
    ]
    if result.count > 0 {
      let count = Double(result.count)
      lines.append(
        "\(Figures.fixed(Double(result.characters) / count, 2)) characters · "
          + "\(Figures.fixed(Double(result.bytes.count) / count, 2)) bytes a token")
    }
    // Another tokenizer's tokens take no part of the model's context.
    if state.chat.contextSize > 0, result.count > 0, state.tokens.isThroughModel {
      let share = 100 * Double(result.count) / Double(state.chat.contextSize)
      lines.append(
        "\(Figures.fixed(share, share < 10 ? 1 : 0)) % of a context of \(Figures.grouped(state.chat.contextSize))")
    }
    if let surprisal = state.tokens.shownSurprisal, let perplexity = surprisal.perplexity {
      let read = surprisal.isDone ? "" : " · \(100 * surprisal.logprobs.count / max(1, surprisal.limit)) % read"
      let part = surprisal.limit < result.count ? " · the first \(Figures.grouped(surprisal.limit)) tokens" : ""
      lines.append("perplexity \(Figures.short(perplexity))\(part)\(read)")
    }
    return lines
  }

  /// The token under the cursor; what takes a moment to find out comes with its explanation.
  static func facts(_ state: AppState, theme: Theme) -> [Fact] {
    let tokens = state.tokens
    let result = tokens.result
    guard tokens.cursor < result.count else { return [] }
    let id = result.ids[tokens.cursor]
    var facts: [Fact]
    if let card = tokens.explanation?.card, let tokenizer = result.tokenizer {
      facts = Self.facts(of: card, tokenizer: tokenizer, theme: theme)
    } else {
      facts = [
        Fact(name: "id", value: "\(id)", style: theme.strong),
        Fact(name: "text", value: TokenLabel.of(result.tokenBytes(tokens.cursor)), style: theme.text),
        Fact(name: "bytes", value: hexadecimal(result.tokenBytes(tokens.cursor)), style: theme.text),
      ]
      let written = TokenLabel.written(result.written(tokens.cursor))
      if !written.isEmpty { facts.append(Fact(name: "written", value: written, style: theme.text)) }
    }
    if let surprisal = tokens.shownSurprisal, tokens.cursor < surprisal.logprobs.count,
      let logprob = surprisal.logprobs[tokens.cursor]
    {
      let rank = surprisal.ranks[tokens.cursor].map { " · rank \(Figures.grouped($0))" } ?? ""
      facts.append(
        Fact(
          name: "surprisal", value: "\(Figures.fixed(-logprob, 2)) nats\(rank)",
          style: Style(theme.scale(Surprisal.heat(logprob)).foreground, on: theme.panel.background)))
    }
    let times = result.encoded.occurrences(of: id)
    facts.append(Fact(name: "here", value: times == 1 ? "once" : "\(Figures.grouped(times)) times", style: theme.text))
    facts.append(
      Fact(name: "at byte", value: Figures.grouped(result.offsets[tokens.cursor].lowerBound), style: theme.dim))
    return facts
  }

  private static func hexadecimal(_ bytes: [UInt8]) -> String {
    bytes.prefix(12).map(TokenLabel.byte).joined(separator: " ") + (bytes.count > 12 ? " …" : "")
  }

  /// All that a vocabulary knows of a token.
  static func facts(of card: TokenCard, tokenizer: any Tokenizer, theme: Theme) -> [Fact] {
    var facts = [Fact(name: "id", value: "\(card.id)", style: theme.strong)]
    func add(_ name: String, _ value: String, _ style: Style? = nil) {
      facts.append(Fact(name: name, value: value, style: style ?? theme.text))
    }
    func label(_ id: TokenID) -> String { TokenLabel.of(tokenizer.bytes(of: id)) }
    if card.text == nil, !card.bytes.isEmpty {
      add("text", "part of a character", theme.dim)
    } else if !card.bytes.isEmpty {
      add("text", TokenLabel.of(card.bytes))
    }
    if !card.bytes.isEmpty { add("bytes", hexadecimal(card.bytes)) }
    if !card.written.isEmpty { add("written", TokenLabel.written(card.written)) }
    let kind = card.kind == .normal ? card.script : card.kind.words
    add(card.kind == .normal ? "script" : "kind", kind, card.kind == .special ? theme.special : nil)
    for role in card.roles { add("role", role.words) }
    if let merge = card.merge {
      let rank = merge.rank.map { ", merge \(Figures.grouped($0))" } ?? ""
      add("made of", "\(label(merge.left)) + \(label(merge.right))\(rank)")
    } else if let rank = card.rank {
      add("rank", Figures.grouped(rank))
    }
    if let score = card.score { add("score", Figures.fixed(score, 3)) }
    if let unreachable = card.unreachable {
      add("never", unreachable.reason.words, theme.warning)
      if !unreachable.instead.isEmpty {
        add("instead", unreachable.instead.prefix(12).map(label).joined(separator: " "), theme.dim)
      }
    }
    return facts
  }

  /// Facts one below the other; a long one goes on in the next rows.
  /// - Returns: the row after the last.
  static func draw(_ facts: [Fact], in rect: Rect, into buffer: inout CellBuffer, theme: Theme) -> Int {
    let names = (facts.map { TextWidth.of($0.name) }.max() ?? 0) + 2
    var y = rect.y
    for fact in facts {
      for (i, text) in TextLayout.lines(fact.value, width: max(4, rect.width - names)).prefix(3).enumerated() {
        if y >= rect.maxY { return y }
        if i == 0 { buffer.put(fact.name, at: Point(rect.x, y), style: theme.faint) }
        buffer.put(text, at: Point(rect.x + names, y), style: fact.style)
        y += 1
      }
    }
    return y
  }

  /// Figures above, the card below, on the right of a wide pane.
  static func drawSide(_ state: AppState, in rect: Rect, theme: Theme, into buffer: inout CellBuffer) {
    var y = rect.y
    func line(_ line: StyledLine) {
      if y < rect.maxY { buffer.put(line, at: Point(rect.x, y), maxWidth: rect.width) }
      y += 1
    }
    for (i, text) in figures(state).enumerated() {
      let style = i == 0 ? theme.strong : theme.dim
      // Of an enormous text each figure has a row of its own.
      let rows = TextWidth.of(text) <= rect.width ? [text] : text.split(separator: " · ").map(String.init)
      for row in rows { line(StyledLine(row, style)) }
    }
    line(StyledLine())
    let tokens = state.tokens
    line(
      StyledLine([
        Span("token ", theme.dim), Span(Figures.grouped(tokens.cursor + 1), theme.text),
        Span(" of \(Figures.grouped(tokens.result.count))", theme.dim),
      ]))
    y = draw(
      facts(state, theme: theme), in: Rect(x: rect.x, y: y, width: rect.width, height: max(0, rect.maxY - y)),
      into: &buffer, theme: theme)
    let why = why(state, width: rect.width)
    guard !why.isEmpty, y + 2 < rect.maxY else { return }
    line(StyledLine())
    for text in why { line(StyledLine(text, theme.dim)) }
  }

  /// Why the token begins where it does, as long as it is known.
  static func why(_ state: AppState, width: Int) -> [String] {
    guard let border = state.tokens.explanation?.border else { return [] }
    return TextLayout.lines(border.unbrokenSentence, width: width).map { String($0).replacing("\u{A0}", with: " ") }
  }

  /// The same below the text: a line where there is little room, else a few.
  static func drawFoot(
    _ state: AppState, in rect: Rect, focused: Bool, theme: Theme, into buffer: inout CellBuffer
  ) {
    guard focused else {
      let text = figures(state).dropFirst().first ?? ""
      buffer.put(
        TextWidth.truncate("\(text) · \(state.tokensSourceName)", to: rect.width), at: Point(rect.x, rect.y),
        style: theme.faint)
      return
    }
    var y = rect.y
    if rect.height > 1 {
      buffer.put(
        TextWidth.truncate(figures(state).dropFirst().joined(separator: " · "), to: rect.width), at: Point(rect.x, y),
        style: theme.dim)
      y += 1
    }
    var line = StyledLine(
      "\(Figures.grouped(state.tokens.cursor + 1))/\(Figures.grouped(state.tokens.result.count))  ", theme.faint)
    for fact in facts(state, theme: theme) {
      let spans = [Span(fact.name + " ", theme.dim), Span(fact.value + "  ", fact.style)]
      let width = StyledLine(spans).width
      if line.width + width - 2 > rect.width, !line.spans.isEmpty {
        // The last row says why the token begins here.
        if y + 2 >= rect.maxY, rect.height > 2 { continue }
        buffer.put(line, at: Point(rect.x, y), maxWidth: rect.width)
        y += 1
        line = StyledLine()
        if y >= rect.maxY { return }
      }
      line.spans += spans
    }
    buffer.put(line, at: Point(rect.x, y), maxWidth: rect.width)
    for text in why(state, width: rect.width) {
      y += 1
      if y >= rect.maxY { return }
      buffer.put(text, at: Point(rect.x, y), style: theme.dim)
    }
  }
}

extension UnreachableToken.Reason {
  var words: String {
    switch self {
    case .model: "its own bytes become other tokens"
    case .stages: "it is cut or changed before the model sees it"
    case .notUTF8: "its bytes are no text"
    }
  }
}
