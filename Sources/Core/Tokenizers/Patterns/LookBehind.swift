/// Text read from its end, and patterns that match backwards there, for look-behind of more than one character.
final class LookBehind {
  // Kept from call to call.
  private var current: [Int] = []
  private var seen: [Bool] = []
  private var sets: [(set: Int, next: Int)] = []

  /// Whether a mirrored program matches backwards from a place.
  func matches(_ program: PatternProgram, _ text: UnsafeBufferPointer<UInt8>, endingAt end: Int) -> Bool {
    guard let base = text.baseAddress else { return false }
    current.removeAll(keepingCapacity: true)
    current.append(program.start)
    var at = end
    while !current.isEmpty {
      seen.removeAll(keepingCapacity: true)
      seen.append(contentsOf: repeatElement(false, count: program.steps.count))
      sets.removeAll(keepingCapacity: true)
      while let step = current.popLast() {
        guard !seen[step] else { continue }
        seen[step] = true
        switch program.steps[step] {
        case .match: return true
        case .set(let set, let next): sets.append((set, next))
        case .fork(let first, let second):
          current.append(first)
          current.append(second)
        case .behind(let condition, let isNegated, let next):
          let holds =
            at == 0 || program.conditions[condition] == .lineStart && at < text.count && text[at - 1] == 0x0A
          if holds != isNegated { current.append(next) }
        // A mirrored pattern has none of these.
        case .cut, .ahead, .textEnd: break
        }
      }
      guard at > 0 else { break }
      let start = Self.before(base, at)
      let scalar = UInt32(Self.scalar(base, start, at))
      for (set, next) in sets where program.sets[set].contains(scalar) { current.append(next) }
      at = start
    }
    return false
  }

  /// Where the character that ends before `at` begins.
  @inline(__always)
  static func before(_ base: UnsafePointer<UInt8>, _ at: Int) -> Int {
    var at = at - 1
    while at > 0, base[at] & 0xC0 == 0x80 { at -= 1 }
    return at
  }

  /// A character by its bytes; U+FFFD for what is none.
  @inline(__always)
  static func scalar(_ base: UnsafePointer<UInt8>, _ start: Int, _ end: Int) -> Int {
    let lead = Int(base[start])
    switch end - start {
    case 1 where lead < 0x80: return lead
    case 2 where lead >= 0xC2 && lead < 0xE0: return (lead & 0x1F) << 6 | Int(base[start + 1]) & 0x3F
    case 3 where lead >= 0xE0 && lead < 0xF0:
      return (lead & 0xF) << 12 | (Int(base[start + 1]) & 0x3F) << 6 | Int(base[start + 2]) & 0x3F
    case 4 where lead >= 0xF0 && lead < 0xF4:
      let high = (lead & 7) << 18 | (Int(base[start + 1]) & 0x3F) << 12
      return high | (Int(base[start + 2]) & 0x3F) << 6 | Int(base[start + 3]) & 0x3F
    case 4 where lead == 0xF4 && base[start + 1] < 0x90:
      return 0x100000 | (Int(base[start + 1]) & 0x3F) << 12 | (Int(base[start + 2]) & 0x3F) << 6
        | Int(base[start + 3]) & 0x3F
    default: return 0xFFFD
    }
  }
}
