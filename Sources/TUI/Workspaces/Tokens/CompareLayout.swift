import Core

/// A row of the text with the cuts of every tokenizer in it: the same bytes stand in the same columns.
package struct CompareBlock: Equatable {
  /// Text between two places at which some tokenizer cuts.
  package struct Atom: Equatable {
    package var range: Range<Int>
    var label: String
    package var cells: Int
    package var x: Int
    /// Whether the tokenizers agree on the stretch it lies in.
    var differs: Bool
  }

  package var range = 0..<0
  package var atoms: [Atom] = []
}

/// Lays compared texts out, only as much as is seen.
package struct CompareLayout {
  let bytes: [UInt8]
  let comparison: TokenizerComparison
  let width: Int
  let spaces: Bool

  package init(bytes: [UInt8], comparison: TokenizerComparison, width: Int, spaces: Bool) {
    (self.bytes, self.comparison, self.width, self.spaces) = (bytes, comparison, width, spaces)
  }

  /// Blocks from a byte on.
  package func blocks(from start: Int, count: Int) -> (blocks: [CompareBlock], next: Int?) {
    var blocks: [CompareBlock] = []
    var at = start
    while blocks.count < count, at < bytes.count {
      let block = block(from: at)
      guard block.range.upperBound > at else { break }
      blocks.append(block)
      at = block.range.upperBound
    }
    return (blocks, at < bytes.count ? at : nil)
  }

  /// Where the block begins that lies before another.
  package func start(before place: Int, count: Int = 1) -> Int {
    var found = place
    for _ in 0..<count where found > 0 {
      // From the line's start, or somewhere inside a long line, up to the place.
      let least = max(0, found - 4096)
      var at = least
      if let newline = bytes[least..<max(least, found - 1)].lastIndex(of: 0x0A) {
        at = newline + 1
      } else if least > 0 {
        at = comparison.segment(at: least).map { comparison.segments[$0].range.lowerBound } ?? least
        if at >= found { at = least }
      }
      var last = at
      while at < found {
        last = at
        let end = block(from: at).range.upperBound
        guard end > at else { break }
        at = end
      }
      found = last
    }
    return found
  }

  private func block(from start: Int) -> CompareBlock {
    var block = CompareBlock(range: start..<start)
    let rows = comparison.rows
    var places = rows.map { Self.first(in: $0.borders, after: start) }
    var segment = comparison.segment(at: start) ?? 0
    var at = start
    var x = 0
    /// Where the block may end so that no word of all is cut.
    var good = 0
    while at < bytes.count {
      var end = bytes.count
      for (row, place) in places.enumerated() where place < rows[row].borders.count {
        end = min(end, rows[row].borders[place])
      }
      if let newline = bytes[at..<min(end, at + 4096)].firstIndex(of: 0x0A) { end = newline + 1 }
      end = min(end, at + 256)
      while end < bytes.count, end > at + 1, bytes[end] & 0xC0 == 0x80, end == at + 256 { end -= 1 }
      while segment + 1 < comparison.segments.count, comparison.segments[segment].range.upperBound <= at {
        segment += 1
      }
      let label = TextWidth.truncate(TokenLabel.of(bytes[at..<end], spaces: spaces), to: max(1, width))
      let cells = TextWidth.of(label)
      let isStart = comparison.segments.indices.contains(segment) && comparison.segments[segment].range.lowerBound == at
      if x + cells > width, !block.atoms.isEmpty {
        if !isStart, good > 0 { block.atoms.removeLast(block.atoms.count - good) }
        at = block.atoms.last?.range.upperBound ?? at
        break
      }
      if isStart { good = block.atoms.count }
      block.atoms.append(
        .init(
          range: at..<end, label: label, cells: cells, x: x,
          differs: comparison.segments.indices.contains(segment) && comparison.segments[segment].differs))
      x += cells + 1
      let endsLine = bytes[end - 1] == 0x0A
      at = end
      for row in places.indices {
        while places[row] < rows[row].borders.count, rows[row].borders[places[row]] <= at { places[row] += 1 }
      }
      if endsLine { break }
    }
    block.range = start..<max(at, start)
    return block
  }

  /// The place of the first border after a byte.
  static func first(in borders: [Int], after byte: Int) -> Int {
    var low = 0
    var high = borders.count
    while low < high {
      let middle = (low + high) / 2
      if borders[middle] <= byte { low = middle + 1 } else { high = middle }
    }
    return low
  }
}
