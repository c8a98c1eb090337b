/// SentencePiece's compiled rules of normalization: texts and what becomes of them. A double array (Darts-clone: label
/// in bits 0–7, leaf in 8, offset in 10–30 with its scale in 9) over the texts' bytes, whose values are places in a
/// blob of zero-terminated results.
final class Charsmap: @unchecked Sendable {
  private let units: UnsafeMutableBufferPointer<UInt32>
  private let results: UnsafeMutableBufferPointer<UInt8>
  /// One for each code point with whose bytes a rule begins, or which begins with a rule.
  private let starts: UnsafeMutablePointer<UInt64>
  /// Of the longest text that a rule may write, in bytes.
  let longestResult: Int
  /// Rules of real vocabularies write less (NFKC: 33 bytes).
  static let longResult = 256

  /// - Parameter blob: a 32-bit length of the double array in bytes, the array, the results.
  /// - Returns: nil for a blob that is no such thing. Rules that point outside it are as if they were not there.
  init?(_ blob: UnsafeRawBufferPointer) {
    guard blob.count > 4 else { return nil }
    let size = Int(UInt32(littleEndian: blob.loadUnaligned(as: UInt32.self)))
    guard size >= 4, size <= blob.count - 4 else { return nil }
    let rest = UnsafeRawBufferPointer(rebasing: blob[(4 + size)...])
    guard rest.withMemoryRebound(to: UInt8.self, { AlignedText.repairing($0).isUnchanged }) else { return nil }
    units = .allocate(capacity: size / 4)
    for i in units.indices {
      units.initializeElement(
        at: i, to: UInt32(littleEndian: blob.loadUnaligned(fromByteOffset: 4 + i * 4, as: UInt32.self)))
    }
    results = .allocate(capacity: rest.count)
    _ = results.initialize(from: rest)
    longestResult = rest.split(separator: 0).reduce(0) { max($0, $1.count) }
    starts = .allocate(capacity: 0x110000 / 64)
    starts.initialize(repeating: 0, count: 0x110000 / 64)
    markStarts()
  }

  deinit {
    starts.deallocate()
    units.deallocate()
    results.deallocate()
  }

  /// Whether a rule may apply to text that begins with a character.
  @inline(__always)
  func mayApply(to scalar: UInt32) -> Bool { starts[Int(scalar >> 6)] >> UInt64(scalar & 63) & 1 != 0 }

  @inline(__always)
  private static func offset(_ unit: UInt32) -> Int { Int((unit >> 10) << ((unit & (1 << 9)) >> 6)) }

  @inline(__always)
  private static func label(_ unit: UInt32) -> UInt32 { unit & (1 << 31 | 0xFF) }

  /// The node that a byte leads to.
  /// - Returns: where its children are looked for, and the rule that ends there, or -1; nil where there is no way.
  @inline(__always)
  private func step(_ node: Int, _ byte: UInt8) -> (node: Int, rule: Int)? {
    let at = node ^ Int(byte)
    guard byte != 0, at < units.count, Self.label(units[at]) == UInt32(byte) else { return nil }
    let next = at ^ Self.offset(units[at])
    guard units[at] >> 8 & 1 == 1 else { return (next, -1) }
    guard next < units.count else { return (next, -1) }
    return (next, Int(units[next] & 0x7FFF_FFFF))
  }

  @inline(__always)
  private var root: Int { Self.offset(units[0]) }

  /// The shortest or the longest rule whose text `bytes` begin with.
  /// - Returns: the length of its text and its result, valid as long as this object lives.
  func match(
    _ bytes: UnsafePointer<UInt8>, count: Int, longest: Bool
  ) -> (length: Int, result: UnsafeBufferPointer<UInt8>)? {
    var node = root
    var found: (length: Int, rule: Int)?
    var i = 0
    while i < count, let next = step(node, bytes[i]) {
      node = next.node
      i += 1
      guard next.rule >= 0 else { continue }
      found = (i, next.rule)
      if !longest { break }
    }
    guard let found, let result = result(found.rule) else { return nil }
    return (found.length, result)
  }

  /// Whether the only rules with these bytes (ASCII) in their texts are of one byte alone, which becomes a space.
  func leavesAlone(_ bytes: [UInt8]) -> Bool {
    let root = root
    for at in units.indices where bytes.contains(where: { UInt32($0) == Self.label(units[at]) }) {
      // A unit with such a label is where its byte leads to from a node.
      let byte = UInt8(truncatingIfNeeded: units[at])
      guard at ^ Int(byte) == root, let next = step(root, byte), next.rule >= 0,
        let result = result(next.rule), result.elementsEqual([0x20]),
        (UInt8(1)...0xFF).allSatisfy({ step(next.node, $0) == nil })
      else { return false }
    }
    return true
  }

  /// Whether text of ASCII alone that begins with a byte stays as it is there.
  func leavesAlone(asciiFrom byte: UInt8) -> Bool {
    guard let next = step(root, byte) else { return true }
    return next.rule < 0 && (UInt8(1)..<0x80).allSatisfy { step(next.node, $0) == nil }
  }

  /// Whether a result holds a text.
  func makes(_ text: [UInt8]) -> Bool {
    guard let first = text.first, results.count >= text.count else { return false }
    return results.indices.dropLast(text.count - 1).contains {
      results[$0] == first && results[$0...].starts(with: text)
    }
  }

  private func result(_ place: Int) -> UnsafeBufferPointer<UInt8>? {
    guard place < results.count, results[place] & 0xC0 != 0x80 else {
      return place == results.count ? UnsafeBufferPointer(start: nil, count: 0) : nil
    }
    var end = place
    while end < results.count, results[end] != 0 { end += 1 }
    return UnsafeBufferPointer(rebasing: results[place..<end])
  }

  /// Walks the bytes of one character deep.
  private func markStarts() {
    func visit(_ node: Int, _ scalar: UInt32, _ missing: Int) {
      if missing == 0 {
        guard scalar < 0x110000 else { return }
        starts[Int(scalar >> 6)] |= 1 << UInt64(scalar & 63)
        return
      }
      for byte in UInt8(0x80)...0xBF {
        guard let next = step(node, byte) else { continue }
        let more = scalar << 6 | UInt32(byte & 0x3F)
        if next.rule >= 0, missing > 1 {
          markAll(more << UInt32(6 * (missing - 1)), 1 << (6 * (missing - 1)))
        } else {
          visit(next.node, more, missing - 1)
        }
      }
    }
    for byte in UInt8(1)...0xF4 {
      guard let next = step(root, byte) else { continue }
      let missing = utf8Length(byte) - 1
      let scalar = missing == 0 ? UInt32(byte) : UInt32(byte & (0x3F >> UInt8(missing)))
      if next.rule >= 0, missing > 0 {
        markAll(scalar << UInt32(6 * missing), 1 << (6 * missing))
      } else if byte < 0x80 || byte >= 0xC2 {
        visit(next.node, scalar, missing)
      }
    }
  }

  private func markAll(_ first: UInt32, _ count: UInt32) {
    for scalar in first..<max(first, min(0x110000, first + count)) {
      starts[Int(scalar >> 6)] |= 1 << UInt64(scalar & 63)
    }
  }
}
