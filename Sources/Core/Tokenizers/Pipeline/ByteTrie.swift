#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// Finds which of a set of byte strings begin at a place. Flat nodes; children as linked lists, but for the root.
struct ByteTrie: Sendable {
  private struct Node {
    var byte: UInt8
    var value: Int32 = -1
    var firstChild: Int32 = -1
    var sibling: Int32 = -1
  }

  private var nodes: [Node] = []
  /// The node of each first byte, or -1.
  private var roots = [Int32](repeating: -1, count: 256)

  /// The first byte of all keys, where they share one.
  private var onlyFirst: UInt8?

  var isEmpty: Bool { nodes.isEmpty }
  /// In bytes.
  private(set) var longestKey = 0

  @inline(__always)
  func mayBegin(with byte: UInt8) -> Bool { roots[Int(byte)] >= 0 }

  /// The next place from `i` on where a key may begin; the end where there is none.
  @inline(__always)
  func candidate(_ bytes: UnsafeBufferPointer<UInt8>, from i: Int) -> Int {
    var i = i
    guard let onlyFirst, let base = bytes.baseAddress else {
      while i < bytes.count, !mayBegin(with: bytes[i]) { i += 1 }
      return i
    }
    guard i < bytes.count, let found = memchr(base + i, Int32(onlyFirst), bytes.count - i) else { return bytes.count }
    return UnsafeRawPointer(found) - UnsafeRawPointer(base)
  }

  /// - Parameter key: not empty; of equal keys the last one's value counts.
  mutating func insert(_ key: [UInt8], value: Int) {
    guard let first = key.first else { return }
    longestKey = max(longestKey, key.count)
    var node = roots[Int(first)]
    if node < 0 {
      onlyFirst = nodes.isEmpty ? first : nil
      node = add(first)
      roots[Int(first)] = node
    }
    for byte in key.dropFirst() {
      var child = nodes[Int(node)].firstChild
      while child >= 0, nodes[Int(child)].byte != byte { child = nodes[Int(child)].sibling }
      if child < 0 {
        child = add(byte)
        nodes[Int(child)].sibling = nodes[Int(node)].firstChild
        nodes[Int(node)].firstChild = child
      }
      node = child
    }
    nodes[Int(node)].value = Int32(value)
  }

  private mutating func add(_ byte: UInt8) -> Int32 {
    nodes.append(Node(byte: byte))
    return Int32(nodes.count - 1)
  }

  func value(of key: [UInt8]) -> Int? {
    key.withUnsafeBufferPointer { bytes in
      longest(bytes, at: 0, end: bytes.count, accepts: { _ in true }).flatMap {
        $0.length == key.count ? $0.value : nil
      }
    }
  }

  /// The longest key at `at` that ends at or before `end` and whose value `accepts`.
  func longest(
    _ bytes: UnsafeBufferPointer<UInt8>, at: Int, end: Int, accepts: (Int) -> Bool
  ) -> (value: Int, length: Int)? {
    guard at < end else { return nil }
    var node = roots[Int(bytes[at])]
    var i = at + 1
    var found: (Int, Int)?
    while node >= 0 {
      let value = Int(nodes[Int(node)].value)
      if value >= 0, accepts(value) { found = (value, i - at) }
      guard i < end else { break }
      let byte = bytes[i]
      node = nodes[Int(node)].firstChild
      while node >= 0, nodes[Int(node)].byte != byte { node = nodes[Int(node)].sibling }
      i += 1
    }
    return found
  }
}
