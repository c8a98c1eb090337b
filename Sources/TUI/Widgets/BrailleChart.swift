/// Curves in braille dots, two by four in a cell, with axes of round numbers, a legend with the last values, marks at
/// the least and the last, and a crosshair to read values off. Lines differ by their dashes as well as by colour, and
/// values that are not finite are marked at the top.
public struct BrailleChart: Sendable {
  public enum Stroke: Int, Sendable, CaseIterable {
    case solid, dashed, dotted

    /// How the legend shows it.
    var sample: String { ["──", "╌╌", "┈┈"][rawValue] }

    func isDrawn(_ column: Int) -> Bool {
      switch self {
      case .solid: true
      case .dashed: column % 6 < 4
      case .dotted: column % 3 == 0
      }
    }
  }

  public struct Line: Sendable {
    public var name: String
    public var curve: ChartCurve
    public var style: Style
    public var stroke: Stroke
    /// Only dots behind the lines, without an entry in the legend.
    public var isBackground: Bool

    public init(
      _ name: String, _ curve: ChartCurve, style: Style, stroke: Stroke = .solid, isBackground: Bool = false
    ) {
      self.name = name
      self.curve = curve
      self.style = style
      self.stroke = stroke
      self.isBackground = isBackground
    }
  }

  public var lines: [Line]
  public var isLogarithmic = false
  /// The part of the x-axis that is seen; nil: all there is.
  public var visible: ClosedRange<Double>?
  /// Where the crosshair stands, from 0 to 1 of what is seen.
  public var crosshair: Double?
  /// What the x-axis counts.
  public var xName = "step"
  /// How an x is written; nil: as a number.
  public var xLabel: (@Sendable (Double) -> String)?
  /// What stands behind an x that `xLabel` writes too coarsely.
  public var xUnit = ""
  /// What is written where there is nothing to draw.
  public var emptyText = "waiting for the first points"

  public init(_ lines: [Line] = []) {
    self.lines = lines
  }

  public func draw(in rect: Rect, theme: Theme, into buffer: inout CellBuffer) {
    guard rect.width >= 4, rect.height >= 1 else { return }
    guard let x = xRange(), let y = yAxis(in: x) else {
      let text = TextWidth.truncate(emptyText, to: rect.width)
      buffer.put(
        text, at: Point(rect.x + (rect.width - TextWidth.of(text)) / 2, rect.y + rect.height / 2), style: theme.faint)
      return
    }
    let hasAxes = rect.height >= 5 && rect.width >= 20
    let hasLegend = rect.height >= 4
    let yTicks = hasAxes ? y.ticks(max(2, rect.height / 4)) : []
    let yLabels = ChartAxis.labels(yTicks)
    let gutter = hasAxes ? (yLabels.map(TextWidth.of).max() ?? 0) + 2 : 0
    let plot = Rect(
      x: rect.x + gutter, y: rect.y + (hasLegend ? 1 : 0), width: rect.width - gutter,
      height: rect.height - (hasLegend ? 1 : 0) - (hasAxes ? 2 : 0))
    guard plot.width >= 2, plot.height >= 1 else { return }
    let xAxis = ChartAxis(low: x.lowerBound, high: x.upperBound, isLogarithmic: false)
    if hasAxes {
      drawAxes(plot, rect: rect, xAxis: xAxis, yAxis: y, yTicks: yTicks, yLabels: yLabels, theme: theme, into: &buffer)
    }
    var canvas = ChartCanvas(width: plot.width, height: plot.height)
    for (index, line) in lines.enumerated() where line.isBackground { draw(line, index, x: xAxis, y: y, on: &canvas) }
    canvas.endBackground()
    for (index, line) in lines.enumerated() where !line.isBackground { draw(line, index, x: xAxis, y: y, on: &canvas) }
    let column = crosshair.map { Int((min(1, max(0, $0)) * Double(plot.width - 1)).rounded()) }
    canvas.put(lines.map(\.style), in: plot, crosshair: column, theme: theme, into: &buffer)
    drawMarks(in: plot, x: xAxis, y: y, canvas: canvas, theme: theme, into: &buffer)
    if hasLegend {
      if let crosshair {
        drawReadOut(at: xAxis.value(at: min(1, max(0, crosshair))), in: rect, theme: theme, into: &buffer)
      } else {
        drawLegend(in: rect, theme: theme, into: &buffer)
      }
    }
  }

