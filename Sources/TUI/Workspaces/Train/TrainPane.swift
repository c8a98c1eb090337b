import Trainer

/// A run's curve, its figures, and what it writes.
public enum TrainPane {
  static func draw(_ state: AppState, in rect: Rect, theme: Theme, into buffer: inout CellBuffer) {
    let focused = state.focus == .train
    buffer.fill(rect, style: theme.panel)
    let run = state.train.run
    buffer.box(
      rect, style: focused ? theme.borderFocused : theme.border,
      title: "Train · \(state.train.perplexity ? "perplexity" : "loss")",
      titleStyle: focused ? theme.titleFocused : theme.title, rightTitle: run.map(status) ?? "",
      rightTitleStyle: theme.dim)
    let inner = Rect(x: rect.x + 2, y: rect.y + 1, width: max(0, rect.width - 4), height: max(0, rect.height - 2))
    guard let run else {
      drawEmpty(state, in: inner, theme: theme, into: &buffer)
      return
    }
    var bottom = inner.maxY
    let sampleRows = sampleRoom(run, height: inner.height)
    if sampleRows > 0 {
      bottom -= sampleRows
      drawSample(
        run, state: state, in: Rect(x: inner.x, y: bottom, width: inner.width, height: sampleRows), theme: theme,
        into: &buffer)
    }
    if run.acknowledged < run.alerts.count, let alert = run.alerts.last, inner.height > 4 {
      bottom -= 1
      let text = "! step \(alert.step): " + SafeText.clean(alert.message, keepingNewlines: false)
      buffer.put(TextWidth.truncate(text, to: inner.width), at: Point(inner.x, bottom), style: theme.warning)
    } else if case .done(.failed) = run.status, let message = run.final?.message {
      bottom -= 1
      buffer.put(
        TextWidth.truncate(SafeText.clean(message, keepingNewlines: false), to: inner.width),
        at: Point(inner.x, bottom),
        style: theme.error)
    } else if let ended = RunEnd.line(run, width: inner.width, keys: state.keys, ascii: state.ascii), inner.height > 4 {
      bottom -= 1
      buffer.put(ended, at: Point(inner.x, bottom), style: theme.accent)
    } else if let change = run.changes.last, run.lastStep - change.step < RunEnd.changeShown, inner.height > 4 {
      bottom -= 1
      let text = "step \(change.step): \(change.key) \(change.from.isEmpty ? "unset" : change.from) → \(change.to)"
      buffer.put(TextWidth.truncate(text, to: inner.width), at: Point(inner.x, bottom), style: theme.accent)
    }
    if inner.height > 2 {
      bottom -= 1
      drawFigures(
        run, perplexity: state.train.perplexity, in: Rect(x: inner.x, y: bottom, width: inner.width, height: 1),
        theme: theme, into: &buffer)
    }
    var chart = Rect(x: inner.x, y: inner.y, width: inner.width, height: max(0, bottom - inner.y))
    if chart.width >= 120, chart.height >= 18 {
      // Room for a grid: what else the run measures, beside the curve.
      let side = chart.width * 3 / 10
      chart.width -= side + 3
      RunChart.drawOthers(
        run, state: state.train, in: Rect(x: chart.maxX + 3, y: chart.y, width: side, height: chart.height),
        theme: theme,
        into: &buffer)
    }
    RunChart.draw(run, state: state.train, in: chart, theme: theme, into: &buffer)
  }

  private static func status(_ run: RunView) -> String {
    let name = SafeText.clean(run.shortName, keepingNewlines: false)
    switch run.status {
    case .running, .past: return name
    default: return "\(name) · \(run.statusWord)"
    }
  }

