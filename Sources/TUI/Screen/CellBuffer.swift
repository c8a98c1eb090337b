/// A rectangle of cells that panes draw into. Whatever is put where, a wide character is never left half overwritten:
/// its other half becomes a space. Everything outside the buffer and outside `clip` is cut off.
public struct CellBuffer: Sendable, Equatable {
  public let width: Int
  public let height: Int
  /// Drawing happens only inside this rectangle.
  public private(set) var clip: Rect
  var cells: [Cell]

  public var size: Size { Size(width, height) }
  public var bounds: Rect { Rect(x: 0, y: 0, width: width, height: height) }

  public init(width: Int, height: Int, style: Style = Style()) {
    self.width = max(0, width)
    self.height = max(0, height)
    clip = Rect(x: 0, y: 0, width: self.width, height: self.height)
    cells = Array(repeating: Cell(style: style), count: self.width * self.height)
  }

  public init(size: Size, style: Style = Style()) {
    self.init(width: size.width, height: size.height, style: style)
  }

  public static func == (left: CellBuffer, right: CellBuffer) -> Bool {
    left.width == right.width && left.height == right.height && left.cells == right.cells
  }

  /// The cell at a place inside the buffer; nil outside.
  public subscript(x: Int, y: Int) -> Cell? {
    x >= 0 && y >= 0 && x < width && y < height ? cells[y * width + x] : nil
  }

  public subscript(point: Point) -> Cell? { self[point.x, point.y] }

  /// Draws with everything outside `rect` (and outside the clip so far) cut off.
  public mutating func clipped<Result>(to rect: Rect, _ draw: (inout CellBuffer) throws -> Result) rethrows -> Result {
    let before = clip
    clip = clip.intersection(rect)
    defer { clip = before }
    return try draw(&self)
  }

  /// Writes text on one row and returns the columns it takes, clipped or not. Control characters come out as inert
  /// symbols, line ends and tabs as spaces.
  /// - Parameters:
  ///   - clip: cuts off what lies outside of it, besides the buffer's own clip.
  ///   - maxWidth: stops before text that would take more columns than this; a wide character that fits only half is
  ///     left out.
  @discardableResult
  public mutating func put(
    _ text: some StringProtocol, at point: Point, style: Style, clip rect: Rect? = nil, maxWidth: Int? = nil
  ) -> Int {
    let area = rect.map { clip.intersection($0) } ?? clip
    let isVisible = point.y >= area.y && point.y < area.maxY
    let limit = maxWidth.map { max(0, $0) } ?? .max
    let packed = PackedStyle(style)
    var used = 0
    var glyphs = GlyphScanner(text.unicodeScalars.makeIterator())
    while let glyph = glyphs.next() {
      if glyph.width > limit - used { break }
      if isVisible { place(glyph, x: point.x + used, y: point.y, style: packed, in: area) }
      used += glyph.width
    }
    return used
  }

  /// Writes text that ends at column `maxX` (exclusive), on one row; returns the columns it takes.
  @discardableResult
  public mutating func put(
    _ text: some StringProtocol, rightAlignedAt point: Point, style: Style, clip rect: Rect? = nil
  ) -> Int {
    put(text, at: Point(point.x - TextWidth.of(text), point.y), style: style, clip: rect)
  }

  /// Puts one glyph; one that is cut by the area's edge leaves a space in its visible half.
  private mutating func place(_ glyph: Glyph, x: Int, y: Int, style: PackedStyle, in area: Rect) {
    let right = x + glyph.width - 1
    guard right >= area.x, x < area.maxX else { return }
    if glyph.width == 1 {
      set(Cell(glyph, style: style), x: x, y: y)
    } else if x >= area.x && right < area.maxX {
      // The right half first: setting the left half afterwards must not blank it.
      release(x: x, y: y)
      release(x: right, y: y)
      let index = y * width + x
      cells[index] = Cell(glyph, style: style)
      cells[index + 1] = Cell(scalar: 0, style: style)
    } else {
      set(Cell(scalar: 0x20, style: style), x: x >= area.x ? x : right, y: y)
    }
  }

  private mutating func set(_ cell: Cell, x: Int, y: Int) {
    release(x: x, y: y)
    cells[y * width + x] = cell
  }

  /// Turns the other half of a wide character at this place into a space.
  private mutating func release(x: Int, y: Int) {
    let index = y * width + x
    let cell = cells[index]
    if cell.isWide {
      cells[index + 1].scalar = 0x20
    } else if cell.isContinuation && x > 0 {
      cells[index - 1] = Cell(style: cells[index - 1].style)
    }
  }

  /// Fills a rectangle with one character (a space unless told), replacing text and style.
  public mutating func fill(_ rect: Rect, _ character: Character = " ", style: Style) {
    let area = clip.intersection(rect)
    guard !area.isEmpty else { return }
    var scanner = GlyphScanner(character.unicodeScalars.makeIterator())
    let glyph = scanner.next() ?? Glyph(scalar: 0x20, width: 1)
    let packed = PackedStyle(style)
    for y in area.y..<area.maxY {
      for x in stride(from: area.x, to: area.maxX, by: glyph.width) {
        place(glyph, x: x, y: y, style: packed, in: area)
      }
    }
  }

  public mutating func clear(style: Style) { fill(bounds, style: style) }

  /// Changes how cells look and keeps their text; both halves of a wide character change together.
  public mutating func restyle(_ rect: Rect, _ change: (Style) -> Style) {
    let area = clip.intersection(rect)
    guard !area.isEmpty else { return }
    for y in area.y..<area.maxY {
      for x in area.x..<area.maxX {
        let index = y * width + x
        let style = change(cells[index].style)
        cells[index].style = style
        if cells[index].isWide { cells[index + 1].style = style }
        if cells[index].isContinuation && x == area.x && x > 0 { cells[index - 1].style = style }
      }
    }
  }

  /// Copies another buffer's cells so that its top left corner comes to `point`.
  public mutating func draw(_ other: CellBuffer, at point: Point) {
    let area = clip.intersection(Rect(x: point.x, y: point.y, width: other.width, height: other.height))
    guard !area.isEmpty else { return }
    for y in area.y..<area.maxY {
      for x in area.x..<area.maxX {
        let cell = other.cells[(y - point.y) * other.width + x - point.x]
        if cell.isContinuation {
          // Its left half was placed just before, or lies outside.
          if x == area.x { set(Cell(style: cell.style), x: x, y: y) }
        } else if cell.isWide {
          if x + 1 < area.maxX {
            release(x: x, y: y)
            release(x: x + 1, y: y)
            cells[y * width + x] = cell
            cells[y * width + x + 1] = other.cells[(y - point.y) * other.width + x + 1 - point.x]
          } else {
            set(Cell(style: cell.style), x: x, y: y)
          }
        } else {
          set(cell, x: x, y: y)
        }
      }
    }
  }

  /// The text of one row, spaces at its end included.
  public func text(row y: Int) -> String {
    guard y >= 0, y < height else { return "" }
    return cells[y * width..<(y + 1) * width].reduce(into: "") { $0 += $1.text }
  }

  /// One row's cells; the memory the terminal compares and draws from.
  func withRow<Result>(_ y: Int, _ body: (UnsafeBufferPointer<Cell>) throws -> Result) rethrows -> Result {
    try cells.withUnsafeBufferPointer { try body(UnsafeBufferPointer(rebasing: $0[y * width..<(y + 1) * width])) }
  }
}
