/// Canonical decomposition and composition of Unicode text (UAX #15).
enum Composition {
  /// Combining class of each code point; bit 7 of ``flags`` says which ones need a look at all.
  struct Tables: Sendable {
    fileprivate var decompositions: [UInt32: (UInt32, UInt32)] = [:]
    fileprivate var compositions: [UInt64: UInt32] = [:]
    fileprivate var classes: [UInt32: UInt8] = [:]
    /// Bit i: code point i decomposes, combines with what is before it, or has a combining class.
    fileprivate var isInvolved = [UInt64](repeating: 0, count: 0x110000 / 64)
    fileprivate var composesWithPrevious: Set<UInt32> = []

    @inline(__always)
    fileprivate func involves(_ scalar: UInt32) -> Bool { isInvolved[Int(scalar >> 6)] >> UInt64(scalar & 63) & 1 != 0 }

    fileprivate mutating func mark(_ scalar: UInt32) { isInvolved[Int(scalar >> 6)] |= 1 << UInt64(scalar & 63) }
  }

  static let tables: Tables = {
    var tables = Tables()
    var reader = Base36Reader(CompositionTables.decompositions)
    var at = 0
    while let gap = reader.number() {
      let scalar = UInt32(at + gap)
      at = Int(scalar) + 1
      let kind = reader.separator()
      let first = UInt32(reader.number() ?? 0)
      let second = reader.take(UInt8(ascii: ".")) ? UInt32(reader.number() ?? 0) : 0
      tables.decompositions[scalar] = (first, second)
      tables.mark(scalar)
      if kind == UInt8(ascii: "+") {
        tables.compositions[UInt64(first) << 32 | UInt64(second)] = scalar
        tables.mark(second)
        tables.composesWithPrevious.insert(second)
      }
    }
    var ranges = RangeReader(CompositionTables.combiningClasses)
    while let range = ranges.next() {
      guard ranges.numbers.take(UInt8(ascii: ":")), let value = ranges.numbers.number() else { break }
      for scalar in range {
        tables.classes[UInt32(scalar)] = UInt8(value)
        tables.mark(UInt32(scalar))
      }
    }
    // Vowels and final consonants of Hangul join the syllable before them.
    for scalar in UInt32(0x1161)...0x1175 { tables.mark(scalar) }
    for scalar in UInt32(0x11A8)...0x11C2 { tables.mark(scalar) }
    return tables
  }()

  /// A character on the way.
  struct Item {
    var scalar: UInt32
    var combiningClass: UInt8
    /// How many characters more than given it makes: 0 for one in the place of one, 1 for a further part of one taken
    /// apart, less than 0 for one put together from several. Offsets are counted from it.
    var change: Int
  }

  static func decompose(_ scalar: UInt32, isFirst: Bool = true, into items: inout [Item]) {
    let change = isFirst ? 0 : 1
    if scalar >= 0xAC00, scalar < 0xAC00 + 11_172 {
      let index = scalar - 0xAC00
      items.append(Item(scalar: 0x1100 + index / 588, combiningClass: 0, change: change))
      items.append(Item(scalar: 0x1161 + index % 588 / 28, combiningClass: 0, change: 1))
      if index % 28 != 0 { items.append(Item(scalar: 0x11A7 + index % 28, combiningClass: 0, change: 1)) }
      return
    }
    if let (first, second) = tables.decompositions[scalar] {
      decompose(first, isFirst: isFirst, into: &items)
      if second != 0 { decompose(second, isFirst: false, into: &items) }
      return
    }
    items.append(Item(scalar: scalar, combiningClass: tables.classes[scalar] ?? 0, change: change))
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
      while end < items.count, items[end].combiningClass != 0 { end += 1 }
      if end - i > 1 {
        let sorted = items[i..<end].enumerated().sorted {
          ($0.element.combiningClass, $0.offset) < ($1.element.combiningClass, $1.offset)
        }
        for (offset, pair) in sorted.enumerated() { items[i + offset] = pair.element }
      }
      i = end
    }
  }

  static func compose(_ items: inout [Item]) {
    var result: [Item] = []
    result.reserveCapacity(items.count)
    var starter: Int?
    var lastClass = 0
    for item in items {
      let current = Int(item.combiningClass)
      if let place = starter, place == result.count - 1 || lastClass < current,
        let joined = join(result[place].scalar, item.scalar)
      {
        result[place].scalar = joined
        result[place].change += item.change - 1
        continue
      }
      if current == 0 { starter = result.count }
      lastClass = current
      result.append(item)
    }
    items = result
  }

  private static func join(_ first: UInt32, _ second: UInt32) -> UInt32? {
    if first >= 0x1100, first < 0x1113, second >= 0x1161, second < 0x1176 {
      return 0xAC00 + (first - 0x1100) * 588 + (second - 0x1161) * 28
    }
    if first >= 0xAC00, first < 0xAC00 + 11_172, (first - 0xAC00) % 28 == 0, second > 0x11A7, second < 0x11C3 {
      return first + second - 0x11A7
    }
    return tables.compositions[UInt64(first) << 32 | UInt64(second)]
  }

  /// Whether text before this character cannot be changed by it, and it not by what is before.
  @inline(__always)
  static func isBoundary(_ scalar: UInt32) -> Bool {
    !tables.involves(scalar)
      || (tables.classes[scalar] ?? 0) == 0 && !tables.composesWithPrevious.contains(scalar)
        && !(scalar >= 0x1161 && scalar < 0x11C3) && !startsWithMark(scalar)
  }

  private static func startsWithMark(_ scalar: UInt32) -> Bool {
    guard let (first, _) = tables.decompositions[scalar] else { return false }
    return !isBoundary(first)
  }

  @inline(__always)
  static func isInvolved(_ scalar: UInt32) -> Bool { tables.involves(scalar) }
}

