import CKernels

/// Memory of one encoding at a time, kept from call to call.
final class UnigramScratch {
  /// The best way to a place.
  struct Node {
    var sum = 0.0
    /// How far it is ahead of the next best.
    var others = Double.infinity
    /// Where its last token begins; -1: there is no way here yet.
    var start: Int32 = -1
    var id: TokenID = -1

    /// Of equal ways the first stays.
    @inline(__always)
    mutating func offer(_ sum: Double, _ id: TokenID, from: Int) {
      if start < 0 {
        self.sum = sum
      } else if sum > self.sum {
        others = sum - self.sum
        self.sum = sum
      } else {
        let gap = self.sum - sum
        if !(gap >= others) { others = gap }
        return
      }
      start = Int32(truncatingIfNeeded: from)
      self.id = id
    }
  }

  /// How many bytes ``shortTokens`` reach.
  static let shortText = Int(GBX_UNIGRAM_LONGEST)
  let shortTokens = UnsafeMutablePointer<gbx_unigram_token>.allocate(capacity: shortText)

  /// How many bytes of text are worked on at once, at first.
  static let window = 1 << 14
  /// The most where more of it can be worked on with less memory.
  static let mostWindow = 1 << 16

  @exclusivity(unchecked) private(set) var nodes: UnsafeMutablePointer<Node>
  @exclusivity(unchecked) private var capacity = 256
  @exclusivity(unchecked) var path: [Int32] = []
  @exclusivity(unchecked) var sum = 0.0
  @exclusivity(unchecked) var gap = Double.infinity
  @exclusivity(unchecked) var run = TokenRun()
  private(set) lazy var cache = UnigramCache()

  init() { nodes = .allocate(capacity: capacity) }

  deinit {
    nodes.deallocate()
    shortTokens.deallocate()
  }

  func reserve(_ needed: Int) {
    // What one enormous word needed is not kept for ever.
    guard needed > capacity || capacity > max(1 << 17, needed * 4) else { return }
    nodes.deallocate()
    capacity = max(256, needed)
    nodes = .allocate(capacity: capacity)
  }
}
