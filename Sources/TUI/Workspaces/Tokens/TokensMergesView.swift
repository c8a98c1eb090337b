import Core

/// How the word under the cursor became tokens, step by step.
enum TokensMergesView {
  static func draw(_ state: AppState, in rect: Rect, theme: Theme, into buffer: inout CellBuffer) {
    var area = rect
    drawContext(state, y: area.y, in: area, theme: theme, into: &buffer)
    area.y += 2
    area.height -= 2
    guard area.height > 0 else { return }
    let key = TokensExplanation.Key(serial: state.tokens.result.serial, token: state.tokens.cursor)
    guard let explained = state.tokens.explained, explained.key == key else { return }
    guard let word = explained.word else {
      let special =
        state.tokens.cursor < state.tokens.result.count && state.tokens.result.isSpecial(state.tokens.cursor)
      let text =
        special ? "an added token: it is cut out of the text before the model sees it" : "nothing is known of its steps"
      buffer.put(TextWidth.truncate(text, to: area.width), at: Point(area.x, area.y), style: theme.dim)
      return
    }
    let shown = state.tokens.player.shown(of: word.stepCount)
    switch word.method {
    case .merges(let trace): MergeSteps(state, word, trace, shown, theme).draw(in: area, into: &buffer)
    case .longestMatch(let trace): MatchSteps(state, word, trace, shown, theme).draw(in: area, into: &buffer)
    case .lattice(let trace): LatticeSteps(state, word, trace, shown, theme).draw(in: area, into: &buffer)
    case .lookup(let trace): message(trace.sentence, word, area, theme, &buffer)
    case .tooLong(let limit):
      message("the word is longer than \(limit) bytes: its steps are too many to show", word, area, theme, &buffer)
    }
  }

  /// The row of the text that the word stands in.
  private static func drawContext(
    _ state: AppState, y: Int, in rect: Rect, theme: Theme, into buffer: inout CellBuffer
  ) {
    let layout = TokensLayout(state.tokens, width: rect.width, hasIDs: false)
    let start = layout.rowStart(of: layout.place(of: state.tokens.cursor))
    guard let row = layout.rows(from: start, count: 1).rows.first else { return }
    let own = state.tokens.explained?.tokens ?? 0..<0
    for placed in row.pieces {
      let token = placed.piece.token
      var style = own.contains(token) ? theme.token(token - own.lowerBound) : theme.dim
      if token == state.tokens.cursor, placed.piece.kind != .gap { style = TokensTextView.cursorStyle(theme) }
      buffer.put(placed.piece.label, at: Point(rect.x + placed.x, y), style: style)
    }
  }

  private static func message(
    _ text: String, _ word: WordTrace, _ rect: Rect, _ theme: Theme, _ buffer: inout CellBuffer
  ) {
    var line = StyledLine()
    for (i, token) in word.tokens.prefix(64).enumerated() {
      line.spans += [Span(TokenLabel.of(word.word[token.range]), theme.token(i)), Span(" \(token.id)  ", theme.faint)]
    }
    buffer.put(line, at: Point(rect.x, rect.y), maxWidth: rect.width)
    for (i, row) in TextLayout.lines(text, width: rect.width).enumerated() where i + 2 < rect.height {
      buffer.put(row, at: Point(rect.x, rect.y + 2 + i), style: theme.dim)
    }
  }

  /// `step 3 of 8` at the right of a heading.
  static func heading(
    _ text: String, _ shown: Int, of count: Int, isPlaying: Bool, in rect: Rect, theme: Theme,
    into buffer: inout CellBuffer
  ) {
    buffer.put(TextWidth.truncate(text, to: max(1, rect.width - 20)), at: Point(rect.x, rect.y), style: theme.dim)
    let sign = isPlaying ? "▶ " : ""
    buffer.put(
      "\(sign)step \(shown) of \(count)", rightAlignedAt: Point(rect.maxX, rect.y),
      style: isPlaying ? theme.accent : theme.dim)
  }

  /// Symbols with a space between; the pair that merges next is underlined.
  static func symbols(
    _ symbols: [TraceSymbol], of word: [UInt8], pair: Int?, fresh: Int?, isDim: Bool, theme: Theme
  ) -> StyledLine {
    var line = StyledLine()
    for (i, symbol) in symbols.enumerated() {
      var style = theme.token(symbol.range.lowerBound)
      if symbol.kind == .unknown || symbol.kind == .character { style = theme.warning }
      if isDim { style = theme.faint }
      if let pair, i == pair || i == pair + 1 { style = style.adding([.bold, .underline]) }
      if i == fresh { style = style.adding(.bold) }
      line.spans.append(Span(TokenLabel.of(word[symbol.range]), style))
      if i + 1 < symbols.count { line.spans.append(Span(i == pair ? "+" : " ", isDim ? theme.faint : theme.dim)) }
    }
    return line
  }
}

/// Byte-pair encoding: every state of the word, the pairs of the present one and their ranks.
struct MergeSteps {
  let state: AppState
  let word: WordTrace
  let trace: MergeTrace
  let shown: Int
  let theme: Theme

  init(_ state: AppState, _ word: WordTrace, _ trace: MergeTrace, _ shown: Int, _ theme: Theme) {
    (self.state, self.word, self.trace, self.shown, self.theme) = (state, word, trace, shown, theme)
  }

