import Trainer

/// The curve of a run: its points, the smoothed line, the validation.
enum RunChart {
  static func draw(_ run: RunView, state: TrainState, in rect: Rect, theme: Theme, into buffer: inout CellBuffer) {
    guard rect.width > 0, rect.height > 0 else { return }
    let curves = state.curves
    var lines: [BrailleChart.Line] = []
    if state.smoothing > 0 {
      lines.append(.init("raw", curves.raw, style: theme.raw, isBackground: true))
      lines.append(.init("train", curves.smooth, style: theme.series(0)))
    } else {
      lines.append(.init("train", curves.raw, style: theme.series(0)))
    }
    if !curves.validation.isEmpty {
      lines.append(.init("valid", curves.validation, style: theme.series(1), stroke: .dashed))
    }
    var chart = BrailleChart(lines)
    chart.isLogarithmic = state.logScale
    chart.crosshair = state.crosshair
    chart.xName = state.axis.rawValue
    label(state.axis, on: &chart)
    chart.visible = visible(curves, state: state, run: run)
    chart.emptyText = run.isLive ? "waiting for the first step …" : "no steps"
    chart.draw(in: rect, theme: theme, into: &buffer)
  }

  /// Learning rate, gradient norm and speed, one below the other.
  static func drawOthers(
    _ run: RunView, state: TrainState, in rect: Rect, theme: Theme, into buffer: inout CellBuffer
  ) {
    let all = [("lr", state.curves.rate), ("‖g‖", state.curves.gradient), ("tok/s", state.curves.speed)]
    for (i, (name, curve)) in all.enumerated() {
      let top = rect.y + rect.height * i / all.count
      let bottom = rect.y + rect.height * (i + 1) / all.count
      var chart = BrailleChart([.init(name, curve, style: theme.series(i + 2))])
      chart.xName = ""
      chart.crosshair = state.crosshair
      chart.visible = visible(state.curves, state: state, run: run)
      label(state.axis, on: &chart)
      chart.draw(
        in: Rect(x: rect.x, y: top, width: rect.width, height: bottom - top), theme: theme, into: &buffer)
    }
  }

  private static func label(_ axis: RunAxis, on chart: inout BrailleChart) {
    switch axis {
    case .step, .epoch: break
    case .tokens: chart.xLabel = { Figures.short($0) }
    case .time:
      chart.xLabel = { Figures.duration($0) }
      chart.xUnit = " s"
    }
  }

  /// The whole run, or its part around the crosshair (else its end).
  private static func visible(_ curves: RunCurves, state: TrainState, run: RunView) -> ClosedRange<Double>? {
    guard state.zoom > 1, let low = curves.raw.xs.first, let high = curves.raw.xs.last, high > low else { return nil }
    let span = (high - low) / state.zoom
    let middle = state.crosshair.map { low + $0 * (high - low) } ?? high
    let from = min(max(low, middle - span / 2), high - span)
    return from...(from + span)
  }
}
