import Synchronization

/// A compiled charsmap, words between white space with a mark before each, and Unigram (T5, XLM-R …) in one pass.
///
/// Words do not depend on each other, so each is looked up by the bytes it has in the text; the stages themselves work
/// out those not seen before that are not simply copied.
final class UnigramPipeline: FusedPipeline {
  private let normalizer: PrecompiledNormalizer?
  private let preTokenizer: any PreTokenizer
  private let model: UnigramModel
  private let memories = Mutex<[Memory]>([])

  /// - Returns: nil for stages of other kinds, or rules that reach over white space.
  init?(normalizer: (any Normalizer)?, preTokenizer: (any PreTokenizer)?, model: any TokenModel) {
    guard normalizer == nil || normalizer is PrecompiledNormalizer, let model = model as? UnigramModel,
      let preTokenizer = preTokenizer as? PreTokenizerSequence, preTokenizer.stages.count == 2,
      preTokenizer.stages[0] is WhitespaceSplitPreTokenizer,
      let metaspace = preTokenizer.stages[1] as? MetaspacePreTokenizer, metaspace.prependScheme == .always,
      metaspace.splits, metaspace.replacement == PipelineTokenizer.mark
    else { return nil }
    self.normalizer = normalizer as? PrecompiledNormalizer
    guard self.normalizer?.charsmap.leavesAlone([0x20, 0x0A, 0x09, 0x0D]) != false else { return nil }
    self.preTokenizer = preTokenizer
    self.model = model
  }

  @inline(__always)
  private static func isSeparator(_ byte: UInt8) -> Bool {
    byte == 0x20 || byte == 0x0A || byte == 0x09 || byte == 0x0D
  }

  func tokenize(_ text: UnsafeBufferPointer<UInt8>, scratch: EncodeScratch, into tokens: inout TokenRun) {
    guard let base = text.baseAddress else { return }
    let memory = memories.withLock { $0.popLast() } ?? Memory()
    defer { memories.withLock { if $0.count < 16 { $0.append(memory) } } }
    let words = memory.words
    let count = text.count
    var i = 0
    while i < count {
      if Self.isSeparator(base[i]) {
        i &+= 1
        continue
      }
      var end = i &+ 1
      while end < count, !Self.isSeparator(base[end]) { end &+= 1 }
      if end &- i <= WordKey.longest,
        words.recall(WordKey(base + i, count: end &- i, readable: count &- i), i, &tokens)
      {
        i = end
        continue
      }
      i = tokenizeWord(text, i, end, memory, scratch, &tokens)
    }
  }

  /// Works out a word, or several where they depend on each other.
  /// - Returns: the place to go on from.
  private func tokenizeWord(
    _ text: UnsafeBufferPointer<UInt8>, _ start: Int, _ end: Int, _ memory: Memory, _ scratch: EncodeScratch,
    _ tokens: inout TokenRun
  ) -> Int {
    let made = tokens.ids.count
    // A mark that begins a word belongs to the space before it, a space after some characters to these.
    let joinsBefore = GraphemeBreaks.extends(decodedScalar(text, start).scalar)
    var stop = end
    while stop < text.count, GraphemeBreaks.isPrepended(lastScalar(text, before: stop)) {
      while stop < text.count, Self.isSeparator(text[stop]) { stop += 1 }
      while stop < text.count, !Self.isSeparator(text[stop]) { stop += 1 }
    }
    guard !joinsBefore, stop == end else {
      tokenizePlainly(text, max(0, joinsBefore ? start - 1 : start), stop, scratch, &tokens)
      return stop
    }
    if isCopied(text, start, end) {
      memory.run.removeAll()
      memory.fill(text, start, end)
      memory.buffer.withUnsafeBufferPointer { buffer in
        guard let base = buffer.baseAddress else { return }
        model.tokenizeAlone(base, buffer.count, memory.lattice, into: &memory.run)
      }
      let mark = PipelineTokenizer.mark.count
      let first = start + utf8Length(text[start])
      for (id, range) in zip(memory.run.ids, memory.run.ranges) {
        let (from, to) = (Int(range.start), Int(range.end))
        // The mark belongs to the first character, as in the official library's offsets.
        tokens.append(id, start + max(0, from - mark), to <= mark ? first : start + to - mark)
      }
    } else {
      tokenizePlainly(text, start, end, scratch, &tokens)
    }
    if end - start <= WordKey.longest, let base = text.baseAddress {
      let key = WordKey(base + start, count: end - start, readable: text.count - start)
      memory.words.remember(key, start, tokens, from: made)
    }
    return end
  }

  /// Whether no stage changes anything in a word but that a mark comes before it.
  private func isCopied(_ text: UnsafeBufferPointer<UInt8>, _ start: Int, _ end: Int) -> Bool {
    var i = start
    while i < end {
      let (scalar, length) = decodedScalar(text, i)
      if normalizer?.charsmap.mayApply(to: scalar) == true { return false }
      if UnicodeClasses.table[Int(scalar)] & UnicodeClasses.space != 0 || scalar == 0x2581 { return false }
      if scalar >= 0x80, normalizer != nil, !GraphemeBreaks.isPlain(scalar) { return false }
      i += length
    }
    return true
  }

  private func lastScalar(_ text: UnsafeBufferPointer<UInt8>, before end: Int) -> UInt32 {
    var i = end - 1
    while i > 0, text[i] & 0xC0 == 0x80 { i -= 1 }
    return decodedScalar(text, i).scalar
  }

  private func tokenizePlainly(
    _ text: UnsafeBufferPointer<UInt8>, _ start: Int, _ end: Int, _ scratch: EncodeScratch, _ tokens: inout TokenRun
  ) {
    var section = AlignedText(UnsafeBufferPointer(rebasing: text[start..<end]), origin: start)
    normalizer?.normalize(&section)
    var pieces = PieceText(section)
    preTokenizer.split(&pieces)
    let made = tokens.ids.count
    model.tokenize(pieces, scratch: scratch, into: &tokens)
    for place in made..<tokens.ids.count {
      let source = pieces.text.source(tokens.ranges[place].range)
      tokens.ranges[place] = Piece(source.lowerBound, source.upperBound)
    }
  }

  /// Of one text at a time, kept from call to call.
  private final class Memory: @unchecked Sendable {
    let words = RawWordCache()
    let lattice = UnigramScratch()
    @exclusivity(unchecked) var run = TokenRun()
    @exclusivity(unchecked) private(set) var buffer: [UInt8] = []

    func fill(_ text: UnsafeBufferPointer<UInt8>, _ start: Int, _ end: Int) {
      buffer.removeAll(keepingCapacity: true)
      buffer.append(contentsOf: PipelineTokenizer.mark)
      buffer.append(contentsOf: text[start..<end])
    }
  }
}
