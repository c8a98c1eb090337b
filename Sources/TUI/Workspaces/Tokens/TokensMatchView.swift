import Core

/// WordPiece: from each place the longest run that is a token, every try told.
struct MatchSteps {
  let state: AppState
  let word: WordTrace
  let trace: LongestMatchTrace
  let shown: Int
  let theme: Theme

  init(_ state: AppState, _ word: WordTrace, _ trace: LongestMatchTrace, _ shown: Int, _ theme: Theme) {
    (self.state, self.word, self.trace, self.shown, self.theme) = (state, word, trace, shown, theme)
  }

  func draw(in rect: Rect, into buffer: inout CellBuffer) {
    TokensMergesView.heading(
      "the longest token from the left, then the longest of what is left", shown, of: word.stepCount,
      isPlaying: state.tokens.player.isPlaying, in: rect, theme: theme, into: &buffer)
    let tries = trace.steps.enumerated().flatMap { step, value in value.tries.map { (step: step, value: $0) } }
    drawWord(Array(tries.prefix(shown)), in: rect, into: &buffer)
    let list = Rect(x: rect.x, y: rect.y + 4, width: rect.width, height: rect.height - 4)
    guard list.height > 0 else { return }
    let first = OverlayViews.window(selection: max(0, shown - 1), count: tries.count, rows: list.height)
    for row in 0..<min(list.height, tries.count - first) where first + row < shown {
      let index = first + row
      let y = list.y + row
      let (step, attempt) = tries[index]
      let isPresent = index == shown - 1
      buffer.put(isPresent ? "▸" : " ", at: Point(list.x, y), style: theme.accent)
      let isFirst = index == 0 || tries[index - 1].step != step
      if isFirst { buffer.put("from \(attempt.range.lowerBound)", at: Point(list.x + 2, y), style: theme.faint) }
      let label = TokenLabel.of(attempt.text)
      if let id = attempt.id {
        let used = buffer.put(label, at: Point(list.x + 12, y), style: theme.token(step).adding(.bold))
        buffer.put("✓ \(id)", at: Point(list.x + 14 + used, y), style: theme.success)
      } else {
        let used = buffer.put(label, at: Point(list.x + 12, y), style: isPresent ? theme.text : theme.dim)
        buffer.put("✗ no token", at: Point(list.x + 14 + used, y), style: theme.faint)
      }
    }
    if shown == word.stepCount, trace.outcome != .matched {
      let why =
        trace.outcome == .noMatch
        ? "a place had no match: the whole word is the unknown token" : "the word is too long: it is the unknown token"
      buffer.put(
        TextWidth.truncate(why, to: rect.width), at: Point(rect.x, min(rect.maxY - 1, list.y + tries.count + 1)),
        style: theme.warning)
    }
  }

  /// The word with what is found of it, and what is looked at now.
  private func drawWord(
    _ tries: [(step: Int, value: LongestMatchTrace.Try)], in rect: Rect, into buffer: inout CellBuffer
  ) {
    var line = StyledLine()
    var at = 0
    for attempt in tries where attempt.value.id != nil {
      line.spans += [
        Span(TokenLabel.of(word.word[attempt.value.range]), theme.token(attempt.step)), Span("│", theme.dim),
      ]
      at = attempt.value.range.upperBound
    }
    if let last = tries.last?.value, last.id == nil {
      line.spans.append(
        Span(TokenLabel.of(word.word[last.range]), theme.text.adding([.bold, .underline])))
      at = last.range.upperBound
    }
    if at < word.word.count { line.spans.append(Span(TokenLabel.of(word.word[at...]), theme.faint)) }
    buffer.put(line, at: Point(rect.x, rect.y + 2), maxWidth: rect.width)
  }
}

/// Unigram: all tokens that the word could be made of as bars over its characters, the best path bright.
struct LatticeSteps {
  let state: AppState
  let word: WordTrace
  let trace: LatticeTrace
  let shown: Int
  let theme: Theme

  init(_ state: AppState, _ word: WordTrace, _ trace: LatticeTrace, _ shown: Int, _ theme: Theme) {
    (self.state, self.word, self.trace, self.shown, self.theme) = (state, word, trace, shown, theme)
  }

