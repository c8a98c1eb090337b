/// Counts by pair of symbols: open addressing over flat memory.
struct PairTable: ~Copyable {
  struct Slot {
    var pair: UInt64
    var count: Int
  }

  static let empty = UInt64.max
  private(set) var slots: UnsafeMutablePointer<Slot>
  private var mask: Int
  private(set) var used = 0

  init(expecting pairs: Int) {
    var capacity = 1 << 12
    while capacity < pairs * 2 { capacity *= 2 }
    mask = capacity - 1
    slots = Self.allocate(capacity)
  }

  deinit { slots.deallocate() }

  private static func allocate(_ capacity: Int) -> UnsafeMutablePointer<Slot> {
    let slots = UnsafeMutablePointer<Slot>.allocate(capacity: capacity)
    slots.initialize(repeating: Slot(pair: empty, count: 0), count: capacity)
    return slots
  }

  @inline(__always)
  private static func hash(_ pair: UInt64) -> Int {
    let h = pair &* 0x9E37_79B9_7F4A_7C15
    return Int(truncatingIfNeeded: h ^ h >> 32)
  }

  /// Makes room, so that the next `pairs` new ones move no slot.
  mutating func reserve(_ pairs: Int) {
    guard (used + pairs) * 2 > mask else { return }
    let (old, oldCount) = (slots, mask + 1)
    var capacity = oldCount
    while (used + pairs) * 2 >= capacity { capacity *= 2 }
    mask = capacity - 1
    slots = Self.allocate(capacity)
    for i in 0..<oldCount where old[i].pair != Self.empty {
      var place = Self.hash(old[i].pair) & mask
      while slots[place].pair != Self.empty { place = (place &+ 1) & mask }
      slots[place] = old[i]
    }
    old.deallocate()
  }

  /// The place of a pair, which is added with the count 0 where it is new. Room must have been made.
  @inline(__always)
  mutating func place(of pair: UInt64) -> Int {
    var place = Self.hash(pair) & mask
    while true {
      let found = slots[place].pair
      if found == pair { return place }
      if found == Self.empty {
        slots[place] = Slot(pair: pair, count: 0)
        used &+= 1
        return place
      }
      place = (place &+ 1) & mask
    }
  }

  @inline(__always)
  func count(of pair: UInt64) -> Int {
    var place = Self.hash(pair) & mask
    while true {
      let found = slots[place].pair
      if found == pair { return slots[place].count }
      if found == Self.empty { return 0 }
      place = (place &+ 1) & mask
    }
  }
}
