/// Decomposition and composition of Unicode text (UAX #15).
enum Composition {
  /// NFC, NFD, NFKC, NFKD.
  enum Form: UInt8, Sendable {
    case composed, decomposed, compatibilityComposed, compatibilityDecomposed

    var composes: Bool { self == .composed || self == .compatibilityComposed }
    var isCompatibility: Bool { rawValue >= 2 }
    /// Of ``Tables/changes``.
    fileprivate var bit: UInt8 { 1 << rawValue }
  }

  final class Tables: Sendable {
    /// By code point, one more than the place in `entries`; 0: none. The second holds those that differ.
    private let canonical: CodePointTable<UInt16>
    private let compatibility: CodePointTable<UInt16>
    /// Whole decompositions, as ranges of `scalars`.
    private let entries: [Range<Int>]
    private let scalars: [UInt32]
    private let compositions: [UInt64: UInt32]
    let classes: CodePointTable<UInt8>
    /// By code point: in which forms it may become another or join the one before.
    fileprivate let changes: CodePointTable<UInt8>

    fileprivate init() {
      var pairs: [UInt32: (UInt32, UInt32)] = [:]
      var compositions: [UInt64: UInt32] = [:]
      var joining: Set<UInt32> = []
      var reader = Base36Reader(CompositionTables.decompositions)
      var at = 0
      while let gap = reader.number() {
        let scalar = UInt32(at + gap)
        at = Int(scalar) + 1
        let kind = reader.separator()
        let first = UInt32(reader.number() ?? 0)
        let second = reader.take(UInt8(ascii: ".")) ? UInt32(reader.number() ?? 0) : 0
        pairs[scalar] = (first, second)
        guard kind == UInt8(ascii: "+") else { continue }
        compositions[UInt64(first) << 32 | UInt64(second)] = scalar
        joining.insert(second)
      }
      var classes: [(Int, UInt8)] = []
      var ranges = RangeReader(CompositionTables.combiningClasses)
      while let range = ranges.next() {
        guard ranges.numbers.take(UInt8(ascii: ":")), let value = ranges.numbers.number() else { break }
        for scalar in range { classes.append((scalar, UInt8(value))) }
      }
      self.classes = CodePointTable(classes)
      self.compositions = compositions

      var entries: [Range<Int>] = []
      var scalars: [UInt32] = []
      func expand(_ scalar: UInt32) {
        guard let (first, second) = pairs[scalar] else { return scalars.append(scalar) }
        expand(first)
        if second != 0 { expand(second) }
      }
      let canonical = pairs.keys.sorted().map { scalar -> (Int, UInt16) in
        let start = scalars.count
        expand(scalar)
        entries.append(start..<scalars.count)
        return (Int(scalar), UInt16(entries.count))
      }
      var compatibility: [(Int, UInt16)] = []
      reader = Base36Reader(CompatibilityTables.decompositions)
      at = 0
      while let gap = reader.number() {
        let start = scalars.count
        repeat {
          _ = reader.separator()
          scalars.append(UInt32(reader.number() ?? 0))
        } while reader.peek() == UInt8(ascii: ".")
        entries.append(start..<scalars.count)
        compatibility.append((at + gap, UInt16(entries.count)))
        at += gap + 1
      }
      self.canonical = CodePointTable(canonical)
      self.compatibility = CodePointTable(compatibility)
      self.entries = entries
      self.scalars = scalars

      var changes: [Int: UInt8] = [:]
      let composed = Form.composed.bit | Form.compatibilityComposed.bit
      let decomposed = Form.decomposed.bit | Form.compatibilityDecomposed.bit
      for scalar in joining { changes[Int(scalar), default: 0] |= composed }
      // Vowels and final consonants of Hangul join the syllable before them.
      for scalar in Array(0x1161...0x1175) + Array(0x11A8...0x11C2) { changes[scalar, default: 0] |= composed }
      for scalar in 0xAC00..<(0xAC00 + 11_172) { changes[scalar] = decomposed }
      for (scalar, entry) in canonical {
        let range = entries[Int(entry) - 1]
        changes[scalar, default: 0] |= decomposed
        // One that its parts make again stays, unless the first of them would join what is before.
        let isWhole = pairs[UInt32(scalar)].map { compositions[UInt64($0) << 32 | UInt64($1)] == UInt32(scalar) }
        if isWhole != true || joining.contains(scalars[range.lowerBound]) { changes[scalar, default: 0] |= composed }
      }
      for (scalar, _) in compatibility {
        changes[scalar, default: 0] |= Form.compatibilityComposed.bit | Form.compatibilityDecomposed.bit
      }
      self.changes = CodePointTable(changes.map { ($0.key, $0.value) })
    }

    /// Whether a character may change in a form, or has a combining class.
    @inline(__always)
    func isInvolved(_ scalar: UInt32, _ form: Form) -> Bool { changes[scalar] & form.bit != 0 || classes[scalar] != 0 }

    /// The whole decomposition of a character; nil where it stays as it is. Hangul syllables are computed elsewhere.
    fileprivate func decomposition(_ scalar: UInt32, _ form: Form) -> ArraySlice<UInt32>? {
      var entry = form.isCompatibility ? compatibility[scalar] : 0
      if entry == 0 { entry = canonical[scalar] }
      return entry == 0 ? nil : scalars[entries[Int(entry) - 1]]
    }

    fileprivate func join(_ first: UInt32, _ second: UInt32) -> UInt32? {
      if first >= 0x1100, first < 0x1113, second >= 0x1161, second < 0x1176 {
        return 0xAC00 + (first - 0x1100) * 588 + (second - 0x1161) * 28
      }
      if first >= 0xAC00, first < 0xAC00 + 11_172, (first - 0xAC00) % 28 == 0, second > 0x11A7, second < 0x11C3 {
        return first + second - 0x11A7
      }
      return compositions[UInt64(first) << 32 | UInt64(second)]
    }
  }

