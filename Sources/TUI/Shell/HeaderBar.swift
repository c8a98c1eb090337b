/// The top line: which model, how full its context is, how fast it speaks, how far the run is.
public enum HeaderBar {
  public static func draw(_ state: AppState, in rect: Rect, theme: Theme, into buffer: inout CellBuffer) {
    buffer.fill(rect, style: theme.bar)
    // From the right, what matters most last, so that it is what stays.
    var right = rect.maxX - 1
    let stripped = state.screen.strip != nil
    let left = leftSpans(state, theme: theme, room: rect.width - 2)
    let edge = rect.x + 1 + left.width
    if !state.clock.isEmpty, right - edge > 8 {
      right -= buffer.put(state.clock, rightAlignedAt: Point(right, rect.y), style: theme.barDim) + 2
    }
    if let run = state.train.run, run.isLive, !stripped {
      drawRun(run, from: edge + 2, to: right, y: rect.y, theme, &buffer)
    }
    buffer.put(left, at: Point(rect.x + 1, rect.y), maxWidth: rect.width - 2)
  }

  private static func leftSpans(_ state: AppState, theme: Theme, room: Int) -> StyledLine {
    let chat = state.chat
    var line = StyledLine([Span("glassbox", theme.barName)])
    // Stays as long as it is so.
    if let unsaved = chat.unsaved { line.spans.append(Span("  " + unsaved.sign, theme.error.over(theme.bar))) }
    switch chat.model {
    case .none: line.spans.append(Span("  no model", theme.barDim))
    case .loading(let name):
      line.spans.append(Span("  " + TextWidth.truncate(SafeText.clean(name), to: max(8, room - 30)), theme.bar))
      line.spans.append(Span("  loading …", theme.barDim))
    case .failed(let name):
      line.spans.append(Span("  " + TextWidth.truncate(SafeText.clean(name), to: max(8, room - 30)), theme.bar))
      line.spans.append(Span("  not loaded", theme.error.over(theme.bar)))
    case .ready:
      line.spans.append(
        Span("  " + TextWidth.truncate(SafeText.clean(chat.modelName), to: max(8, room - 40)), theme.bar))
      if !chat.quantization.isEmpty { line.spans.append(Span(" " + chat.quantization, theme.barDim)) }
      if chat.contextSize > 0, room > 56 {
        let full = Double(chat.contextUsed) / Double(chat.contextSize)
        let style = full > 0.9 ? theme.warning.over(theme.bar) : theme.barDim
        // A conversation may be longer: what is over is left out, and the context is full.
        let used = min(chat.contextUsed, chat.contextSize)
        line.spans.append(Span("  \(used)/\(chat.contextSize)", style))
      }
      if let speed = chat.tokensPerSecond, room > 66 {
        line.spans.append(Span("  \(Figures.fixed(speed, speed < 20 ? 1 : 0)) tok/s", theme.barDim))
      }
    }
    return line
  }

  private static func drawRun(
    _ run: RunView, from: Int, to: Int, y: Int, _ theme: Theme, _ buffer: inout CellBuffer
  ) {
    var right = to
    if let left = run.secondsLeft, run.status == .running, right - from > 44 {
      right -= buffer.put("eta \(Figures.duration(left))", rightAlignedAt: Point(right, y), style: theme.barDim) + 2
    } else if run.status != .running, right - from > 30 {
      right -= buffer.put(run.statusWord, rightAlignedAt: Point(right, y), style: theme.warning.over(theme.bar)) + 2
    }
    guard let fraction = run.fraction, right - from > 12 else { return }
    right -= max(4, buffer.put("\(Int(fraction * 100)) %", rightAlignedAt: Point(right, y), style: theme.barDim)) + 1
    let bar = min(14, right - from - 8)
    guard bar >= 5 else { return }
    ProgressBar.draw(
      fraction, in: Rect(x: right - bar, y: y, width: bar, height: 1), filled: theme.gaugeFull, rest: theme.gaugeEmpty,
      into: &buffer)
    right -= bar + 1
    let name = "run " + SafeText.clean(run.shortName)
    if right - from >= 10 {
      buffer.put(TextWidth.truncate(name, to: right - from), rightAlignedAt: Point(right, y), style: theme.barDim)
    }
  }
}
