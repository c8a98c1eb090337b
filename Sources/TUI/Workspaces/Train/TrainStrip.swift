/// One line about training, where the Train pane is not on the screen.
enum TrainStrip {
  static func draw(_ state: AppState, in rect: Rect, theme: Theme, into buffer: inout CellBuffer) {
    buffer.fill(rect, style: theme.background)
    let y = rect.y
    guard let run = state.train.run else {
      let key = state.keys.label(of: .newRun, typing: state.focus.isTyping, ascii: state.ascii) ?? "the palette"
      buffer.put("no run is training · \(key) starts one", at: Point(rect.x + 1, y), style: theme.faint)
      return
    }
    var x = rect.x + 1
    x +=
      buffer.put(
        TextWidth.truncate(SafeText.clean(run.shortName), to: rect.width / 4), at: Point(x, y), style: theme.dim) + 2
    var right = StyledLine()
    func add(_ name: String, _ value: String) {
      if !right.spans.isEmpty { right.spans.append(Span("  ", theme.dim)) }
      if !name.isEmpty { right.spans.append(Span(name + " ", theme.dim)) }
      right.spans.append(Span(value, theme.text.over(theme.background)))
    }
    if let last = run.steps.last {
      add("loss", Figures.fixed(last.loss, 2))
      if rect.width >= 60 { add("ppl", Figures.short(last.perplexity)) }
    }
    if let fraction = run.fraction { add("", "\(Int(fraction * 100)) %") }
    if run.status == .running, let left = run.secondsLeft {
      add("eta", Figures.duration(left))
    } else if run.status != .running {
      add("", run.statusWord)
    }
    let edge = rect.maxX - 1
    buffer.put(right, rightAlignedAt: Point(edge, y))
    let room = edge - right.width - 2 - x
    guard room >= 6, !run.steps.isEmpty else { return }
    buffer.put(
      Sparkline.text(run.losses.values, width: min(room, 28)), at: Point(x, y),
      style: theme.series(0).over(theme.background))
  }
}
