/// Words and what stands between them, without white space: `\w+|[^\w\s]+`.
struct WhitespacePreTokenizer: PreTokenizer {
  func split(_ text: inout PieceText) {
    text.splitEach { bytes, range, pieces in
      guard let base = bytes.baseAddress else { return }
      let scanned = ScannedText(base: base, end: range.upperBound)
      var i = range.lowerBound
      while i < range.upperBound {
        let (bits, length) = scanned.character(i)
        let start = i
        if bits & UnicodeClasses.space != 0 {
          i += length
          continue
        }
        i =
          bits & UnicodeClasses.word != 0
          ? scanned.run(of: UnicodeClasses.word, from: i + length)
          : scanned.run(without: UnicodeClasses.word | UnicodeClasses.space, from: i + length)
        pieces.append(Piece(start, i))
      }
    }
  }
}

/// What stands between white space.
struct WhitespaceSplitPreTokenizer: PreTokenizer {
  func split(_ text: inout PieceText) {
    text.splitEach { bytes, range, pieces in
      guard let base = bytes.baseAddress else { return }
      let scanned = ScannedText(base: base, end: range.upperBound)
      var i = range.lowerBound
      while i < range.upperBound {
        let start = scanned.run(of: UnicodeClasses.space, from: i)
        i = scanned.run(without: UnicodeClasses.space, from: start)
        if start < i { pieces.append(Piece(start, i)) }
      }
    }
  }
}

/// BERT's words (Devlin et al. 2019): white space is dropped, each punctuation character stands by itself.
struct BertPreTokenizer: PreTokenizer {
  func split(_ text: inout PieceText) {
    text.splitEach { bytes, range, pieces in
      guard let base = bytes.baseAddress else { return }
      let scanned = ScannedText(base: base, end: range.upperBound)
      var i = range.lowerBound
      var start = i
      while i < range.upperBound {
        let (bits, length) = scanned.character(i)
        if bits & (UnicodeClasses.letter | UnicodeClasses.number) != 0 {
          i += length
          continue
        }
        let isSpace = bits & UnicodeClasses.space != 0
        if isSpace || CharacterPlaces.isOf(.punctuation, bits, scanned, i) {
          if start < i { pieces.append(Piece(start, i)) }
          if !isSpace { pieces.append(Piece(i, i + length)) }
          start = i + length
        }
        i += length
      }
      if start < i { pieces.append(Piece(start, i)) }
    }
  }
}

/// So many characters a piece.
struct FixedLengthPreTokenizer: PreTokenizer {
  /// Above zero.
  let length: Int

  func split(_ text: inout PieceText) {
    text.splitEach { bytes, range, pieces in
      var i = range.lowerBound
      while i < range.upperBound {
        let start = i
        var count = 0
        while count < length, i < range.upperBound {
          i = min(range.upperBound, i + utf8Length(bytes[i]))
          count += 1
        }
        pieces.append(Piece(start, i))
      }
    }
  }
}

/// A cut where the script changes. Han, Hiragana and Katakana are one; spaces and characters whose script is not known
/// go with what stands before them, and are dropped where nothing does.
struct UnicodeScriptsPreTokenizer: PreTokenizer {
  /// Code points by script, in their order; 0 is the script of spaces and of what is not known.
  private let ranges: [(first: UInt32, last: UInt32, script: UInt16)]

  init() {
    let known = CodePointSet(table: UnicodeProperties.scripted)
    var ranges: [(first: UInt32, last: UInt32, script: UInt16)] = []
    for (index, entry) in UnicodeScriptTable.entries.enumerated() {
      var script = UInt16(index + 1)
      if let joined = Self.joined[entry.name.description] { script = joined }
      var set = CodePointSet(table: entry.ranges).intersection(known)
      set = set.intersection(Self.moved.inverted)
      for range in set.ranges { ranges.append((range.lowerBound, range.upperBound, script)) }
    }
    for (scalar, name) in Self.changes {
      let index = UnicodeScriptTable.entries.firstIndex { $0.name.description == name } ?? 0
      ranges.append((scalar, scalar, Self.joined[name] ?? UInt16(index + 1)))
    }
    self.ranges = ranges.sorted { $0.first < $1.first }
  }

  private static let joined: [String: UInt16] = ["Han": 1000, "Hiragana": 1000, "Katakana": 1000]
  /// Where the stage's older data has another script, and the prolonged sound mark, which it counts as Han.
  private static let changes: [(UInt32, String)] = [
    (0x589, "Common"), (0x61C, "Common"), (0x953, "Devanagari"), (0x954, "Devanagari"), (0x30FC, "Han"),
  ]
  private static let moved = CodePointSet(changes.map { $0.0...$0.0 })

  private func script(_ scalar: UInt32) -> UInt16 {
    var low = 0
    var high = ranges.count
    while low < high {
      let middle = (low + high) / 2
      if ranges[middle].last < scalar { low = middle + 1 } else { high = middle }
    }
    return low < ranges.count && ranges[low].first <= scalar ? ranges[low].script : 0
  }

  func split(_ text: inout PieceText) {
    text.splitEach { bytes, range, pieces in
      guard let base = bytes.baseAddress else { return }
      let scanned = ScannedText(base: base, end: range.upperBound)
      var previous: UInt16?
      var start: Int?
      var i = range.lowerBound
      while i < range.upperBound {
        let script = base[i] == 0x20 ? 0 : script(UInt32(scanned.scalar(i)))
        if script != 0 {
          if script != previous {
            if let start { pieces.append(Piece(start, i)) }
            start = i
          }
          previous = script
        }
        i += scanned.character(i).length
      }
      if let start { pieces.append(Piece(start, range.upperBound)) }
    }
  }
}
