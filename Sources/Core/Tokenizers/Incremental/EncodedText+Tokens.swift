extension EncodedText {
  /// Ids of the tokens, in order.
  public var ids: IDs { IDs(text: self) }
  /// Byte ranges of the tokens, in order; some are empty, and those of a character's parts may be the character's.
  public var ranges: Ranges { Ranges(text: self) }

  public struct IDs: RandomAccessCollection, Sendable {
    fileprivate let text: EncodedText

    public var startIndex: Int { 0 }
    public var endIndex: Int { text.tokenCount }
    public subscript(index: Int) -> TokenID { text.token(at: index).id }
  }

  public struct Ranges: RandomAccessCollection, Sendable {
    fileprivate let text: EncodedText

    public var startIndex: Int { 0 }
    public var endIndex: Int { text.tokenCount }
    public subscript(index: Int) -> Range<Int> { text.token(at: index).range }
  }

  /// How often an id occurs.
  public func occurrences(of id: TokenID) -> Int {
    chunks.reduce(0) { count, chunk in
      chunk.ids.withUnsafeBufferPointer { ids in
        var n = count
        for other in ids where other == id { n &+= 1 }
        return n
      }
    }
  }
}