  /// What is seen of the x-axis.
  private func xRange() -> ClosedRange<Double>? {
    if let visible, visible.lowerBound.isFinite, visible.upperBound.isFinite { return visible }
    let low = lines.compactMap { $0.curve.xs.first }.min()
    let high = lines.compactMap { $0.curve.xs.last }.max()
    guard let low, let high else { return nil }
    // Steps count from 1, but an axis that begins at 0 is read more easily.
    return (low > 0 && low < high * 0.05 ? 0 : low)...high
  }

  private func indices(_ curve: ChartCurve, _ x: ClosedRange<Double>) -> Range<Int> {
    let first = curve.firstIndex(from: x.lowerBound)
    return first..<max(first, curve.firstIndex(from: x.upperBound, isAfter: true))
  }

  private func yAxis(in x: ClosedRange<Double>) -> ChartAxis? {
    var all = ChartCurve.Extent()
    for line in lines { all.add(line.curve.extent(indices(line.curve, x))) }
    if all.isEmpty {
      // Nothing finite is no reason to show nothing: the marks of what is not finite need a chart.
      return all.hasNonFinite ? ChartAxis(low: 0, high: 1, isLogarithmic: false) : nil
    }
    return ChartAxis(low: all.low, high: all.high, isLogarithmic: isLogarithmic, margin: 0.03)
  }

  /// Column by column: what lies in it, joined to what lay before.
  private func draw(_ line: Line, _ index: Int, x: ChartAxis, y: ChartAxis, on canvas: inout ChartCanvas) {
    let curve = line.curve
    let columns = canvas.width * 2
    let rows = canvas.height * 4
    func row(_ value: Double) -> Int? {
      y.place(value).map { place in
        let bounded = min(1, max(0, 1 - place))
        return min(rows - 1, Int((bounded * Double(rows - 1)).rounded()))
      }
    }
    var first = curve.firstIndex(from: x.value(at: 0))
    // The point before the first column, so that a line comes in from the side.
    var before: (column: Int, row: Int)?
    if !line.isBackground, first > 0, let place = x.place(curve.xs[first - 1]), let row = row(curve.ys[first - 1]) {
      before = (Int((place * Double(columns - 1)).rounded()), row)
    }
    for column in 0..<columns {
      let edge = x.value(at: (Double(column) + 0.5) / Double(columns - 1))
      let next =
        column == columns - 1
        ? curve.firstIndex(from: x.value(at: 1), isAfter: true) : curve.firstIndex(from: edge)
      guard next > first else { continue }
      let extent = curve.extent(first..<next)
      if extent.hasNonFinite { canvas.markNonFinite(column) }
      if !extent.isEmpty, let top = row(extent.high), let bottom = row(extent.low) {
        if line.isBackground {
          canvas.fill(column, top...bottom, line: index)
        } else {
          var entry = row(curve.ys[first]) ?? bottom
          if let before {
            canvas.connect(before, (column, entry), line: index, stroke: line.stroke)
          } else {
            entry = top
          }
          if line.stroke.isDrawn(column) { canvas.fill(column, top...bottom, line: index) }
          // A value that is not finite breaks the line.
          before = row(curve.ys[next - 1]).map { (column, $0) }
        }
      } else {
        before = nil
      }
      first = next
      if first == curve.count { break }
    }
  }

  // MARK: - Around the curves

  private func drawAxes(
    _ plot: Rect, rect: Rect, xAxis: ChartAxis, yAxis: ChartAxis, yTicks: [Double], yLabels: [String], theme: Theme,
    into buffer: inout CellBuffer
  ) {
    let left = plot.x - 1
    buffer.verticalLine(from: Point(left, plot.y), length: plot.height, style: theme.axis)
    buffer.horizontalLine(from: Point(left, plot.maxY), length: plot.width + 1, style: theme.axis)
    buffer.put("└", at: Point(left, plot.maxY), style: theme.axis)
    for (tick, label) in zip(yTicks, yLabels) {
      guard let place = yAxis.place(tick), 0...1 ~= place else { continue }
      let y = plot.y + min(plot.height - 1, Int((1 - place) * Double(plot.height)))
      buffer.put("┤", at: Point(left, y), style: theme.axis)
      buffer.put(label, rightAlignedAt: Point(left, y), style: theme.axisLabel)
    }
    let name = TextWidth.of(xName)
    buffer.put(xName, rightAlignedAt: Point(plot.maxX, plot.maxY + 1), style: theme.faint)
    let ticks = ChartAxis.round(from: xAxis.low, to: xAxis.high, count: max(1, plot.width / 14))
    let numbers = ChartAxis.labels(ticks)
    var free = plot.x - 2
    for (index, tick) in ticks.enumerated() {
      guard let place = xAxis.place(tick) else { continue }
      let x = plot.x + Int((place * Double(plot.width - 1)).rounded())
      let label = xLabel?(tick) ?? numbers[index]
      let width = TextWidth.of(label)
      let start = max(plot.x - 1, x - width / 2)
      buffer.put("┬", at: Point(x, plot.maxY), style: theme.axis)
      guard start > free, start + width < plot.maxX - name else { continue }
      buffer.put(label, at: Point(start, plot.maxY + 1), style: theme.axisLabel)
      free = start + width
    }
  }

