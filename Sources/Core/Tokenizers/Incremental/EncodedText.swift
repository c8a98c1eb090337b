/// A text with its tokens, in parts of a few kilobytes that copies share: to keep what a text was before an edit costs
/// little, whatever its length (see ``IncrementalEncoding``).
public struct EncodedText: Sendable {
  var chunks: [EncodedChunk] = []
  /// Bytes and tokens before each chunk, and at the end those of the text.
  private(set) var byteStarts = [0]
  private(set) var tokenStarts = [0]

  public init() {}

  /// A text whose tokens are known.
  /// - Parameters:
  ///   - bytes: UTF-8.
  ///   - encoding: the text's; offsets within `bytes`.
  public init(_ bytes: [UInt8], _ encoding: Encoding) {
    chunks = [EncodedChunk(bytes, encoding)]
    countStarts(from: 0)
  }

  public var byteCount: Int { byteStarts[chunks.count] }
  public var tokenCount: Int { tokenStarts[chunks.count] }

  /// Why a part of the text has no tokens; nil: it has all of them.
  public var failure: TokenizationError? {
    guard let place = chunks.firstIndex(where: { $0.failure != nil }) else { return nil }
    return chunks[place].failure?.moved(by: byteStarts[place])
  }

  /// Counts anew from a chunk on: those that follow are others.
  mutating func countStarts(from first: Int) {
    byteStarts.removeSubrange((first + 1)...)
    tokenStarts.removeSubrange((first + 1)...)
    var (bytes, tokens) = (byteStarts[first], tokenStarts[first])
    for chunk in chunks[first...] {
      bytes += chunk.bytes.count
      tokens += chunk.ids.count
      byteStarts.append(bytes)
      tokenStarts.append(tokens)
    }
  }

  /// The id of a token and its UTF-8 bytes in the text.
  /// - Parameter index: less than ``tokenCount``.
  public func token(at index: Int) -> (id: TokenID, range: Range<Int>) {
    let place = Self.place(of: index, in: tokenStarts)
    let chunk = chunks[place]
    let range = chunk.range(index - tokenStarts[place])
    let start = byteStarts[place]
    return (chunk.ids[index - tokenStarts[place]], (start + range.lowerBound)..<(start + range.upperBound))
  }

  /// Ids and byte ranges of some of the tokens, by index.
  public func encoding(of range: Range<Int>) -> Encoding {
    var encoding = Encoding()
    encoding.ids.reserveCapacity(range.count)
    encoding.offsets.reserveCapacity(range.count)
    var at = range.lowerBound
    var place = Self.place(of: at, in: tokenStarts)
    while at < range.upperBound {
      let from = at - tokenStarts[place]
      let to = min(range.upperBound - tokenStarts[place], chunks[place].ids.count)
      encoding.ids += chunks[place].ids[from..<to]
      for i in from..<to {
        let bytes = chunks[place].range(i)
        encoding.offsets.append((byteStarts[place] + bytes.lowerBound)..<(byteStarts[place] + bytes.upperBound))
      }
      at += to - from
      place += 1
    }
    return encoding
  }

  /// All tokens, as ``Tokenizer/encode(utf8:addSpecialTokens:parseSpecialTokens:)`` gives them without special tokens
  /// added.
  public var encoding: Encoding { encoding(of: 0..<tokenCount) }

  /// The first token that ends after a byte of the text; ``tokenCount`` where there is none.
  public func tokenIndex(atByte offset: Int) -> Int {
    guard offset < byteCount else { return tokenCount }
    let place = Self.place(of: max(0, offset), in: byteStarts)
    let local = UInt32(max(0, offset) - byteStarts[place])
    // Byte tokens of one character need not end in order.
    let ends = chunks[place].ends
    let first = ends.firstIndex { $0 > local } ?? ends.count
    return tokenStarts[place] + first
  }

  /// Bytes of the text.
  public func utf8(_ range: Range<Int>) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(range.count)
    var at = range.lowerBound
    var place = Self.place(of: at, in: byteStarts)
    while at < range.upperBound {
      let from = at - byteStarts[place]
      let to = min(range.upperBound - byteStarts[place], chunks[place].bytes.count)
      bytes += chunks[place].bytes[from..<to]
      at += to - from
      place += 1
    }
    return bytes
  }

  /// The chunk that an edit at a byte goes to: the one it is in, or at the end of the text the last one.
  func chunk(atByte offset: Int) -> Int {
    offset >= byteCount ? max(0, chunks.count - 1) : Self.place(of: offset, in: byteStarts)
  }

  /// The last index whose start is at or before `value`, where the next is after it.
  private static func place(of value: Int, in starts: [Int]) -> Int {
    var (low, high) = (0, starts.count)
    while low < high {
      let middle = (low + high) / 2
      if starts[middle] <= value { low = middle + 1 } else { high = middle }
    }
    return max(0, low - 1)
  }
}
