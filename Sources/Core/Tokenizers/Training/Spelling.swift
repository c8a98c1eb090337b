/// The tokens of a vocabulary under training by id, as they are written, and ids by what is written.
///
/// Used by one thread; the queue of candidates reads it while merges are learned.
final class Spelling: @unchecked Sendable {
  private(set) var tokens: [[UInt8]]
  private var ids: [[UInt8]: Int32] = [:]
  /// Symbols of each token by id; 0: a special token, which no symbol is part of.
  private(set) var lengths: UnsafeMutablePointer<Int>
  private var capacity: Int
  /// By id, whether a piece of SentencePiece may hold it, and where; see ``PieceShape``.
  private var shapes: [PieceShape] = []

  var count: Int { tokens.count }

  init(_ tokens: [[UInt8]], unmergeable special: Int) {
    self.tokens = tokens
    capacity = max(1024, tokens.count * 2)
    lengths = .allocate(capacity: capacity)
    for (id, token) in tokens.enumerated() {
      if ids[token] == nil { ids[token] = Int32(id) }
      lengths[id] = id < special ? 0 : 1
    }
  }

  deinit { lengths.deallocate() }

  func id(of token: [UInt8]) -> Int32? { ids[token] }

  /// The token that two make together.
  func join(_ left: Int32, _ right: Int32, dropping prefix: [UInt8]) -> (token: Int32, isNew: Bool) {
    let second = tokens[Int(right)]
    let skips = !prefix.isEmpty && second.starts(with: prefix) ? prefix.count : 0
    let token = tokens[Int(left)] + second[skips...]
    if let known = ids[token] { return (known, false) }
    let id = Int32(tokens.count)
    if tokens.count == capacity {
      let larger = UnsafeMutablePointer<Int>.allocate(capacity: capacity * 2)
      larger.update(from: lengths, count: capacity)
      lengths.deallocate()
      lengths = larger
      capacity *= 2
    }
    lengths[Int(id)] = lengths[Int(left)] + lengths[Int(right)]
    tokens.append(token)
    ids[token] = id
    if !shapes.isEmpty { shapes.append(shapes[Int(left)].joined(shapes[Int(right)])) }
    return (id, true)
  }

  // MARK: - SentencePiece's rules

  /// Makes shapes known, for ``makesPiece(_:_:)``.
  func keepShapes(_ rules: PieceShape.Rules) { shapes = tokens.map { PieceShape($0, rules) } }

  func makesPiece(_ left: Int32, _ right: Int32) -> Bool {
    shapes[Int(left)].joined(shapes[Int(right)]).isAllowed
  }

  /// The shorter first, then the one spelled first; of two ways to the same piece that of the smaller ids.
  func comesBefore(_ a: UInt64, _ b: UInt64) -> Bool {
    let (a0, a1) = (Int(a >> 32), Int(a & 0xFFFF_FFFF))
    let (b0, b1) = (Int(b >> 32), Int(b & 0xFFFF_FFFF))
    let (aLength, bLength) = (lengths[a0] + lengths[a1], lengths[b0] + lengths[b1])
    if aLength != bLength { return aLength < bLength }
    let (first, second) = (tokens[a0] + tokens[a1], tokens[b0] + tokens[b1])
    return first == second ? a < b : first.lexicographicallyPrecedes(second)
  }
}