  func draw(in rect: Rect, into buffer: inout CellBuffer) {
    TokensMergesView.heading(
      "of all ways to cut the word the one of the highest sum of scores", shown, of: word.stepCount,
      isPlaying: state.tokens.player.isPlaying, in: rect, theme: theme, into: &buffer)
    let characters = max(1, trace.nodes.count - 1)
    let cell = min(8, max(2, (rect.width - 1) / characters))
    let visible = min(characters, (rect.width - 1) / cell)
    func column(_ byte: Int) -> Int { (trace.nodes.firstIndex(of: byte) ?? 0) * cell }
    for i in 0..<visible {
      let label = TokenLabel.of(word.word[trace.nodes[i]..<trace.nodes[i + 1]])
      buffer.put(
        TextWidth.truncate(label, to: cell), at: Point(rect.x + i * cell, rect.y + 2),
        style: i < shown ? theme.strong : theme.faint)
    }
    let paths = pathLines()
    let bars = Rect(x: rect.x, y: rect.y + 3, width: rect.width, height: max(0, rect.height - 4 - paths.count))
    drawBars(in: bars, cell: cell, until: trace.nodes[min(shown, trace.nodes.count - 1)], column, into: &buffer)
    for (i, line) in paths.enumerated() where rect.maxY - paths.count + i > bars.y {
      buffer.put(line, at: Point(rect.x, rect.maxY - paths.count + i), maxWidth: rect.width)
    }
  }

  private func drawBars(
    in rect: Rect, cell: Int, until end: Int, _ column: (Int) -> Int, into buffer: inout CellBuffer
  ) {
    let best = Set(trace.best.edges)
    // The best path first, so that it has a row of its own; then by how good a path through them can be.
    let order = trace.edges.indices.filter { trace.edges[$0].range.upperBound <= end }.sorted {
      let (a, b) = (trace.edges[$0], trace.edges[$1])
      return (best.contains($0) ? 0 : 1, -a.bestThrough, $0) < (best.contains($1) ? 0 : 1, -b.bestThrough, $1)
    }
    var rows: [[Range<Int>]] = []
    buffer.clipped(to: rect) { buffer in
      for index in order {
        let edge = trace.edges[index]
        let from = column(edge.range.lowerBound)
        let span = from..<max(from + 1, column(edge.range.upperBound))
        let row = rows.firstIndex { $0.allSatisfy { !$0.overlaps(span) } } ?? rows.count
        if row == rows.count { rows.append([]) }
        rows[row].append(span)
        let text = "\(TokenLabel.of(word.word[edge.range])) \(Figures.fixed(edge.score, 1))"
        let isBest = best.contains(index)
        let style = isBest ? theme.token(index).adding(.bold) : edge.isUnknown ? theme.warning : theme.bar
        buffer.put(
          TextWidth.pad(text, to: max(1, span.count - 1)), at: Point(rect.x + from, rect.y + row), style: style)
      }
    }
  }

  private func pathLines() -> [StyledLine] {
    func line(_ name: String, _ path: LatticeTrace.Path, _ text: Style) -> StyledLine {
      var line = StyledLine([Span(TextWidth.pad(name, to: 8), theme.dim)])
      for (i, index) in path.edges.enumerated() where trace.edges.indices.contains(index) {
        let edge = trace.edges[index]
        if i > 0 { line.spans.append(Span(" + ", theme.faint)) }
        line.spans.append(Span(TokenLabel.of(word.word[edge.range]), text))
        line.spans.append(Span(" \(Figures.fixed(edge.score, 2))", theme.faint))
      }
      line.spans.append(Span("  = \(Figures.fixed(path.score, 2))", theme.text))
      return line
    }
    guard shown == word.stepCount else { return [] }
    var lines = [line("best", trace.best, theme.strong)]
    if let second = trace.second {
      var other = line("second", second, theme.dim)
      if let gap = trace.gap { other.spans.append(Span("  \(Figures.fixed(gap, 2)) nats behind", theme.dim)) }
      lines.append(other)
    }
    return lines
  }
}
