import CKernels
import Synchronization

/// The stage that turns pieces of text into tokens. New kinds (WordPiece, Unigram …) add a file here and a line in
/// ``TokenizerJSONModel``.
protocol TokenModel: Sendable {
  var vocabulary: Vocabulary { get }
  /// Tokenizes the pieces of `text` in order, appending to `tokens`.
  func tokenize(_ text: borrowing PieceText, scratch: EncodeScratch, into tokens: inout TokenRun)
  /// What the vocabulary writes around the characters of a word that is not text; most write nothing.
  var marks: WordMarks { get }
  /// Whether there may be text without a token: ``TokenID/lacking`` is made of it, and encoding it fails.
  var mayLackTokens: Bool { get }
}

extension TokenModel {
  var mayLackTokens: Bool { false }
  var marks: WordMarks { WordMarks() }
}

/// A model that makes the same tokens of a piece wherever it stands, and no more of them than the piece has bytes: what it
/// has made of a piece once is kept.
protocol PieceModel: TokenModel {
  /// Whether that is so with this vocabulary.
  var keepsPieces: Bool { get }
  /// Appends the tokens of a piece that is not empty.
  func tokenize(_ piece: UnsafeBufferPointer<UInt8>, scratch: EncodeScratch, into output: TokenBuffer)
  /// Where the part of a piece from `start` on ends that can be tokenized by itself.
  func wordEnd(_ piece: UnsafeBufferPointer<UInt8>, from start: Int) -> Int
  /// The merges that short pieces are made of; nil: there are none. Valid as long as the model lives.
  var mergeView: gbx_merge_table? { get }
  /// Says that ``begin(_:_:)`` will be asked about a piece, so that memory can be asked for what that needs; in two steps,
  /// each of which is done for all pieces before the next one.
  func prepare(_ piece: UnsafeBufferPointer<UInt8>, step: Int)
  /// Lays out the symbols of a piece that is not empty, to be merged beside others.
  /// - Returns: false where ``tokenize(_:scratch:into:)`` has to be asked.
  func begin(_ piece: UnsafeBufferPointer<UInt8>, _ lane: UnsafeMutablePointer<gbx_merge_lane>) -> Bool
}

extension PieceModel {
  var mergeView: gbx_merge_table? { nil }
  func prepare(_ piece: UnsafeBufferPointer<UInt8>, step: Int) {}
  func begin(_ piece: UnsafeBufferPointer<UInt8>, _ lane: UnsafeMutablePointer<gbx_merge_lane>) -> Bool { false }
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
  private(set) lazy var words = WordCache()
  var run = TokenRun()
  private(set) lazy var pieces = PieceBatch(tables.pieces)
  /// Of parts of pieces.
  private(set) lazy var parts = PieceBatch(tables.parts)
  /// Short pieces that are merged beside each other.
  let lanes = UnsafeMutableRawPointer.allocate(
    byteCount: PieceBatch.size * MemoryLayout<gbx_merge_lane>.stride, alignment: 64
  ).bindMemory(to: gbx_merge_lane.self, capacity: PieceBatch.size)
  private let tables: PieceTables
  let output = TokenBuffer()
  let ends = UnsafeMutableBufferPointer<UInt32>.allocate(capacity: 1024)
  /// A piece as the model wants it.
  var bytes: [UInt8] = []
  /// How many bytes more than were given the stages may still make of the text; below zero: they have made too many.
  private(set) var room = Int.max
  var isOverfull: Bool { room < 0 }

  /// A text of so many bytes comes.
  func begin(_ count: Int) { room = TextGrowth.limit(count) }

  /// Takes note of what became of `count` bytes of the text.
  func note(_ text: borrowing AlignedText, of count: Int) {
    room = text.isOverfull ? -1 : room - max(0, text.count - count)
  }

  func noteOverfull() { room = -1 }

  init(_ tables: PieceTables) { self.tables = tables }

  deinit {
    ends.deallocate()
    lanes.deallocate()
  }
}

/// What all scratches of a tokenizer share: nothing is made before a piece is kept.
final class PieceTables: Sendable {
  let pieces = PieceTable()
  let parts = PieceTable(share: 2)
}

/// Hands each running call a scratch of its own.
final class ScratchPool: Sendable {
  private let free = Mutex<[Box]>([])
  private let tables = PieceTables()
  private struct Box: @unchecked Sendable { let scratch: EncodeScratch }

  func with<T>(_ body: (EncodeScratch) throws -> T) rethrows -> T {
    let box = free.withLock { $0.popLast() } ?? Box(scratch: EncodeScratch(tables))
    defer { free.withLock { if $0.count < 16 { $0.append(box) } } }
    return try body(box.scratch)
  }
}