  func draw(in rect: Rect, into buffer: inout CellBuffer) {
    TokensMergesView.heading(
      trace.order == .rank
        ? "the pair of the lowest rank merges, till none is left"
        : "the pair of the highest score merges, till none is left",
      shown, of: trace.states.count - 1, isPlaying: state.tokens.player.isPlaying, in: rect, theme: theme, into: &buffer
    )
    let body = Rect(x: rect.x, y: rect.y + 2, width: rect.width, height: rect.height - 2)
    guard body.height > 0 else { return }
    if body.width >= 90 {
      let side = body.width * 2 / 5
      drawStates(in: Rect(x: body.x, y: body.y, width: body.width - side - 3, height: body.height), into: &buffer)
      buffer.verticalLine(from: Point(body.maxX - side - 2, body.y), length: body.height, style: theme.border)
      drawPairs(in: Rect(x: body.maxX - side, y: body.y, width: side, height: body.height), into: &buffer)
    } else {
      let rows = max(1, min(trace.states.count, body.height * 3 / 5))
      drawStates(in: Rect(x: body.x, y: body.y, width: body.width, height: rows), into: &buffer)
      drawPairs(
        in: Rect(x: body.x, y: body.y + rows + 1, width: body.width, height: body.height - rows - 1), into: &buffer)
    }
  }

  private func drawStates(in rect: Rect, into buffer: inout CellBuffer) {
    let first = OverlayViews.window(selection: shown, count: trace.states.count, rows: rect.height)
    for row in 0..<min(rect.height, trace.states.count - first) {
      let index = first + row
      let y = rect.y + row
      let isPresent = index == shown
      guard index <= shown else { continue }
      buffer.put(
        isPresent ? "▸" : " ", at: Point(rect.x, y), style: theme.accent)
      buffer.put("\(index)", rightAlignedAt: Point(rect.x + 4, y), style: isPresent ? theme.text : theme.faint)
      let pair = index < trace.steps.count ? trace.steps[index].chosen : nil
      let fresh = index > 0 && index <= trace.steps.count ? trace.steps[index - 1].chosen : nil
      let line = TokensMergesView.symbols(
        trace.states[index], of: word.word, pair: pair, fresh: fresh, isDim: false, theme: theme)
      var room = rect.width - 6
      if index > 0, index <= trace.steps.count, room > 30 {
        let step = trace.steps[index - 1]
        let note = value(step.candidates[step.chosen])
        room -=
          buffer.put(
            note, rightAlignedAt: Point(rect.maxX, y), style: isPresent ? theme.dim : theme.faint) + 2
      }
      buffer.put(line, at: Point(rect.x + 6, y), maxWidth: room)
    }
  }

  private func value(_ candidate: MergeTrace.Candidate) -> String {
    if trace.order == .score, let score = candidate.score { return "score \(Figures.fixed(Double(score), 2))" }
    return candidate.rank.map { "rank \(Figures.grouped($0))" } ?? ""
  }

  /// What could merge now, the best first.
  private func drawPairs(in rect: Rect, into buffer: inout CellBuffer) {
    guard rect.height > 1 else { return }
    let isLast = shown >= trace.steps.count
    let candidates = isLast ? trace.remaining : trace.steps[shown].candidates
    let chosen = isLast ? nil : trace.steps[shown].chosen
    let symbols = trace.states[min(shown, trace.states.count - 1)]
    let able = candidates.filter { $0.id != nil }.count
    buffer.put(
      isLast
        ? "no pair can merge any more"
        : "\(Figures.count(able, "pair")) of \(candidates.count) can merge; the first does",
      at: Point(rect.x, rect.y), style: theme.dim)
    func order(_ c: MergeTrace.Candidate) -> (Int, Double, Int) {
      guard c.id != nil else { return (1, 0, c.left) }
      return (0, trace.order == .score ? -Double(c.score ?? 0) : Double(c.rank ?? 0), c.left)
    }
    let sorted = candidates.sorted { order($0) < order($1) }
    for (row, candidate) in sorted.prefix(rect.height - 1).enumerated() where candidate.left + 1 < symbols.count {
      let y = rect.y + 1 + row
      let isChosen = candidate.left == chosen
      let left = symbols[candidate.left]
      let right = symbols[candidate.left + 1]
      let quiet = candidate.id == nil
      var line = StyledLine([
        Span(isChosen ? "▸ " : "  ", theme.accent),
        Span(TokenLabel.of(word.word[left.range]), quiet ? theme.faint : theme.token(left.range.lowerBound)),
        Span(" + ", quiet ? theme.faint : theme.dim),
        Span(TokenLabel.of(word.word[right.range]), quiet ? theme.faint : theme.token(right.range.lowerBound)),
      ])
      if let id = candidate.id {
        line.spans.append(Span(" → ", theme.dim))
        line.spans.append(
          Span(
            TokenLabel.of(word.word[left.range.lowerBound..<right.range.upperBound]),
            isChosen ? theme.strong : theme.text))
        line.spans.append(Span("  \(id)", theme.faint))
      }
      let note = quiet ? "no merge" : value(candidate)
      let used = buffer.put(
        note, rightAlignedAt: Point(rect.maxX, y), style: isChosen ? theme.accent : quiet ? theme.faint : theme.dim)
      buffer.put(line, at: Point(rect.x, y), maxWidth: rect.width - used - 1)
    }
  }
}
