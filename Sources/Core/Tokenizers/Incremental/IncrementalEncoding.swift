/// A text under edit with its tokens. An edit encodes anew only the part of the text around it, and its tokens are
/// always those of the whole text.
///
/// The text is kept as chunks of a few kilobytes between places where it may be cut without changing any token (see
/// ``SafeBorders``): before a space after a word, and after a line end between words. An edit takes the chunks that it
/// touches, cuts their new text again and encodes it; other chunks keep their bytes and tokens, and offsets count from
/// a chunk's start, so nothing moves. Where a tokenizer has no such places (``isIncremental`` is false: charsmaps with
/// rules for spaces, split patterns not known by heart), each edit encodes the whole text. A text may have none for long
/// (one word of a megabyte): see ``RunBorders``.
///
/// A value type, as is ``encoded``, what it has now: copies share chunks, and one may be read while another is edited.
///
/// ```swift
/// var text = IncrementalEncoding("The glass box", tokenizer: tokenizer)
/// text.replace(4..<9, with: Array("black".utf8))   // "The black box"
/// text.tokenCount                                  // as tokenizer.encode("The black box").count
/// text.encoded.token(at: text.encoded.tokenIndex(atByte: 5))   // id and byte range of what stands there
/// ```
public struct IncrementalEncoding: Sendable {
  /// What an edit did to the tokens.
  public struct Change: Sendable, Equatable {
    /// Indices of the tokens taken out, as they were counted before.
    public var removed: Range<Int>
    /// How many tokens stand there now; of these some may be equal to those taken out.
    public var inserted: Int
    /// Bytes of text encoded anew.
    public var encodedBytes: Int
  }

  public let tokenizer: any Tokenizer
  /// Whether texts of special tokens become those tokens.
  public let parseSpecialTokens: Bool
  let borders: SafeBorders
  /// The text with its tokens, as the last edit left them.
  public internal(set) var encoded = EncodedText()

  /// A chunk ends at the first safe border after this many bytes.
  let chunkSize: Int

  /// - Parameter text: UTF-8; ill-formed sequences are encoded as U+FFFD would be. Special tokens are not added.
  public init(utf8 text: some Collection<UInt8> = [], tokenizer: any Tokenizer, parseSpecialTokens: Bool = true) {
    self.init(utf8: text, tokenizer: tokenizer, parseSpecialTokens: parseSpecialTokens, chunkSize: 2048)
  }

  package init(utf8 text: some Collection<UInt8>, tokenizer: any Tokenizer, parseSpecialTokens: Bool, chunkSize: Int) {
    self.tokenizer = tokenizer
    self.parseSpecialTokens = parseSpecialTokens
    self.chunkSize = chunkSize
    borders = SafeBorders(tokenizer)
    replace(0..<0, with: text)
  }

  public init(_ text: String, tokenizer: any Tokenizer, parseSpecialTokens: Bool = true) {
    self.init(utf8: Array(text.utf8), tokenizer: tokenizer, parseSpecialTokens: parseSpecialTokens)
  }

  /// Whether edits cost less than the whole text with this tokenizer.
  public var isIncremental: Bool { borders.allowsSpace || borders.allowsLine }

  public var byteCount: Int { encoded.byteCount }
  public var tokenCount: Int { encoded.tokenCount }
  /// All tokens, as ``Tokenizer/encode(utf8:addSpecialTokens:parseSpecialTokens:)`` gives them without special tokens
  /// added.
  public var encoding: Encoding { encoded.encoding }
  var chunks: [EncodedChunk] { encoded.chunks }

  // MARK: - Editing

  /// Puts `bytes` in the place of a range of the text's bytes.
  /// - Parameter range: within the text, `0..<byteCount`.
  @discardableResult
  public mutating func replace(_ range: Range<Int>, with bytes: some Collection<UInt8>) -> Change {
    precondition(range.lowerBound >= 0 && range.upperBound <= byteCount, "a range outside of the text")
    guard !range.isEmpty || !bytes.isEmpty else { return Change(removed: 0..<0, inserted: 0, encodedBytes: 0) }
    // The chunks from `first` up to `last` are to be made anew.
    var first = encoded.chunk(atByte: range.lowerBound)
    var last = min(chunks.count, (range.isEmpty ? first : encoded.chunk(atByte: range.upperBound - 1)) + 1)
    var text: [UInt8] = []
    text.reserveCapacity(bytes.count + 4 * chunkSize)
    if first < chunks.count { text += chunks[first].bytes[..<(range.lowerBound - encoded.byteStarts[first])] }
    text += bytes
    if last > first { text += chunks[last - 1].bytes[(range.upperBound - encoded.byteStarts[last - 1])...] }
    // A border that the edit has spoilt joins its chunks, and what has become small is joined to the next.
    while last < chunks.count, text.count < chunkSize / 4 || !isBorder(text[...], beforeChunk: last, from: first) {
      text += chunks[last].bytes
      last += 1
    }
    while first > 0, text.isEmpty || anchorText(beforeChunk: first, text[...]) == nil {
      first -= 1
      text = chunks[first].bytes + text
    }
    return rebuild(first, last, text)
  }

  /// Makes this the encoding of another text, encoding only what lies between the first and the last difference.
  @discardableResult
  public mutating func update(to text: some Collection<UInt8>) -> Change {
    let done = text.withContiguousStorageIfAvailable { update($0) }
    if let done { return done }
    return Array(text).withUnsafeBufferPointer { update($0) }
  }