  private static func drawEmpty(_ state: AppState, in rect: Rect, theme: Theme, into buffer: inout CellBuffer) {
    let key = { (action: Action) in
      state.keys.label(of: action, typing: state.focus.isTyping, ascii: state.ascii) ?? "the palette"
    }
    let rows = [
      StyledLine("no run is training", theme.dim), StyledLine(),
      StyledLine([Span(key(.newRun), theme.accent), Span("  starts one", theme.faint)]),
      StyledLine([Span(key(.chooseRun), theme.accent), Span("  shows an earlier one", theme.faint)]),
    ]
    let widest = rows.map(\.width).max() ?? 0
    let y = rect.y + max(0, (rect.height - rows.count) / 2)
    for (i, row) in rows.enumerated() where y + i < rect.maxY {
      buffer.put(row, at: Point(rect.x + max(0, (rect.width - widest) / 2), y + i), maxWidth: rect.width)
    }
  }

  /// `ppl 4.10  lr 4.8e-5  ‖g‖ 0.83  8 412 tok/s  1.2 GB  ▁▂▃`
  private static func drawFigures(
    _ run: RunView, perplexity: Bool, in rect: Rect, theme: Theme, into buffer: inout CellBuffer
  ) {
    guard let last = run.steps.last else {
      buffer.put(run.isLive ? "waiting for the first step …" : "no steps", at: Point(rect.x, rect.y), style: theme.dim)
      return
    }
    var line = StyledLine()
    var full = false
    func add(_ name: String, _ value: String) {
      let width = TextWidth.of(name) + TextWidth.of(value) + 3
      full = full || line.width + width > rect.width + 2
      if full { return }
      if !name.isEmpty { line.spans.append(Span(name + " ", theme.dim)) }
      line.spans.append(Span(value + "  ", theme.text))
    }
    // The chart's legend has the one of the two that it draws.
    if perplexity { add("loss", Figures.fixed(last.loss, 3)) } else { add("ppl", Figures.short(last.perplexity)) }
    add("lr", Figures.scientific(last.lr))
    add("‖g‖", Figures.fixed(last.gradNorm, 2))
    add("", "\(Figures.grouped(Int(last.tokensPerSecond.rounded()))) tok/s")
    if run.isLive { add("", Figures.bytes(last.memoryBytes)) }
    let used = buffer.put(line, at: Point(rect.x, rect.y), maxWidth: rect.width)
    let room = min(16, rect.width - used - 1)
    if room >= 6 {
      let speeds = run.steps.suffix(64).map(\.tokensPerSecond)
      buffer.put(
        Sparkline.text(speeds, width: room), rightAlignedAt: Point(rect.maxX, rect.y), style: theme.series(0))
    }
  }

  private static func sampleRoom(_ run: RunView, height: Int) -> Int {
    guard !run.samples.isEmpty, height >= 22 else { return 0 }
    return min(8, height / 4)
  }

  private static func drawSample(
    _ run: RunView, state: AppState, in rect: Rect, theme: Theme, into buffer: inout CellBuffer
  ) {
    let index = (run.samples.count - 1 - state.train.shownSample % run.samples.count)
    let sample = run.samples[index]
    buffer.horizontalLine(from: Point(rect.x - 1, rect.y), length: rect.width + 2, style: theme.border)
    buffer.put(" sample at step \(Figures.grouped(sample.step)) ", at: Point(rect.x, rect.y), style: theme.dim)
    let note = " \(run.samples.count - index)/\(run.samples.count) "
    buffer.put(note, rightAlignedAt: Point(rect.maxX, rect.y), style: theme.faint)
    let prompt = SafeText.clean(sample.prompt)
    let text = sample.text.hasPrefix(sample.prompt) ? String(sample.text.dropFirst(sample.prompt.count)) : sample.text
    let rows = StyledLine.wrap(
      [Span(prompt, theme.strong), Span(SafeText.clean(text), theme.text)], width: rect.width)
    for (i, row) in rows.prefix(rect.height - 1).enumerated() { buffer.put(row, at: Point(rect.x, rect.y + 1 + i)) }
  }
}