  /// A ring at the least value of each line and a dot at its last.
  private func drawMarks(
    in plot: Rect, x: ChartAxis, y: ChartAxis, canvas: ChartCanvas, theme: Theme, into buffer: inout CellBuffer
  ) {
    func mark(_ character: Character, _ index: Int, _ line: Line) {
      guard let placeX = x.place(line.curve.xs[index]), let placeY = y.place(line.curve.ys[index]),
        0...1 ~= placeX, 0...1 ~= placeY
      else { return }
      let column = Int((placeX * Double(plot.width * 2 - 1)).rounded()) / 2
      let row = min(plot.height * 4 - 1, Int(((1 - placeY) * Double(plot.height * 4 - 1)).rounded())) / 4
      buffer.put(String(character), at: Point(plot.x + column, plot.y + row), style: line.style)
    }
    let range = x.value(at: 0)...x.value(at: 1)
    for line in lines where !line.isBackground {
      let seen = indices(line.curve, range)
      guard seen.count > 1 else {
        if let only = seen.first { mark("●", only, line) }
        continue
      }
      if let least = leastIndex(line.curve, seen), least != seen.upperBound - 1 { mark("○", least, line) }
      if seen.upperBound == line.curve.count { mark("●", seen.upperBound - 1, line) }
    }
    for column in canvas.nonFiniteColumns {
      buffer.put("×", at: Point(plot.x + column, plot.y), style: theme.error)
    }
  }

  /// Halves the range towards the least value: logarithmic, like everything here.
  private func leastIndex(_ curve: ChartCurve, _ range: Range<Int>) -> Int? {
    let extent = curve.extent(range)
    guard !extent.isEmpty else { return nil }
    var range = range
    while range.count > 1 {
      let middle = range.lowerBound + range.count / 2
      let left = curve.extent(range.lowerBound..<middle)
      range = left.low == extent.low ? range.lowerBound..<middle : middle..<range.upperBound
    }
    return range.first
  }

  private func drawLegend(in rect: Rect, theme: Theme, into buffer: inout CellBuffer) {
    var row = StyledLine()
    for line in lines where !line.isBackground && !line.curve.isEmpty {
      let last = line.curve.ys.last.map(Figures.short) ?? ""
      let entry = StyledLine([
        Span(row.spans.isEmpty ? "" : "  ", theme.dim), Span(line.stroke.sample + " ", line.style),
        Span(SafeText.clean(line.name, keepingNewlines: false) + " ", line.style), Span(last, theme.text),
      ])
      guard row.width + entry.width <= rect.width else { break }
      row.spans += entry.spans
    }
    buffer.put(row, rightAlignedAt: Point(rect.maxX, rect.y))
  }

  private static func plain(_ x: Double) -> String {
    x == x.rounded() && abs(x) < 1e15 ? Figures.grouped(Int(x)) : Figures.short(x)
  }

  private static func neighbours(_ index: Int, _ values: [Double]) -> [Double] {
    [index - 1, index + 1].filter(values.indices.contains).map { values[$0] }
  }

  private func drawReadOut(at x: Double, in rect: Rect, theme: Theme, into buffer: inout CellBuffer) {
    var shownX = x
    var label = ""
    for line in lines where !line.isBackground {
      if let index = line.curve.nearestIndex(to: x) {
        shownX = line.curve.xs[index]
        label = Figures.apart(
          shownX, from: Self.neighbours(index, line.curve.xs), unit: xUnit, label: xLabel ?? Self.plain)
        break
      }
    }
    var row = StyledLine([Span(xName + " ", theme.dim), Span(label, theme.text)])
    for line in lines where !line.curve.isEmpty {
      guard let index = line.curve.nearestIndex(to: shownX) else { continue }
      let value = line.curve.ys[index]
      let entry = [
        Span("  " + SafeText.clean(line.name, keepingNewlines: false) + " ", line.style),
        Span(
          Figures.apart(value, from: Self.neighbours(index, line.curve.ys)), value.isFinite ? theme.text : theme.error),
      ]
      guard row.width + StyledLine(entry).width <= rect.width else { break }
      row.spans += entry
    }
    buffer.put(row, rightAlignedAt: Point(rect.maxX, rect.y))
  }
}