  static let tables = Tables()

  /// A character on the way.
  struct Item {
    var scalar: UInt32
    var combiningClass: UInt8
    /// How many characters more than given it makes: 0 for one in the place of one, 1 for a further part of one taken
    /// apart, less than 0 for one put together from several. Offsets are counted from it.
    var change: Int
  }

  static func decompose(_ scalar: UInt32, _ form: Form, into items: inout [Item]) {
    if scalar >= 0xAC00, scalar < 0xAC00 + 11_172 {
      let index = scalar - 0xAC00
      items.append(Item(scalar: 0x1100 + index / 588, combiningClass: 0, change: 0))
      items.append(Item(scalar: 0x1161 + index % 588 / 28, combiningClass: 0, change: 1))
      if index % 28 != 0 { items.append(Item(scalar: 0x11A7 + index % 28, combiningClass: 0, change: 1)) }
      return
    }
    guard let parts = tables.decomposition(scalar, form) else {
      return items.append(Item(scalar: scalar, combiningClass: tables.classes[scalar], change: 0))
    }
    for (index, part) in parts.enumerated() {
      items.append(Item(scalar: part, combiningClass: tables.classes[part], change: index == 0 ? 0 : 1))
    }
  }

  /// Puts marks in the order of their classes; equal ones stay as they are. Linear but for the sort of each run.
  static func order(_ items: inout [Item]) {
    var i = 0
    while i < items.count {
      guard items[i].combiningClass != 0 else {
        i += 1
        continue
      }
      var end = i
      var isOrdered = true
      while end < items.count, items[end].combiningClass != 0 {
        if end > i, items[end].combiningClass < items[end - 1].combiningClass { isOrdered = false }
        end += 1
      }
      if !isOrdered {
        let sorted = items[i..<end].enumerated().sorted {
          ($0.element.combiningClass, $0.offset) < ($1.element.combiningClass, $1.offset)
        }
        for (offset, pair) in sorted.enumerated() { items[i + offset] = pair.element }
      }
      i = end
    }
  }

  static func compose(_ items: inout [Item]) {
    var count = 0
    var starter: Int?
    var lastClass = 0
    for index in items.indices {
      let item = items[index]
      let current = Int(item.combiningClass)
      if let place = starter, place == count - 1 || lastClass < current,
        let joined = tables.join(items[place].scalar, item.scalar)
      {
        items[place].scalar = joined
        items[place].change += item.change - 1
        continue
      }
      if current == 0 { starter = count }
      lastClass = current
      items[count] = item
      count += 1
    }
    items.removeSubrange(count...)
  }
}

/// NFC, NFD, NFKC and NFKD.
struct UnicodeNormalizer: Normalizer {
  let form: Composition.Form

  func normalize(_ text: inout AlignedText) {
    guard let first = text.withBytes({ nextRun($0, from: 0) }) else { return }
    text.rewrite { bytes, rewriter in
      var kept = 0
      var items: [Composition.Item] = []
      var sources: [Range<Int>] = []
      var run: Range<Int>? = first
      while let found = run {
        var start = found.lowerBound
        // What is composed may join the character before the run.
        if form.composes, start > kept {
          start -= 1
          while start > kept, bytes[start] & 0xC0 == 0x80 { start -= 1 }
        }
        rewriter.keep(kept..<start)
        items.removeAll(keepingCapacity: true)
        sources.removeAll(keepingCapacity: true)
        var i = start
        while i < found.upperBound {
          let (scalar, length) = decodedScalar(bytes, i)
          Composition.decompose(scalar, form, into: &items)
          sources.append(i..<(i + length))
          i += length
        }
        Composition.order(&items)
        if form.composes { Composition.compose(&items) }
        Self.write(items, sources, &rewriter)
        kept = i
        run = nextRun(bytes, from: i)
      }
      rewriter.keep(kept..<bytes.count)
    }
  }

  /// Characters take the places of the given ones in order, as in the official library: marks that change their order
  /// do not take their places along.
  static func write(
    _ items: [Composition.Item], _ sources: [Range<Int>], _ rewriter: inout AlignedText.Rewriter
  ) {
    var next = 0
    for item in items {
      let place = min(max(0, item.change > 0 ? next - 1 : next), sources.count - 1)
      if item.change <= 0 { next += 1 - item.change }
      rewriter.write(scalar: item.scalar, for: sources[place])
    }
  }

  /// The next run of characters that may change, join or change places, in which one does; what lies between runs
  /// stays as it is and neither reaches into them nor they beyond it.
  private func nextRun(_ bytes: UnsafeBufferPointer<UInt8>, from: Int) -> Range<Int>? {
    let tables = Composition.tables
    let bit = form.bit
    var i = from
    while true {
      i = asciiEnd(bytes, from: i)
      guard i < bytes.count else { return nil }
      var (scalar, length) = decodedScalar(bytes, i)
      var changes = tables.changes[scalar] & bit != 0
      var combiningClass = tables.classes[scalar]
      guard changes || combiningClass != 0 else {
        i += length
        continue
      }
      let start = i
      while true {
        i += length
        guard i < bytes.count, bytes[i] >= 0x80 else { break }
        (scalar, length) = decodedScalar(bytes, i)
        let next = tables.classes[scalar]
        let nextChanges = tables.changes[scalar] & bit != 0
        guard nextChanges || next != 0 else { break }
        changes = changes || nextChanges || next < combiningClass && next != 0
        combiningClass = next
      }
      if changes { return start..<i }
    }
  }
}
