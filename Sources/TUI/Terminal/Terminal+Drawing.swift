import CNcurses
import CTerminal

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

extension Terminal {
  /// Shows a frame and puts the cursor at `cursor` (nil: hides it). Only what differs from the frame before is sent. A
  /// frame of another size than the terminal's is shown as far as it fits.
  public func present(_ buffer: CellBuffer, cursor: Point?) {
    guard isOpen, !isGone else { return }
    let width = min(size.width, buffer.width)
    let height = min(size.height, buffer.height)
    let cursor = cursor.flatMap { Rect(x: 0, y: 0, width: width, height: height).contains($0) ? $0 : nil }
    let isComparable = shown.count == buffer.cells.count && !mustRepaint
    var isChanged = mustRepaint || shownCursor != cursor || isCursorVisible != (cursor != nil)
    if mustRepaint {
      werase(gbx_stdscr())
      clearok(gbx_stdscr(), true)
    }
    if draw(buffer, width: width, height: height, compare: isComparable) { isChanged = true }
    if pairs.isExhausted {
      // New numbers for the pairs of this frame only.
      pairs.reset()
      clearok(gbx_stdscr(), true)
      _ = draw(buffer, width: width, height: height, compare: false)
    }
    guard isChanged else { return }
    shown = buffer.cells
    mustRepaint = false
    let isMarked = options.synchronizedOutput && modes.isModern
    if isMarked { send(TerminalModes.synchronizedBegin) }
    if isCursorVisible != (cursor != nil) {
      curs_set(cursor == nil ? 0 : 1)
      isCursorVisible = cursor != nil
    }
    let place = cursor ?? Point(0, 0)
    wmove(gbx_stdscr(), Int32(place.y), Int32(place.x))
    shownCursor = cursor
    wnoutrefresh(gbx_stdscr())
    doupdate()
    if isMarked { send(TerminalModes.synchronizedEnd) }
  }

  /// Draws everything again at the next `present`, whatever the terminal shows now.
  public func redraw() { invalidate() }

  /// Gives ncurses the rows that changed; true when any did.
  private func draw(_ buffer: CellBuffer, width: Int, height: Int, compare: Bool) -> Bool {
    guard width > 0 else { return false }
    if row.count < width * 2 { row = Array(repeating: cchar_t(), count: width * 2) }
    var isChanged = false
    for y in 0..<height {
      let base = y * buffer.width
      buffer.withRow(y) { cells in
        var first = 0
        var last = width - 1
        if compare {
          let isSame = shown.withUnsafeBufferPointer { old in
            guard let old = old.baseAddress, let new = cells.baseAddress else { return true }
            return memcmp(old + base, new, width * MemoryLayout<Cell>.stride) == 0
          }
          if isSame { return }
          while first < last && cells[first] == shown[base + first] { first += 1 }
          while last > first && cells[last] == shown[base + last] { last -= 1 }
          // A wide character is drawn from its left half.
          if first > 0 && cells[first].isContinuation { first -= 1 }
        }
        isChanged = true
        draw(cells, from: first, through: last, y: y)
      }
    }
    return isChanged
  }

  private func draw(_ cells: UnsafeBufferPointer<Cell>, from first: Int, through last: Int, y: Int) {
    var count = 0
    var foreground: UInt32 = .max
    var background: UInt32 = .max
    var flags: UInt32 = .max
    var entry = ColorPairs.Entry(pair: 0, attributes: 0)
    var attributes: attr_t = 0
    row.withUnsafeMutableBufferPointer { row in
      func append(_ scalar: UInt32, _ cell: Cell?) {
        var marks: (UInt32, UInt32, UInt32, UInt32) = (0, 0, 0, 0)
        if let cell, cell.mark1 != 0 { marks = drawable(cell) }
        withUnsafeBytes(of: &marks) {
          gbx_set_cell(
            &row[count], scalar, $0.baseAddress?.assumingMemoryBound(to: UInt32.self), attributes, entry.pair)
        }
        count += 1
      }
      for x in first...last {
        let cell = cells[x]
        if cell.isContinuation { continue }
        if cell.foreground != foreground || cell.background != background {
          (foreground, background) = (cell.foreground, cell.background)
          entry = pairs.entry(foreground: foreground, background: background)
          flags = .max
        }
        if cell.flags != flags {
          flags = cell.flags
          attributes = gbx_attributes(flags & 0xFF | entry.attributes)
        }
        let scalar = cell.scalar
        if scalar < 0x7F {
          append(scalar, cell)
        } else if isASCII {
          let stand = ASCIIFallback.character(for: scalar).value
          append(stand, nil)
          if cell.isWide { append(stand, nil) }
        } else {
          // Where the C library knows another width than we planned with, the row must still come out as planned.
          let known = gbx_wcwidth(scalar)
          if known == (cell.isWide ? 2 : 1) {
            append(scalar, cell)
          } else {
            append(known == 1 ? scalar : 0xFFFD, nil)
            if cell.isWide { append(0x20, nil) }
          }
        }
      }
      mvwadd_wchnstr(gbx_stdscr(), Int32(y), Int32(first), row.baseAddress, Int32(count))
    }
  }

  /// Marks the C library also draws without a cell of their own.
  private func drawable(_ cell: Cell) -> (UInt32, UInt32, UInt32, UInt32) {
    if isASCII { return (0, 0, 0, 0) }
    // A sequence of emoji, which the terminal was found to draw whole.
    if cell.isWide, EmojiSequences.areDrawn { return (cell.mark1, cell.mark2, cell.mark3, cell.mark4) }
    let kept = [cell.mark1, cell.mark2, cell.mark3, cell.mark4].filter { $0 != 0 && gbx_wcwidth($0) == 0 }
    func mark(_ index: Int) -> UInt32 { index < kept.count ? kept[index] : 0 }
    return (mark(0), mark(1), mark(2), mark(3))
  }
}
