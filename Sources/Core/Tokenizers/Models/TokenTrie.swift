/// The tokens of a vocabulary as a trie of bytes in a double array (Aoe 1989), with the label of an edge as its
/// check, as in Darts-clone: a step is one load of eight bytes, which also says which token ends there. Immutable, in
/// one flat block of memory, which can be written to a file and mapped back.
///
/// Layout: ``Header``, then at 64 bytes the units.
package final class TokenTrie: @unchecked Sendable {
  /// Bytes that all tokens may have together: places are numbered with 28 bits.
  static let maximumBytes = 1 << 26

  private struct Header {
    /// Where the root's children are.
    var root: UInt64
    var count: UInt64
  }

  /// From the lowest bit: the byte that leads here (8), where the children are (28), the token plus one (23); the
  /// highest: in use. The child by byte b of a node with children at c is at c ^ b. The first 256 are never used, so
  /// that nodes without children have them there.
  let units: UnsafeMutablePointer<UInt64>
  /// Where the root's children are.
  let root: UInt64
  /// The block that all of it lies in.
  let memory: TableMemory

  /// - Parameters:
  ///   - vocabulary: of at most ``maximumBytes`` bytes.
  ///   - prefix: only tokens that begin with it, which is left out; a token that is nothing else is not taken.
  init(_ vocabulary: Vocabulary, prefix: [UInt8] = []) {
    var keys: [TokenTrieBuilder.Key] = []
    keys.reserveCapacity(vocabulary.count)
    for id in 0..<vocabulary.count {
      // Of equal tokens one is found.
      guard let bytes = vocabulary.bytes(TokenID(id)), bytes.count > prefix.count, bytes.starts(with: prefix),
        vocabulary.id(bytes) == id, let base = bytes.baseAddress
      else { continue }
      keys.append(
        TokenTrieBuilder.Key(bytes: base + prefix.count, count: bytes.count - prefix.count, id: TokenID(id)))
    }
    var builder = TokenTrieBuilder()
    root = UInt64(builder.build(&keys))
    memory = TableMemory(count: TableMemory.alignment + builder.units.count * MemoryLayout<UInt64>.stride)
    memory.base.storeBytes(of: Header(root: root, count: UInt64(builder.units.count)), as: Header.self)
    units = (memory.base + TableMemory.alignment).assumingMemoryBound(to: UInt64.self)
    units.update(from: builder.units, count: builder.units.count)
  }

  /// A trie over a block that another process may have written.
  /// - Parameter tokens: how many there are.
  /// - Returns: nil where the block is not a trie: no walk reads outside of one that is taken, nor finds a token that does
  ///   not exist.
  init?(memory: TableMemory, tokens: Int) {
    guard memory.count >= TableMemory.alignment else { return nil }
    let header = memory.base.load(as: Header.self)
    let room = (memory.count - TableMemory.alignment) / MemoryLayout<UInt64>.stride
    guard header.count <= UInt64(room), header.count >= 256, header.root | 0xFF < header.count else { return nil }
    self.memory = memory
    root = header.root
    units = (memory.base + TableMemory.alignment).assumingMemoryBound(to: UInt64.self)
    for unit in UnsafeBufferPointer(start: units, count: Int(header.count)) {
      guard Self.children(unit) | 0xFF < header.count, Self.token(unit) <= UInt64(tokens) else { return nil }
    }
  }

  @inline(__always)
  private static func children(_ unit: UInt64) -> UInt64 { unit >> 8 & (1 << 28 - 1) }

  @inline(__always)
  private static func token(_ unit: UInt64) -> UInt64 { unit >> 36 & (1 << 23 - 1) }

  /// A place in the trie: its unit.
  typealias Node = UInt64
  /// The place to begin at.
  var start: Node { root << 8 }

  /// Goes on by a byte.
  /// - Returns: false where no token goes on so.
  @inline(__always)
  func step(_ node: inout Node, _ byte: UInt8) -> Bool {
    let unit = units[Int(truncatingIfNeeded: Self.children(node) ^ UInt64(byte))]
    guard unit & TokenTrieBuilder.checkMask == TokenTrieBuilder.inUse | UInt64(byte) else { return false }
    node = unit
    return true
  }

  /// The token that ends at a node, or -1.
  @inline(__always)
  func token(at node: Node) -> TokenID { TokenID(truncatingIfNeeded: Self.token(node)) &- 1 }

  /// The longest token that `bytes` begin with, and its length; -1 where there is none.
  @inline(__always)
  func longest(_ bytes: UnsafePointer<UInt8>, count: Int) -> (id: TokenID, length: Int) {
    var node = start
    var found: (id: TokenID, length: Int) = (-1, 0)
    var i = 0
    while i < count, step(&node, bytes[i]) {
      i &+= 1
      let token = token(at: node)
      if token >= 0 { found = (token, i) }
    }
    return found
  }
}

