/// The tokens of a vocabulary as a trie of bytes: one hash table of edges, so that a step is one look-up and building
/// takes time in proportion to the bytes of all tokens. Immutable.
final class TokenTrie: @unchecked Sendable {
  /// Bytes that all tokens may have together: nodes are numbered with 28 bits.
  static let maximumBytes = 1 << 28 - 1

  /// Parent node (28 bits), byte (8), child (28); 0: free. Node 0 is the root and nobody's child.
  private let edges: UnsafeMutablePointer<UInt64>
  private let mask: Int
  private let shift: UInt64
  /// Children of the root, by byte.
  private let roots: UnsafeMutablePointer<UInt32>
  /// The token that ends at a node, or -1.
  private let ids: UnsafeMutablePointer<TokenID>

  /// - Parameters:
  ///   - vocabulary: of at most ``maximumBytes`` bytes.
  ///   - prefix: only tokens that begin with it, which is left out; a token that is nothing else is not taken.
  init(_ vocabulary: Vocabulary, prefix: [UInt8] = []) {
    let count = prefix.count
    func rest(_ id: Int) -> UnsafeBufferPointer<UInt8>? {
      guard let bytes = vocabulary.bytes(TokenID(id)), bytes.count > count, bytes.starts(with: prefix),
        // Of equal tokens one is found.
        vocabulary.id(bytes) == id
      else { return nil }
      return UnsafeBufferPointer(rebasing: bytes[count...])
    }
    var bytes = 1
    for id in 0..<vocabulary.count { bytes += rest(id)?.count ?? 0 }
    var bits: UInt64 = 4
    while 1 << bits < bytes * 2 { bits += 1 }
    mask = 1 << Int(bits) - 1
    shift = 64 - bits
    edges = .allocate(capacity: mask + 1)
    edges.initialize(repeating: 0, count: mask + 1)
    roots = .allocate(capacity: 256)
    roots.initialize(repeating: 0, count: 256)
    ids = .allocate(capacity: bytes)
    ids.initialize(repeating: -1, count: bytes)
    var nodes: UInt32 = 1
    for id in 0..<vocabulary.count {
      guard let token = rest(id) else { continue }
      if roots[Int(token[0])] == 0 {
        roots[Int(token[0])] = nodes
        nodes += 1
      }
      var node = roots[Int(token[0])]
      for byte in token.dropFirst() {
        let key = Self.key(node, byte)
        var at = place(key)
        while edges[at] != 0, edges[at] >> 28 != key { at = (at + 1) & mask }
        if edges[at] == 0 {
          edges[at] = key << 28 | UInt64(nodes)
          nodes += 1
        }
        node = Self.child(edges[at])
      }
      ids[Int(node)] = TokenID(id)
    }
  }

  deinit {
    edges.deallocate()
    roots.deallocate()
    ids.deallocate()
  }

  @inline(__always)
  private static func key(_ node: UInt32, _ byte: UInt8) -> UInt64 { UInt64(node) << 8 | UInt64(byte) }

  @inline(__always)
  private static func child(_ edge: UInt64) -> UInt32 { UInt32(truncatingIfNeeded: edge & (1 << 28 - 1)) }

  @inline(__always)
  private func place(_ key: UInt64) -> Int {
    Int(truncatingIfNeeded: (key &* 0x9E37_79B9_7F4A_7C15) >> shift)
  }

  /// The longest token that `bytes` begin with, and its length; -1 where there is none.
  @inline(__always)
  func longest(_ bytes: UnsafePointer<UInt8>, count: Int) -> (id: TokenID, length: Int) {
    var node = roots[Int(bytes[0])]
    var found: (id: TokenID, length: Int) = (-1, 0)
    var i = 1
    while node != 0 {
      let id = ids[Int(node)]
      if id >= 0 { found = (id, i) }
      guard i < count else { break }
      let key = Self.key(node, bytes[i])
      var at = place(key)
      while edges[at] != 0, edges[at] >> 28 != key { at = (at &+ 1) & mask }
      node = Self.child(edges[at])
      i += 1
    }
    return found
  }
}
