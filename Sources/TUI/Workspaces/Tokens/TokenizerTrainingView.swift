import Core

/// A vocabulary as it is learned: the newest merges, a text under the tokens so far, and how much shorter texts become.
enum TokenizerTrainingView {
  static func draw(_ state: AppState, in rect: Rect, theme: Theme, into buffer: inout CellBuffer) {
    let inner = Rect(x: rect.x + 2, y: rect.y + 1, width: max(1, rect.width - 4), height: max(0, rect.height - 2))
    guard let training = state.tokens.training else {
      let key = state.keys.label(of: .trainTokenizer, ascii: state.ascii) ?? "the palette"
      buffer.put("no tokenizer is trained: \(key) starts one", at: Point(inner.x, inner.y + 1), style: theme.dim)
      return
    }
    drawHead(training, in: inner, theme: theme, into: &buffer)
    var body = Rect(x: inner.x, y: inner.y + 3, width: inner.width, height: inner.height - 3)
    if case .failed(let why) = training.status {
      for (i, line) in TextLayout.lines(SafeText.clean(why), width: body.width).enumerated() where i < body.height {
        buffer.put(line, at: Point(body.x, body.y + i), style: theme.error)
      }
      return
    }
    guard training.counted != nil else { return }
    let isWide = body.width >= 100
    let side = isWide ? min(64, body.width * 2 / 5) : body.width / 2
    let sampleRows = isWide ? body.height : max(3, body.height * 2 / 5)
    if isWide {
      drawSample(
        training, in: Rect(x: body.x, y: body.y, width: body.width - side - 3, height: sampleRows), theme: theme,
        into: &buffer)
      buffer.verticalLine(from: Point(body.maxX - side - 2, body.y), length: body.height, style: theme.border)
      let chart = max(6, body.height * 2 / 5)
      drawCurve(
        training, in: Rect(x: body.maxX - side, y: body.y, width: side, height: chart), theme: theme, into: &buffer)
      drawList(
        training, in: Rect(x: body.maxX - side, y: body.y + chart + 1, width: side, height: body.height - chart - 1),
        theme: theme, into: &buffer)
      return
    }
    drawSample(
      training, in: Rect(x: body.x, y: body.y, width: body.width, height: sampleRows), theme: theme, into: &buffer)
    body.y += sampleRows + 1
    body.height -= sampleRows + 1
    drawList(
      training, in: Rect(x: body.x, y: body.y, width: body.width - side - 1, height: body.height), theme: theme,
      into: &buffer)
    drawCurve(
      training, in: Rect(x: body.maxX - side, y: body.y, width: side, height: body.height), theme: theme, into: &buffer)
  }

  private static func drawHead(
    _ training: TokenizerTrainingState, in rect: Rect, theme: Theme, into buffer: inout CellBuffer
  ) {
    var line = StyledLine([
      Span(training.status.word, training.status.isLive ? theme.accent : theme.strong),
      Span(
        "  \(training.options.kind.rawValue) of \(Figures.grouped(training.options.vocabularySize)) tokens", theme.text),
      Span("  \(SafeText.clean(App.lastPart(training.source), keepingNewlines: false))", theme.dim),
    ])
    if let saved = training.saved {
      line.spans.append(Span("  saved in \(SafeText.clean(saved, keepingNewlines: false))", theme.success))
    }
    buffer.put(line, at: Point(rect.x, rect.y), maxWidth: rect.width)
    var figures: [String] = []
    if let counted = training.counted {
      figures.append("\(Figures.bytes(counted.bytes)) · \(Figures.grouped(counted.distinctWords)) different words")
      if !training.merges.isEmpty {
        figures.append("\(Figures.grouped(training.shownMerges)) of \(Figures.grouped(counted.expected)) merges")
      }
      if let last = training.curve.ys.last, training.options.kind != .unigram {
        figures.append("\(Figures.fixed(last, 2)) bytes a token")
      }
    } else {
      figures.append(
        "\(Figures.bytes(training.read)) read · \(Figures.grouped(training.distinctWords)) different words")
    }
    if let done = training.done { figures.append(Figures.duration(done.seconds)) }
    var x = rect.x
    if training.status.isLive, let fraction = training.fraction, rect.width > 50 {
      ProgressBar.draw(
        fraction, in: Rect(x: x, y: rect.y + 1, width: 16, height: 1), filled: theme.gaugeFull, rest: theme.gaugeEmpty,
        into: &buffer)
      x += 18
    }
    buffer.put(
      TextWidth.truncate(figures.joined(separator: " · "), to: rect.maxX - x), at: Point(x, rect.y + 1),
      style: theme.dim)
  }

