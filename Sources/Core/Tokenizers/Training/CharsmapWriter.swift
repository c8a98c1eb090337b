/// Writes SentencePiece's compiled rules of normalization, as ``Charsmap`` reads them: a 32-bit length, a double array
/// (Darts-clone) over the rules' texts, and what becomes of them, each with a zero behind.
struct CharsmapWriter {
  private final class Node {
    var children: [UInt8: Node] = [:]
    /// Where the result is.
    var value: UInt32?
  }

  let bytes: [UInt8]

  /// - Parameter rules: texts, none of them empty or with a zero in it, and their results. Of equal texts the last counts.
  init(_ rules: [(text: [UInt8], result: [UInt8])]) {
    let root = Node()
    var results: [UInt8] = []
    var places: [[UInt8]: UInt32] = [:]
    for (text, result) in rules {
      if places[result] == nil {
        places[result] = UInt32(results.count)
        results += result + [0]
      }
      var node = root
      for byte in text {
        let next = node.children[byte] ?? Node()
        node.children[byte] = next
        node = next
      }
      node.value = places[result]
    }
    var array = DoubleArray()
    array.place(root, at: 0)
    bytes = Self.littleEndian(UInt32(array.units.count * 4)) + array.units.flatMap(Self.littleEndian) + results
  }

  private static func littleEndian(_ value: UInt32) -> [UInt8] {
    (0..<4).map { UInt8(truncatingIfNeeded: value >> ($0 * 8)) }
  }

  private struct DoubleArray {
    /// Whole blocks of 256, so that no step leaves it.
    var units = [UInt32](repeating: 0, count: 256)
    private var isTaken: Set<Int> = [0]
    private var bases: Set<Int> = []
    private var firstFree = 1

    /// Lays out what is below the node whose unit is at `index`.
    mutating func place(_ node: Node, at index: Int) {
      let labels = node.children.keys.sorted()
      let all = (node.value == nil ? [] : [0]) + labels.map { Int($0) }
      guard let lowest = all.first else { return }
      // A base of its own for each node: two with one would have each other's children.
      var base = firstFree ^ lowest
      while bases.contains(base) || all.contains(where: { isTaken.contains(base ^ $0) }) { base += 1 }
      bases.insert(base)
      for label in all { isTaken.insert(base ^ label) }
      while isTaken.contains(firstFree) { firstFree += 1 }
      while units.count <= base | 0xFF { units += [UInt32](repeating: 0, count: 256) }
      units[index] |= UInt32(base ^ index) << 10 | (node.value == nil ? 0 : 1 << 8)
      for label in labels { units[base ^ Int(label)] = UInt32(label) }
      if let value = node.value { units[base] = value | 1 << 31 }
      for label in labels {
        if let child = node.children[label] { place(child, at: base ^ Int(label)) }
      }
    }
  }
}
