/// The words of a corpus as cells of symbols, and the tokens a vocabulary begins with: special ones, then the alphabet.
final class MergeCorpus {
  /// As the vocabulary writes them, by id.
  let tokens: [[UInt8]]
  /// How many of them are special: the first ones.
  let specialTokens: Int
  /// Cells in use; a border stands before, between and after words.
  private(set) var count = 0
  /// Symbols in the whole corpus, words as often as they occur.
  private(set) var symbols = 0
  /// How often each character occurs; for SentencePiece, whose vocabularies list characters by that.
  private(set) var characters: [(scalar: UInt32, count: Int)] = []
  private(set) var cells: UnsafeMutablePointer<MergeCell>

  deinit { cells.deallocate() }

  /// The symbols of words that carry marks by where they stand (`##`, `</w>`).
  private struct Marks {
    var prefix: [UInt8]
    var suffix: [UInt8]

    /// Of the four places a symbol can have in a word, which one.
    @inline(__always) func variant(isFirst: Bool, isLast: Bool) -> Int {
      (isFirst || prefix.isEmpty ? 0 : 1) | (isLast && !suffix.isEmpty ? 2 : 0)
    }

    func spelled(_ scalar: UInt32, _ variant: Int) -> [UInt8] {
      (variant & 1 != 0 ? prefix : []) + utf8Bytes(scalar) + (variant & 2 != 0 ? suffix : [])
    }
  }

  /// - Throws: ``TokenizerTrainingError``.
  init(_ words: WordCounts, _ options: TokenizerTrainingOptions) throws {
    let reader = WordReader(options)
    let marks = Marks(
      prefix: Array((options.continuingSubwordPrefix ?? (options.kind == .wordPiece ? "##" : "")).utf8),
      suffix: Array((options.endOfWordSuffix ?? "").utf8))
    let special = options.specialTokensFirst && !options.isSentencePiece ? options.specialTokens : []
    specialTokens = special.count
    var tokens = special.map { Array($0.utf8) }
    var known: [[UInt8]: Int32] = [:]
    for (id, token) in tokens.enumerated() { known[token] = Int32(id) }
    let (kept, characters) = Alphabet(words, reader, options).kept()
    self.characters = characters
    // One table of ids for each place in a word; pages that no text touches are never written.
    let ids = (0..<4).map { _ in ScalarTable<Int32>(-1, size: reader.limit) }
    func add(_ token: [UInt8]) -> Int32 {
      if let id = known[token] { return id }
      let id = Int32(tokens.count)
      known[token] = id
      tokens.append(token)
      return id
    }
    for scalar in kept { ids[0][scalar] = add(utf8Bytes(scalar)) }
    let table = words.table
    if !marks.prefix.isEmpty || !marks.suffix.isEmpty {
      var marked: Set<UInt64> = []
      let seen = (0..<4).map { _ in ScalarTable<Int32>(0, size: reader.limit) }
      for i in 0..<table.count {
        reader.read(table.word(i)) { scalar, isFirst, isLast in
          let variant = marks.variant(isFirst: isFirst, isLast: isLast)
          if variant != 0, ids[0][scalar] >= 0, seen[variant][scalar] == 0 {
            seen[variant][scalar] = 1
            marked.insert(UInt64(scalar) << 2 | UInt64(variant))
          }
        }
      }
      for value in marked.sorted() {
        let (scalar, variant) = (UInt32(value >> 2), Int(value & 3))
        ids[variant][scalar] = add(marks.spelled(scalar, variant))
      }
    }
    self.tokens = tokens
    var room = 1
    for i in 0..<table.count {
      let entry = table.entries[i]
      // A count beyond 32 bits takes the word several times.
      room += (entry.length + 2) * (entry.count / Int(UInt32.max) + 1)
    }
    guard room < Int(UInt32.max) else {
      throw TokenizerTrainingError.tooMuchText
    }
    let cells = UnsafeMutablePointer<MergeCell>.allocate(capacity: room)
    self.cells = cells
    cells[0] = MergeCell(token: -1, times: 0)
    count = 1
    let isSentencePiece = options.isSentencePiece
    var symbols = 0
    var at = 1
    for i in 0..<table.count {
      var left = table.entries[i].count
      while left > 0 {
        let times = min(left, Int(UInt32.max))
        left -= times
        reader.read(table.word(i)) { scalar, isFirst, isLast in
          let plain = ids[0][scalar]
          if plain >= 0 {
            let variant = marks.variant(isFirst: isFirst, isLast: isLast)
            cells[at] = MergeCell(token: variant == 0 ? plain : ids[variant][scalar], times: UInt32(times))
            at &+= 1
            symbols &+= times
          } else if isSentencePiece {
            // Elsewhere a character outside the alphabet is passed over; here nothing grows over it.
            cells[at] = MergeCell(token: -1, times: 0)
            at &+= 1
            symbols &+= times
          }
        }
        cells[at] = MergeCell(token: -1, times: 0)
        at &+= 1
      }
    }
    count = at
    self.symbols = symbols
  }
}