  /// The text with the tokens so far; what the newest merges made stands out.
  private static func drawSample(
    _ training: TokenizerTrainingState, in rect: Rect, theme: Theme, into buffer: inout CellBuffer
  ) {
    let text = training.sampleTokens
    var rect = rect
    if training.options.kind == .unigram {
      guard !text.isEmpty else { return drawBest(training, in: rect, theme: theme, into: &buffer) }
      if rect.height >= 12 {
        let lower = Rect(x: rect.x, y: rect.maxY - 4, width: rect.width, height: 4)
        drawBest(training, in: lower, theme: theme, into: &buffer)
        rect = Rect(x: rect.x, y: rect.y, width: rect.width, height: rect.height - 5)
      }
    }
    guard !text.isEmpty else { return }
    buffer.put(
      "\(Figures.count(text.count, "token")) of \(Figures.count(text.characters, "character"))",
      at: Point(rect.x, rect.y), style: theme.dim)
    let layout = TokensLayout(text, width: rect.width, hex: false, spaces: true, hasIDs: false)
    let fresh = training.shownMerges - max(16, training.shownMerges / 50)
    for (i, row) in layout.rows(from: TokensPlace(), count: max(1, rect.height - 1)).rows.enumerated() {
      for placed in row.pieces {
        var style = placed.piece.kind == .gap ? theme.faint : theme.token(placed.piece.token)
        if placed.piece.kind != .gap, text.ids[placed.piece.token] >= TokenID(max(0, fresh)) {
          style = style.adding([.bold, .underline])
        }
        buffer.put(placed.piece.label, at: Point(rect.x + placed.x, rect.y + 1 + i), style: style)
      }
    }
  }

  /// Unigram: the pieces of the highest probability after the last round.
  private static func drawBest(
    _ training: TokenizerTrainingState, in rect: Rect, theme: Theme, into buffer: inout CellBuffer
  ) {
    guard let round = training.rounds.last(where: { !$0.best.isEmpty }) else { return }
    buffer.put(
      "\(Figures.count(round.pieces, "piece")); the most probable", at: Point(rect.x, rect.y), style: theme.dim)
    var x = rect.x
    var y = rect.y + 1
    for (i, piece) in round.best.enumerated() {
      let label = TokenLabel.of(piece.piece)
      if x + TextWidth.of(label) > rect.maxX {
        x = rect.x
        y += 1
      }
      if y >= rect.maxY { return }
      x += buffer.put(label, at: Point(x, y), style: theme.token(i)) + 1
    }
  }

  private static func drawCurve(
    _ training: TokenizerTrainingState, in rect: Rect, theme: Theme, into buffer: inout CellBuffer
  ) {
    let isUnigram = training.options.kind == .unigram
    var chart = BrailleChart([
      .init(isUnigram ? "log-likelihood" : "bytes/token", training.curve, style: theme.series(0))
    ])
    chart.xName = isUnigram ? "round" : "merges"
    chart.emptyText = "waiting for the first merges"
    if training.shown != nil, training.merges.count > 0 {
      chart.crosshair = Double(training.shownMerges) / Double(training.merges.count)
    }
    chart.draw(in: rect, theme: theme, into: &buffer)
  }

  /// The newest merges first: number, pair, new token, how often.
  private static func drawList(
    _ training: TokenizerTrainingState, in rect: Rect, theme: Theme, into buffer: inout CellBuffer
  ) {
    guard rect.height > 0 else { return }
    if training.options.kind == .unigram {
      for (row, round) in training.rounds.suffix(rect.height).reversed().enumerated() {
        let text =
          round.isPruning
          ? "pruned to \(Figures.count(round.pieces, "piece"))"
          : "round \(round.index + 1): log-likelihood \(Figures.fixed(round.logLikelihood, 3))"
        buffer.put(
          TextWidth.truncate(text, to: rect.width), at: Point(rect.x, rect.y + row),
          style: row == 0 ? theme.text : theme.dim)
      }
      return
    }
    for row in 0..<rect.height {
      let index = training.shownMerges - 1 - row
      guard index >= 0 else { return }
      let merge = training.merges[index]
      let y = rect.y + row
      let note = "\(Figures.grouped(merge.count))×"
      let used = buffer.put(
        note, rightAlignedAt: Point(rect.maxX, y), style: row == 0 ? theme.text : theme.faint)
      func label(_ written: [UInt8]) -> String { TokenLabel.written(String(decoding: written, as: UTF8.self)) }
      let line = StyledLine([
        Span(TextWidth.pad(Figures.grouped(index + 1), to: 7, .right) + "  ", theme.faint),
        Span(label(merge.leftWritten), row == 0 ? theme.text : theme.dim), Span(" + ", theme.faint),
        Span(label(merge.rightWritten), row == 0 ? theme.text : theme.dim), Span(" → ", theme.faint),
        Span(label(merge.written), theme.token(index)),
      ])
      buffer.put(line, at: Point(rect.x, y), maxWidth: rect.width - used - 1)
    }
  }
}
