import Synchronization

/// The stage that turns pieces of text into tokens. New kinds (WordPiece, Unigram …) add a file here and a line in
/// ``TokenizerJSONModel``.
protocol TokenModel: Sendable {
  var vocabulary: Vocabulary { get }
  /// Tokenizes the pieces of `text` in order, appending to `tokens`.
  func tokenize(_ text: borrowing PieceText, scratch: EncodeScratch, into tokens: inout TokenRun)
  /// What the vocabulary writes around the characters of a word that is not text; most write nothing.
  var marks: WordMarks { get }
}

extension TokenModel {
  var marks: WordMarks { WordMarks() }
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

  mutating func removeLast(_ count: Int) {
    ids.removeLast(count)
    ranges.removeLast(count)
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
