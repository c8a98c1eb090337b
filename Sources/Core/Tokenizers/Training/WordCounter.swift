/// Counts how often each word occurs, words being byte strings. Flat memory.
struct WordCounter: Sendable {
  private(set) var arena: [UInt8] = []
  private(set) var words: [(start: Int, length: Int, count: Int)] = []
  private var slots = [Int32](repeating: -1, count: 1 << 12)
  private let seed = ByteHash.processSeed

  mutating func add(_ word: UnsafeBufferPointer<UInt8>, times: Int = 1) {
    guard let base = word.baseAddress else { return }
    if words.count * 2 >= slots.count { grow() }
    let mask = slots.count - 1
    var slot = Int(truncatingIfNeeded: ByteHash.hash(base, count: word.count, seed: seed)) & mask
    while slots[slot] >= 0 {
      let known = words[Int(slots[slot])]
      if known.length == word.count, arena[known.start..<(known.start + known.length)].elementsEqual(word) {
        words[Int(slots[slot])].count += times
        return
      }
      slot = (slot + 1) & mask
    }
    slots[slot] = Int32(words.count)
    words.append((arena.count, word.count, times))
    arena.append(contentsOf: word)
  }

  private mutating func grow() {
    slots = [Int32](repeating: -1, count: slots.count * 2)
    let mask = slots.count - 1
    for (index, word) in words.enumerated() {
      let hash = arena.withUnsafeBufferPointer {
        $0.baseAddress.map { ByteHash.hash($0 + word.start, count: word.length, seed: seed) } ?? 0
      }
      var slot = Int(truncatingIfNeeded: hash) & mask
      while slots[slot] >= 0 { slot = (slot + 1) & mask }
      slots[slot] = Int32(index)
    }
  }
}