/// Walks over the symbols of a counted word.
struct WordReader {
  private let isByteLevel: Bool
  private let isSentencePiece: Bool
  private let letters = ByteAlphabet.scalars.map { UInt32($0) }
  /// One more than the largest character there can be.
  var limit: Int { isByteLevel ? 0x200 : 0x110000 }
  static let mark: UInt32 = 0x2581

  init(_ options: TokenizerTrainingOptions) {
    isByteLevel = options.kind == .bpe
    isSentencePiece = options.isSentencePiece
  }

  /// - Parameter body: gets each character (for bytes, their letters), and whether it is the first or last of its word.
  @inline(__always)
  func read(_ word: UnsafeBufferPointer<UInt8>, _ body: (UInt32, Bool, Bool) -> Void) {
    guard let base = word.baseAddress else { return }
    let end = word.count
    if isByteLevel {
      for i in 0..<end { body(letters[Int(base[i])], i == 0, i &+ 1 == end) }
      return
    }
    if isSentencePiece { body(Self.mark, true, false) }
    var i = 0
    while i < end {
      let lead = base[i]
      let length = min(utf8Length(lead), end &- i)
      var scalar = UInt32(lead)
      if length == 2 { scalar &= 0x1F } else if length == 3 { scalar &= 0xF } else if length == 4 { scalar &= 7 }
      for k in 1..<max(1, length) { scalar = scalar << 6 | UInt32(base[i &+ k] & 0x3F) }
      body(min(scalar, 0x10FFFF), i == 0 && !isSentencePiece, i &+ length == end)
      i &+= length
    }
  }
}

/// The characters a vocabulary begins with.
struct Alphabet {
  private let counts: ScalarTable<Int>
  private let options: TokenizerTrainingOptions

  init(_ words: WordCounts, _ reader: WordReader, _ options: TokenizerTrainingOptions) {
    self.options = options
    counts = ScalarTable(0, size: reader.limit)
    // Bytes are kept all, unless there is a limit.
    if options.kind == .bpe, options.alphabetLimit == nil { return }
    for i in 0..<words.table.count {
      let times = words.table.entries[i].count
      reader.read(words.table.word(i)) { scalar, _, _ in counts[scalar] &+= times }
    }
  }

  /// Characters by code point, and all there are by how often they occur.
  func kept() -> (kept: [UInt32], characters: [(scalar: UInt32, count: Int)]) {
    var found: [(scalar: UInt32, count: Int)] = []
    for scalar in 0..<UInt32(counts.size) where counts[scalar] > 0 { found.append((scalar, counts[scalar])) }
    if options.isSentencePiece { return covered(found) }
    var initial = Set(options.initialAlphabet.map(\.value))
    if options.kind == .bpe { initial.formUnion(ByteAlphabet.scalars.map { UInt32($0) }) }
    found.removeAll { initial.contains($0.scalar) }
    found += initial.map { ($0, Int.max) }
    // The rarest go; of equally rare ones those of the higher code points.
    found.sort { $0.count != $1.count ? $0.count > $1.count : $0.scalar < $1.scalar }
    let kept = found.prefix(options.alphabetLimit ?? found.count)
    return (kept.map(\.scalar).sorted(), [])
  }

  /// The most frequent characters that make up the share asked for, as SentencePiece takes them.
  private func covered(
    _ found: [(scalar: UInt32, count: Int)]
  ) -> (kept: [UInt32], characters: [(scalar: UInt32, count: Int)]) {
    let required = Set(options.initialAlphabet.map(\.value))
    var all = found.filter { $0.scalar != 0 }
    for scalar in required where !all.contains(where: { $0.scalar == scalar }) { all.append((scalar, 0)) }
    all.sort { a, b in
      let (isA, isB) = (required.contains(a.scalar), required.contains(b.scalar))
      if isA != isB { return isA }
      return a.count != b.count ? a.count > b.count : a.scalar < b.scalar
    }
    let total = all.reduce(0) { $0 + $1.count }
    var covered = 0
    var kept: [(scalar: UInt32, count: Int)] = []
    for entry in all {
      // In single precision, as SentencePiece decides.
      if Double(Float(Double(covered) / Double(max(1, total)))) >= options.characterCoverage { break }
      if let limit = options.alphabetLimit, kept.count >= limit { break }
      covered += entry.count
      kept.append(entry)
    }
    kept.sort { $0.count != $1.count ? $0.count > $1.count : $0.scalar < $1.scalar }
    return (kept.map(\.scalar).sorted(), kept)
  }
}

/// A value for each code point.
final class ScalarTable<Value: Sendable>: @unchecked Sendable {
  let size: Int
  private let values: UnsafeMutablePointer<Value>

  init(_ value: Value, size: Int) {
    self.size = size
    values = .allocate(capacity: size)
    values.initialize(repeating: value, count: size)
  }

  deinit { values.deallocate() }

  @inline(__always)
  subscript(scalar: UInt32) -> Value {
    get { values[Int(scalar)] }
    set { values[Int(scalar)] = newValue }
  }
}

/// A character in UTF-8.
func utf8Bytes(_ scalar: UInt32) -> [UInt8] {
  Unicode.Scalar(scalar).map { Array(UTF8.encode($0) ?? UTF8.encodedReplacementCharacter) } ?? [0xEF, 0xBF, 0xBD]
}