  private mutating func update(_ text: UnsafeBufferPointer<UInt8>) -> Change {
    let common = min(text.count, byteCount)
    var start = 0
    for chunk in chunks {
      let same = chunk.commonPrefix(UnsafeBufferPointer(rebasing: text[start...]))
      start += same
      if same < chunk.bytes.count { break }
    }
    var tail = 0
    for chunk in chunks.reversed() {
      let same = chunk.commonSuffix(
        UnsafeBufferPointer(rebasing: text[(text.count - common + start)..<(text.count - tail)]))
      tail += same
      if same < chunk.bytes.count { break }
    }
    return replace(start..<(byteCount - tail), with: text[start..<(text.count - tail)])
  }

  /// Cuts `text` and puts it in the place of some chunks. Its ends lie on borders.
  private mutating func rebuild(_ first: Int, _ last: Int, _ text: [UInt8]) -> Change {
    var first = first
    var text = text
    let before = tokenCount
    while true {
      if let new = encode(text, beforeChunk: first) {
        encoded.chunks.replaceSubrange(first..<last, with: new)
        var change = Change(
          removed: encoded.tokenStarts[first]..<encoded.tokenStarts[last], inserted: 0, encodedBytes: text.count)
        let joined = joinRuns(at: first + new.count, &change.encodedBytes)
        let carried = carrySums(from: first + new.count, &change.encodedBytes)
        first = min(first, joined.first)
        change.removed = encoded.tokenStarts[first]..<encoded.tokenStarts[last + max(joined.taken, carried)]
        encoded.countStarts(from: first)
        change.inserted = change.removed.count + tokenCount - before
        return change
      }
      // A token reaches over the first border after all: it is none.
      first -= 1
      text = chunks[first].bytes + text
    }
  }

  /// - Returns: nil where `text` does not begin at a border.
  func encode(_ text: [UInt8], beforeChunk first: Int) -> [EncodedChunk]? {
    // A border that is near to changed text may be none any more.
    guard first == 0 || text.isEmpty || anchorText(beforeChunk: first, text[...]) != nil else { return nil }
    var new: [EncodedChunk] = []
    var start = 0
    while start < text.count {
      var end = nextBorder(text, after: start)
      while true {
        let before = anchorText(text, start, beforeChunk: first)
        let sum = new.last?.sums?.behind ?? sum(beforeChunk: first)
        if let chunk = EncodedChunk(Array(text[start..<end]), after: before, tokenizer, parseSpecialTokens, sum: sum) {
          if let runs = borders.runs, end - start > 2 * chunkSize {
            new += text.withUnsafeBufferPointer { chunk.parts($0, at: start, runs, size: chunkSize) }
          } else {
            new.append(chunk)
          }
          break
        }
        // A border within a run is none for what has not been encoded with it.
        repeat {
          guard let previous = new.popLast() else { return nil }
          start -= previous.bytes.count
          end = max(end, start + previous.bytes.count)
        } while start > 0 && anchor(text, start) == nil
      }
      start = end
    }
    return new
  }

  private func nextBorder(_ text: [UInt8], after start: Int) -> Int {
    guard isIncremental, text.count - start > 2 * chunkSize else { return text.count }
    return text.withUnsafeBufferPointer { bytes in
      // What is left after the last border should not be tiny.
      for at in (start + chunkSize)..<(bytes.count - chunkSize / 2)
      where (bytes[at] == 0x20 || bytes[at - 1] == 0x0A) && borders.anchor(bytes, at) != nil {
        return at
      }
      return bytes.count
    }
  }

  // MARK: - Borders

  /// Up to ``SafeBorders/widestContext`` bytes before a chunk.
  private func context(beforeChunk index: Int) -> [UInt8] {
    var bytes: [UInt8] = []
    var index = index
    while index > 0, bytes.count < borders.widestContext {
      index -= 1
      bytes = chunks[index].bytes.suffix(borders.widestContext - bytes.count) + bytes
    }
    return bytes
  }

  private func anchor(_ text: [UInt8], _ start: Int) -> Int? {
    text.withUnsafeBufferPointer { borders.anchor($0, start) }
  }

  /// The end of the text before `start`, a border in `text` or before a chunk, that is given with what follows.
  private func anchorText(_ text: [UInt8], _ start: Int, beforeChunk first: Int) -> ArraySlice<UInt8> {
    if start > 0 { return text[(start - (anchor(text, start) ?? 0))..<start] }
    return first > 0 ? anchorText(beforeChunk: first, text[...]) ?? [] : []
  }

  /// What of the text before a chunk is given with `text`, which stands in the chunk's place; nil where there is no border.
  func anchorText(beforeChunk index: Int, _ text: ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
    let before = context(beforeChunk: index)
    return (before + text.prefix(borders.widestContext)).withUnsafeBufferPointer { bytes in
      if let count = borders.anchor(bytes, before.count) { return before.suffix(count) }
      guard let runs = borders.runs, runs.isInside(bytes, before.count), let tail = chunks[index - 1].tail(runs) else {
        return nil
      }
      return (runs.prefix + tail)[...]
    }
  }

  /// Whether the border before a chunk depends on the tokens around it.
  func isWithinRun(beforeChunk index: Int) -> Bool {
    let before = context(beforeChunk: index)
    return (before + chunks[index].bytes.prefix(borders.widestContext)).withUnsafeBufferPointer {
      borders.anchor($0, before.count) == nil
    }
  }

  /// Whether the border before chunk `index` still is one when `text` stands before it, after chunk `first - 1`; one
  /// within a run may be none.
  func isBorder(_ text: ArraySlice<UInt8>, beforeChunk index: Int, from first: Int) -> Bool {
    let context = borders.widestContext
    var before = Array(text.suffix(context))
    if before.count < context { before = self.context(beforeChunk: first) + before }
    let after = chunks[index].bytes.prefix(context)
    return (before + after).withUnsafeBufferPointer {
      borders.anchor($0, before.count) != nil || borders.runs?.isInside($0, before.count) ?? false
    }
  }
}