/// Lays out a ``TokenTrie``. Time and memory grow with the bytes of the keys, whatever they are: the search for room
/// looks at a few blocks only.
struct TokenTrieBuilder {
  struct Key {
    /// Valid while the trie is built.
    var bytes: UnsafePointer<UInt8>
    /// At least 1.
    var count: Int
    var id: TokenID
  }

  static let inUse: UInt64 = 1 << 63
  static let checkMask: UInt64 = inUse | 0xFF
  /// How many blocks of 256 are looked at for room.
  private static let openBlocks = 8

  private(set) var units = [UInt64](repeating: 0, count: 256)
  /// Places of children that a node has already.
  private var isTaken = [Bool](repeating: false, count: 256)
  /// Blocks that may have room, the fullest first.
  private var open: [Int] = []
  private var free: [Int: Int] = [:]

  /// - Returns: where the root's children are.
  mutating func build(_ keys: inout [Key]) -> Int {
    keys.sort { a, b in
      let count = min(a.count, b.count)
      for i in 0..<count where a.bytes[i] != b.bytes[i] { return a.bytes[i] < b.bytes[i] }
      return a.count < b.count
    }
    /// Nodes whose children have no place yet: a range of keys that share `depth` bytes, and the node's unit, or -1.
    var pending: [(range: Range<Int>, depth: Int, unit: Int)] = [(0..<keys.count, 0, -1)]
    var root = 0
    var labels: [UInt8] = []
    while let (range, depth, unit) = pending.popLast() {
      var range = range
      // The shortest key comes first: it ends at this node.
      if unit >= 0, keys[range.lowerBound].count == depth {
        units[unit] |= UInt64(keys[range.lowerBound].id + 1) << 36
        range = (range.lowerBound + 1)..<range.upperBound
      }
      guard !range.isEmpty else { continue }
      labels.removeAll(keepingCapacity: true)
      for index in range where keys[index].bytes[depth] != labels.last { labels.append(keys[index].bytes[depth]) }
      let children = place(labels)
      if unit >= 0 { units[unit] |= UInt64(children) << 8 } else { root = children }
      var start = range.lowerBound
      for label in labels {
        var end = start
        while end < range.upperBound, keys[end].bytes[depth] == label { end += 1 }
        pending.append((start..<end, depth + 1, children ^ Int(label)))
        start = end
      }
    }
    return root
  }

  /// Finds room for children with these labels, and takes it.
  private mutating func place(_ labels: [UInt8]) -> Int {
    for block in open where free[block, default: 0] >= labels.count {
      for slot in block..<(block + 256) where units[slot] == 0 {
        let children = slot ^ Int(labels[0])
        guard !isTaken[children], labels.allSatisfy({ units[children ^ Int($0)] == 0 }) else { continue }
        take(children, labels, block)
        return children
      }
    }
    let block = units.count
    units += repeatElement(0, count: 256)
    isTaken += repeatElement(false, count: 256)
    if open.count >= Self.openBlocks { free[open.removeFirst()] = nil }
    open.append(block)
    free[block] = 256
    take(block, labels, block)
    return block
  }

  private mutating func take(_ children: Int, _ labels: [UInt8], _ block: Int) {
    isTaken[children] = true
    for label in labels { units[children ^ Int(label)] = Self.inUse | UInt64(label) }
    free[block, default: 0] -= labels.count
    if free[block] == 0 {
      open.removeAll { $0 == block }
      free[block] = nil
    }
  }
}
