/// Dots, two by four in a cell, and which line each cell belongs to.
struct ChartCanvas {
  let width: Int
  let height: Int
  private var dots: [UInt8]
  /// The line that draws in the cell, plus one; 0: none.
  private var owners: [UInt16]
  /// Cells whose dots are only background.
  private var isBackground: [Bool]
  private var nonFinite: Set<Int> = []

  init(width: Int, height: Int) {
    self.width = width
    self.height = height
    dots = Array(repeating: 0, count: width * height)
    owners = Array(repeating: 0, count: width * height)
    isBackground = Array(repeating: false, count: width * height)
  }

  var nonFiniteColumns: [Int] { nonFinite.sorted() }

  mutating func markNonFinite(_ column: Int) { nonFinite.insert(column / 2) }

  private mutating func set(_ column: Int, _ row: Int, line: Int) {
    guard column >= 0, row >= 0, column < width * 2, row < height * 4 else { return }
    let cell = row / 4 * width + column / 2
    let bits: [[UInt8]] = [[0x01, 0x08], [0x02, 0x10], [0x04, 0x20], [0x40, 0x80]]
    // A curve is not thickened by the dots behind it.
    if owners[cell] != UInt16(line + 1) && owners[cell] != 0 && isBackground[cell] {
      dots[cell] = 0
      isBackground[cell] = false
    }
    dots[cell] |= bits[row % 4][column % 2]
    owners[cell] = UInt16(clamping: line + 1)
  }

  mutating func fill(_ column: Int, _ rows: ClosedRange<Int>, line: Int) {
    for row in rows { set(column, row, line: line) }
  }

  /// Says that all dots so far lie behind what comes.
  mutating func endBackground() {
    for cell in dots.indices where dots[cell] != 0 { isBackground[cell] = true }
  }

  /// A straight line from one dot to another.
  mutating func connect(
    _ from: (column: Int, row: Int), _ to: (column: Int, row: Int), line: Int, stroke: BrailleChart.Stroke
  ) {
    let across = to.column - from.column
    guard across > 0 else { return }
    var last = from.row
    for column in max(0, from.column)...to.column {
      let exact = Double(from.row) + Double(to.row - from.row) * Double(column - from.column) / Double(across)
      let row = Int(exact.rounded())
      guard stroke.isDrawn(column) else {
        last = row
        continue
      }
      // Steep lines take every dot of their column.
      let low = min(last, row)
      let high = max(last, row)
      fill(
        column, (low == high || column == from.column ? row...row : (last < row ? low + 1...high : low...high - 1)),
        line: line)
      last = row
    }
  }

  func put(_ styles: [Style], in plot: Rect, crosshair: Int?, theme: Theme, into buffer: inout CellBuffer) {
    for y in 0..<height {
      for x in 0..<width {
        let cell = y * width + x
        let place = Point(plot.x + x, plot.y + y)
        if dots[cell] != 0, let scalar = Unicode.Scalar(0x2800 + UInt32(dots[cell])) {
          let owner = Int(owners[cell]) - 1
          buffer.put(String(Character(scalar)), at: place, style: owner < styles.count ? styles[owner] : theme.text)
        } else if x == crosshair {
          buffer.put("│", at: place, style: theme.crosshair)
        }
      }
    }
  }
}
