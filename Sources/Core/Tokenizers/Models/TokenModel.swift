import Synchronization

/// The stage that turns pieces of text into tokens. New kinds (WordPiece, Unigram …) add a file here and a line in
/// ``TokenizerJSONModel``.
protocol TokenModel: Sendable {
  var vocabulary: Vocabulary { get }
  /// Tokenizes the pieces of `text` in order, appending to `tokens`.
  func tokenize(_ text: borrowing PieceText, scratch: EncodeScratch, into tokens: inout TokenRun)
}

/// Tokens of a text under work, each with its range of bytes there.
struct TokenRun {
  var ids: [TokenID] = []
  var ranges: [Piece] = []

  @inline(__always)
  mutating func append(_ id: TokenID, _ start: Int, _ end: Int) {
    ids.append(id)
    ranges.append(Piece(start, end))
  }

  mutating func removeAll() {
    ids.removeAll(keepingCapacity: true)
    ranges.removeAll(keepingCapacity: true)
  }
}

/// Memory of one encoding at a time, kept from call to call: symbols being merged, and words seen before.
final class EncodeScratch {
  let symbols = SymbolList()
  let words = WordCache()
  var run = TokenRun()
}

/// Hands each running call a scratch of its own.
final class ScratchPool: Sendable {
  private let free = Mutex<[Box]>([])
  private struct Box: @unchecked Sendable { let scratch: EncodeScratch }

  func with<T>(_ body: (EncodeScratch) -> T) -> T {
    let box = free.withLock { $0.popLast() } ?? Box(scratch: EncodeScratch())
    defer { free.withLock { if $0.count < 16 { $0.append(box) } } }
    return body(box.scratch)
  }
}

/// The tokens of short words already seen: direct-mapped, so bounded, and exact, as the whole word is the key.
final class WordCache {
  static let longestWord = 15
  static let mostTokens = 6

  struct Slot {
    /// The word's bytes, its length in the last one; all zero: free.
    var low: UInt64 = 0
    var high: UInt64 = 0
    var count: UInt16 = 0
    /// Token ids and the ends of their bytes in the word.
    var ids: (TokenID, TokenID, TokenID, TokenID, TokenID, TokenID) = (0, 0, 0, 0, 0, 0)
    var ends: (UInt8, UInt8, UInt8, UInt8, UInt8, UInt8) = (0, 0, 0, 0, 0, 0)
  }

  private static let size = 1 << 14
  private let slots: UnsafeMutablePointer<Slot>

  init() {
    slots = .allocate(capacity: Self.size)
    slots.initialize(repeating: Slot(), count: Self.size)
  }

  deinit { slots.deallocate() }

  /// The slot where a word belongs, and its key. The word has 1 to `longestWord` bytes.
  @inline(__always)
  func slot(_ word: UnsafePointer<UInt8>, count: Int) -> (UnsafeMutablePointer<Slot>, low: UInt64, high: UInt64) {
    let low: UInt64
    var high = UInt64(count) << 56
    if count >= 8 {
      low = UnsafeRawPointer(word).loadUnaligned(as: UInt64.self)
      high |= ByteHash.tail(word + 8, count: count - 8)
    } else {
      low = ByteHash.tail(word, count: count)
    }
    let hash = ByteHash.mix(low ^ high &* 0x9E37_79B9_7F4A_7C15)
    return (slots + Int(truncatingIfNeeded: hash & UInt64(Self.size - 1)), low, high)
  }
}
