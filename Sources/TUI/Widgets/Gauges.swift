/// A bar that fills in eighths of a cell.
public enum ProgressBar {
  static let eighths: [Character] = [" ", "▏", "▎", "▍", "▌", "▋", "▊", "▉", "█"]

  public static func draw(
    _ fraction: Double, in rect: Rect, filled: Style, rest: Style, into buffer: inout CellBuffer
  ) {
    guard rect.width > 0 else { return }
    let part = fraction.isFinite ? min(max(fraction, 0), 1) : 0
    let units = Int((part * Double(rect.width * 8)).rounded(.down))
    let style = Style(filled.foreground, on: rest.background)
    for x in 0..<rect.width {
      let here = min(max(units - x * 8, 0), 8)
      buffer.put(String(eighths[here]), at: Point(rect.x + x, rect.y), style: style)
    }
  }
}

/// A row of small columns for the last values of a series.
public enum Sparkline {
  static let steps: [Character] = ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"]

  /// The values spread over `width` columns, each column the mean of its share; gaps where nothing is finite.
  public static func text(_ values: some RandomAccessCollection<Double>, width: Int) -> String {
    guard width > 0, !values.isEmpty else { return "" }
    let columns = min(width, values.count)
    var means: [Double?] = []
    for c in 0..<columns {
      let from = values.count * c / columns
      let to = max(from + 1, values.count * (c + 1) / columns)
      let lower = values.index(values.startIndex, offsetBy: from)
      let part = values[lower..<values.index(lower, offsetBy: to - from)].filter(\.isFinite)
      means.append(part.isEmpty ? nil : part.reduce(0, +) / Double(part.count))
    }
    let known = means.compactMap { $0 }
    guard let low = known.min(), let high = known.max() else { return "" }
    let span = high - low
    return String(
      means.map { mean in
        guard let mean else { return " " }
        let level = span > 0 ? (mean - low) / span * 7 : 3
        return steps[Int(level.rounded())]
      })
  }
}
