/// A stage that cuts text into pieces which the model then works on one by one. New kinds add a file here and a line in
/// ``TokenizerJSONStages``.
protocol PreTokenizer: Sendable {
  func split(_ text: inout PieceText)
}

/// A range of bytes.
struct Piece: Equatable {
  var start: UInt32
  var end: UInt32

  @inline(__always) init(_ start: Int, _ end: Int) {
    self.start = UInt32(truncatingIfNeeded: start)
    self.end = UInt32(truncatingIfNeeded: end)
  }

  @inline(__always) var range: Range<Int> { Int(start)..<Int(end) }
}

/// Text with its present cut: ascending pieces, none of them empty, with gaps where a stage has dropped something.
struct PieceText {
  var text: AlignedText
  var pieces: [Piece]

  init(_ text: AlignedText) {
    self.text = text
    pieces = text.isEmpty ? [] : [Piece(0, text.count)]
  }

  /// Cuts every piece further, as `scanner` says.
  mutating func split<S: PieceScanner>(by scanner: S) {
    let old = pieces
    var new: [Piece] = []
    new.reserveCapacity(max(old.count, text.count / 5))
    text.withBytes { bytes in
      guard let base = bytes.baseAddress else { return }
      for piece in old {
        var at = Int(piece.start)
        let end = Int(piece.end)
        // A scanner sees nothing beyond its piece, as if the text ended there.
        while at < end {
          let next = min(end, max(at + 1, scanner.end(ScannedText(base: base, end: end), from: at)))
          new.append(Piece(at, next))
          at = next
        }
      }
    }
    pieces = new
  }

  /// Cuts every piece; `body` appends what becomes of it.
  mutating func splitEach(_ body: (UnsafeBufferPointer<UInt8>, Range<Int>, inout [Piece]) -> Void) {
    let old = pieces
    var new: [Piece] = []
    new.reserveCapacity(old.count)
    text.withBytes { bytes in
      for piece in old { body(bytes, piece.range, &new) }
    }
    pieces = new
  }

  /// Rewrites each piece's text; `body` appends to the writer and the piece becomes what it wrote.
  mutating func rewriteEach(_ body: (UnsafeBufferPointer<UInt8>, Range<Int>, inout AlignedText.Rewriter) -> Void) {
    let old = pieces
    var new: [Piece] = []
    new.reserveCapacity(old.count)
    text.rewrite { bytes, rewriter in
      for piece in old {
        let start = rewriter.count
        body(bytes, piece.range, &rewriter)
        if rewriter.count > start { new.append(Piece(start, rewriter.count)) }
      }
    }
    pieces = text.isOverfull ? [] : new
  }
}

/// Finds where the piece that begins at a place ends.
protocol PieceScanner: Sendable {
  /// - Parameter at: before `text.end`, at the start of a character.
  /// - Returns: the end of the piece, after `at`.
  func end(_ text: ScannedText, from at: Int) -> Int
}

/// Well-formed UTF-8 text under a scanner, with the class of each character.
struct ScannedText {
  let base: UnsafePointer<UInt8>
  let end: Int
  private let classes = UnicodeClasses.table

  init(base: UnsafePointer<UInt8>, end: Int) {
    self.base = base
    self.end = end
  }

  /// Class bits and length in bytes of the character at `i`, which is before the end.
  @inline(__always)
  func character(_ i: Int) -> (bits: UInt8, length: Int) {
    let lead = base[i]
    if lead < 0x80 { return (classes[Int(lead)], 1) }
    let (scalar, length) = wide(i)
    return (classes[scalar], length)
  }

  /// The character at `i`.
  @inline(__always)
  func scalar(_ i: Int) -> Int { base[i] < 0x80 ? Int(base[i]) : wide(i).0 }

  @inline(__always)
  private func wide(_ i: Int) -> (Int, Int) {
    let lead = Int(base[i])
    if lead < 0xE0 { return ((lead & 0x1F) << 6 | Int(base[i + 1]) & 0x3F, 2) }
    if lead < 0xF0 { return ((lead & 0xF) << 12 | (Int(base[i + 1]) & 0x3F) << 6 | Int(base[i + 2]) & 0x3F, 3) }
    let high = (lead & 7) << 18 | (Int(base[i + 1]) & 0x3F) << 12
    return (high | (Int(base[i + 2]) & 0x3F) << 6 | Int(base[i + 3]) & 0x3F, 4)
  }

  /// The end of the run of characters from `i` that have a bit of `bits`.
  @inline(__always)
  func run(of bits: UInt8, from i: Int) -> Int {
    var i = i
    while i < end {
      let (found, length) = character(i)
      if found & bits == 0 { break }
      i += length
    }
    return i
  }

  /// The end of the numbers from `i` on, of which there are at most so many.
  @inline(__always)
  func numbers(from i: Int, most: Int) -> Int {
    var i = i
    var count = 0
    while count < most, i < end {
      let (found, length) = character(i)
      if found & UnicodeClasses.number == 0 { break }
      i += length
      count += 1
    }
    return i
  }

  /// The end of the run of characters from `i` that have none of `bits`.
  @inline(__always)
  func run(without bits: UInt8, from i: Int) -> Int {
    var i = i
    while i < end {
      let (found, length) = character(i)
      if found & bits != 0 { break }
      i += length
    }
    return i
  }

  /// Where the character that ends before `i` begins.
  @inline(__always)
  func before(_ i: Int) -> Int {
    var i = i - 1
    while base[i] & 0xC0 == 0x80 { i -= 1 }
    return i
  }

  /// `\s+(?!\S)|\s+` over the run of white space from `at`: all of it at the end of the text, else all but the last.
  @inline(__always)
  func whiteSpace(from at: Int) -> Int {
    let stop = run(of: UnicodeClasses.space, from: at)
    if stop == end { return stop }
    let last = before(stop)
    return last > at ? last : stop
  }

  /// `\s*[\r\n]+|\s+(?!\S)|\s+`: up to the last line end of the run where it has one.
  func whiteSpaceByLines(from at: Int) -> Int {
    let stop = run(of: UnicodeClasses.space, from: at)
    var i = stop
    while i > at {
      if base[i - 1] == 0x0A || base[i - 1] == 0x0D { return i }
      i -= 1
    }
    if stop == end { return stop }
    let last = before(stop)
    return last > at ? last : stop
  }
}