/// NFC and NFD.
struct CanonicalNormalizer: Normalizer {
  let composes: Bool

  func normalize(_ text: inout AlignedText) {
    guard text.withBytes({ needsWork($0) }) else { return }
    text.rewrite { bytes, rewriter in
      var i = 0
      var kept = 0
      // Where the last character began that nothing after it can reach behind.
      var boundary = 0
      while i < bytes.count {
        let (scalar, length) = decoded(bytes, i)
        if Composition.isBoundary(scalar) { boundary = i }
        guard mayChange(scalar) else {
          i += length
          continue
        }
        rewriter.keep(kept..<boundary)
        var items: [Composition.Item] = []
        var sources: [Range<Int>] = []
        var j = boundary
        while j < bytes.count {
          let (next, nextLength) = decoded(bytes, j)
          if j > i, Composition.isBoundary(next) { break }
          Composition.decompose(next, into: &items)
          sources.append(j..<(j + nextLength))
          j += nextLength
        }
        Composition.order(&items)
        if composes { Composition.compose(&items) }
        write(items, bytes, sources, &rewriter)
        i = j
        kept = j
        boundary = j
      }
      rewriter.keep(kept..<bytes.count)
    }
  }

  /// Characters take the places of the given ones in order, as in the official library: marks that change their order
  /// do not take their places along.
  private func write(
    _ items: [Composition.Item], _ bytes: UnsafeBufferPointer<UInt8>, _ sources: [Range<Int>],
    _ rewriter: inout AlignedText.Rewriter
  ) {
    var next = 0
    for item in items {
      guard let scalar = Unicode.Scalar(item.scalar), let encoded = UTF8.encode(scalar) else { continue }
      let place = min(max(0, item.change > 0 ? next - 1 : next), sources.count - 1)
      if item.change <= 0 { next += 1 - item.change }
      if encoded.elementsEqual(bytes[sources[place]]) {
        rewriter.keep(sources[place])
      } else {
        rewriter.write(Array(encoded), for: sources[place])
      }
    }
  }

  /// Hangul syllables only change when they are taken apart, or when a final consonant follows.
  @inline(__always)
  private func mayChange(_ scalar: UInt32) -> Bool {
    Composition.isInvolved(scalar) || (!composes && scalar >= 0xAC00 && scalar < 0xAC00 + 11_172)
  }

  private func needsWork(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
    var i = 0
    while i < bytes.count {
      if bytes[i] < 0xC3 {
        i += utf8Length(bytes[i])
        continue
      }
      let (scalar, length) = decoded(bytes, i)
      // A composed letter stays as it is under NFC unless something follows that reorders with it.
      if mayChange(scalar), !composes || scalar >= 0x300 { return true }
      i += length
    }
    return false
  }

  @inline(__always)
  private func decoded(_ bytes: UnsafeBufferPointer<UInt8>, _ i: Int) -> (UInt32, Int) {
    let lead = UInt32(bytes[i])
    if lead < 0x80 { return (lead, 1) }
    if lead < 0xE0 { return ((lead & 0x1F) << 6 | UInt32(bytes[i + 1]) & 0x3F, 2) }
    if lead < 0xF0 {
      return ((lead & 0xF) << 12 | (UInt32(bytes[i + 1]) & 0x3F) << 6 | UInt32(bytes[i + 2]) & 0x3F, 3)
    }
    let high = (lead & 7) << 18 | (UInt32(bytes[i + 1]) & 0x3F) << 12
    return (high | (UInt32(bytes[i + 2]) & 0x3F) << 6 | UInt32(bytes[i + 3]) & 0x3F, 4)
  }
}
