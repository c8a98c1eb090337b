import CKernels
import Synchronization

/// A compiled charsmap, words between white space with a mark before each, and Unigram (T5, XLM-R …) in one pass.
///
/// Words do not depend on each other, so each is looked up by the bytes it has in the text; the stages themselves work
/// out those not seen before that are not simply copied.
final class UnigramPipeline: FusedPipeline {
  /// Rules, or the one that makes a text's own marks spaces.
  private let normalizer: (any Normalizer)?
  private let charsmap: Charsmap?
  private let preTokenizer: any PreTokenizer
  private let model: UnigramModel
  /// Whether a byte is ASCII that no stage changes within a word of ASCII.
  private let isCopiedByte: [Bool]
  private let cut = PieceCut(GBX_CUT_SPACES_LINES, SpacedWordScanner(cutsLines: true))
  private let memories = Mutex<[Memory]>([])

  /// - Returns: nil for stages of other kinds, or rules that reach over white space.
  init?(normalizer: (any Normalizer)?, preTokenizer: (any PreTokenizer)?, model: any TokenModel) {
    guard Self.isKnown(normalizer), let model = model as? UnigramModel,
      let preTokenizer = preTokenizer as? PreTokenizerSequence, preTokenizer.stages.count == 2,
      preTokenizer.stages[0] is WhitespaceSplitPreTokenizer,
      let metaspace = preTokenizer.stages[1] as? MetaspacePreTokenizer, metaspace.prependScheme == .always,
      metaspace.splits, metaspace.replacement == PipelineTokenizer.mark
    else { return nil }
    guard !model.mayLackTokens else { return nil }
    self.normalizer = normalizer
    charsmap = (normalizer as? PrecompiledNormalizer)?.charsmap
    guard (charsmap?.longestResult ?? 0) <= Charsmap.longResult else { return nil }
    guard charsmap?.leavesAlone([0x20, 0x0A, 0x09, 0x0D]) != false else { return nil }
    self.preTokenizer = preTokenizer
    self.model = model
    let charsmap = charsmap
    isCopiedByte = (0..<256).map { value in
      guard value < 0x80, UnicodeClasses.table[value] & UnicodeClasses.space == 0 else { return false }
      let byte = [UInt8(value)]
      return byte.withUnsafeBufferPointer { bytes in
        bytes.baseAddress.flatMap { charsmap?.match($0, count: 1, longest: false) } == nil
      }
    }
  }

  private static func isKnown(_ normalizer: (any Normalizer)?) -> Bool {
    switch normalizer {
    case nil, is PrecompiledNormalizer: true
    case let replace as ReplaceNormalizer: replace.literal == PipelineTokenizer.mark && replace.replacement == [0x20]
    default: false
    }
  }

  @inline(__always)
  private static func isSeparator(_ byte: UInt8) -> Bool {
    byte <= 0x20 && 0x1_0000_2600 as UInt64 >> UInt64(byte) & 1 != 0
  }

  func tokenize(_ text: UnsafeBufferPointer<UInt8>, scratch: EncodeScratch, into tokens: inout TokenRun) {
    guard let base = text.baseAddress else { return }
    let memory = memories.withLock { $0.popLast() } ?? Memory()
    defer { memories.withLock { if $0.count < 16 { $0.append(memory) } } }
    let count = text.count
    let batch = memory.batch
    let known = memory.words
    var i = 0
    while i < count {
      let found = findWords(base, count, &i, known, batch)
      var done = 0
      for word in UnsafeBufferPointer(start: batch, count: found) where word.start >= done {
        if let place = word.place, known.recall(place, word.start, &tokens) { continue }
        if word.end - word.start > UnigramScratch.mostWindow {
          done = tokenizeLong(text, word.start, word.end, memory, scratch, &tokens)
          continue
        }
        let stop = tokenizeWord(text, word.start, word.end, memory, scratch)
        done = stop.end
        let run = memory.run
        if stop.isAlone, word.end - word.start <= WordKey.longest {
          let key = WordKey(base + word.start, count: word.end - word.start, readable: count - word.start)
          known.remember(key, word.start, run, from: 0)
        }
        for k in 0..<run.ids.count { tokens.append(run.ids[k], Int(run.ranges[k].start), Int(run.ranges[k].end)) }
      }
      i = max(i, done)
    }
  }

  func tokenize(_ text: UnsafeBufferPointer<UInt8>, scratch: EncodeScratch, intoIDs ids: inout [TokenID]) {
    let memory = memories.withLock { $0.popLast() } ?? Memory()
    defer { memories.withLock { if $0.count < 16 { $0.append(memory) } } }
    let ends = scratch.ends
    let output = scratch.output
    // The next word's start, and how far the text has been cut.
    var start = 0
    var from = 0
    while from < text.count {
      let words = cut.next(text, from: &from, into: ends) { isApart(text, at: $0) }
      var rest = UnsafeBufferPointer(rebasing: ends[..<words])
      while !rest.isEmpty {
        let some = UnsafeBufferPointer(rebasing: rest.prefix(PieceBatch.size))
        scratch.pieces.encode(text, from: start, to: some, into: output) { _, piece in
          tokenizePiece(piece, memory, scratch, output)
          return true
        }
        start = Int(some[some.count - 1])
        rest = UnsafeBufferPointer(rebasing: rest.dropFirst(some.count))
        if output.count > TokenBuffer.batch { output.flush(into: &ids, done: start, of: text.count) }
      }
    }
    output.flush(into: &ids, done: text.count, of: text.count)
  }

  /// Whether words before and after a space or line end have nothing to do with each other.
  @inline(__always)
  private func isApart(_ text: UnsafeBufferPointer<UInt8>, at border: Int) -> Bool {
    border == text.count || (text[border - 1] | text[border]) < 0x80 || isApartBeyondASCII(text, at: border)
  }

  private func isApartBeyondASCII(_ text: UnsafeBufferPointer<UInt8>, at border: Int) -> Bool {
    if text[border - 1] >= 0x80, GraphemeBreaks.isPrepended(lastScalar(text, before: border)) { return false }
    guard text[border] >= 0x80 else { return true }
    let scalar = decodedScalar(text, border).scalar
    return scalar != 0x2581 && !GraphemeBreaks.extends(scalar) && !leavesOut(text, at: border)
  }

  /// Appends the tokens of a word with the white space before it; where text is not cut, of several.
  private func tokenizePiece(
    _ piece: UnsafeBufferPointer<UInt8>, _ memory: Memory, _ scratch: EncodeScratch, _ output: TokenBuffer
  ) {
    var i = 0
    while i < piece.count {
      if Self.isSeparator(piece[i]) {
        i &+= 1
        continue
      }
      var end = i &+ 1
      while end < piece.count, !Self.isSeparator(piece[end]) { end &+= 1 }
      if isCopied(piece, i, end) {
        memory.withMarked(UnsafeBufferPointer(rebasing: piece[i..<end])) { word in
          guard let base = word.baseAddress else { return }
          output.reserve(word.count)
          var sink = TokenBufferSink(buffer: output)
          model.tokenizeAlone(base, word.count, memory.lattice, into: &sink)
        }
        i = end
      } else {
        let isLong = end - i > UnigramScratch.mostWindow
        i = tokenizeWord(piece, i, end, memory, scratch, keepsPlaces: false).end
        output.reserve(memory.run.ids.count)
        for id in memory.run.ids { output.append(id) }
        if isLong { memory.run = TokenRun() }
      }
    }
  }

  /// A word of the text, and where it is if it is known.
  fileprivate struct FoundWord {
    var start: Int
    var end: Int
    /// nil: it is too long to be known.
    var place: RawWordCache.Place?
  }

  /// How many words are looked up at a time, so that memory answers for all of them at once.
  fileprivate static let batch = 16

  /// Finds the next words from `i` on, which goes on behind them.
  @inline(__always)
  private func findWords(
    _ base: UnsafePointer<UInt8>, _ count: Int, _ i: inout Int, _ words: RawWordCache,
    _ batch: UnsafeMutablePointer<FoundWord>
  ) -> Int {
    var found = 0
    while i < count, found < Self.batch {
      if Self.isSeparator(base[i]) {
        i &+= 1
        continue
      }
      var end = i &+ 1
      while end < count, !Self.isSeparator(base[end]) { end &+= 1 }
      let place =
        end &- i <= WordKey.longest
        ? words.place(WordKey(base + i, count: end &- i, readable: count &- i)) : nil
      (batch + found).initialize(to: FoundWord(start: i, end: end, place: place))
      found &+= 1
      i = end
    }
    return found
  }

  /// Works out a word, or several where they depend on each other. Their tokens are then in `memory.run`.
  /// - Returns: the place to go on from, and whether the word has nothing to do with its neighbours.
  private func tokenizeWord(
    _ text: UnsafeBufferPointer<UInt8>, _ start: Int, _ end: Int, _ memory: Memory, _ scratch: EncodeScratch,
    keepsPlaces: Bool = true
  ) -> (end: Int, isAlone: Bool) {
    memory.run.removeAll()
    if !isPlain(text, start, end) {
      // A mark that begins a word belongs to the space before it, and so do places of characters that are left out; a
      // space after some characters belongs to these.
      let isLeftOut = leavesOut(text, at: start)
      let joinsBefore = isLeftOut || GraphemeBreaks.extends(decodedScalar(text, start).scalar)
      if isLeftOut, start == 0 {
        // All places move, as in the official library.
        tokenizePlainly(text, 0, text.count, scratch, &memory.run, keepsPlaces: keepsPlaces)
        return (text.count, false)
      }
      var stop = end
      while stop < text.count, GraphemeBreaks.isPrepended(lastScalar(text, before: stop)) {
        while stop < text.count, Self.isSeparator(text[stop]) { stop += 1 }
        while stop < text.count, !Self.isSeparator(text[stop]) { stop += 1 }
      }
      guard !joinsBefore, stop == end else {
        tokenizePlainly(
          text, max(0, joinsBefore ? start - 1 : start), stop, scratch, &memory.run, keepsPlaces: keepsPlaces)
        return (stop, false)
      }
    }
    if isCopied(text, start, end) {
      tokenizeCopied(text, start, end, memory)
    } else {
      tokenizePlainly(text, start, end, scratch, &memory.run, keepsPlaces: keepsPlaces)
    }
    return (end, true)
  }

  /// As ``tokenizeWord(_:_:_:_:_:)`` for words so long that their tokens should not be kept twice.
  private func tokenizeLong(
    _ text: UnsafeBufferPointer<UInt8>, _ start: Int, _ end: Int, _ memory: Memory, _ scratch: EncodeScratch,
    _ tokens: inout some TokenSink
  ) -> Int {
    guard isCopied(text, start, end), !GraphemeBreaks.extends(decodedScalar(text, start).scalar),
      end == text.count || !GraphemeBreaks.isPrepended(lastScalar(text, before: end))
    else {
      let done = tokenizeWord(text, start, end, memory, scratch, keepsPlaces: type(of: tokens).keepsPlaces).end
      tokens.prepare(memory.run.ids.count, done: start)
      for (id, range) in zip(memory.run.ids, memory.run.ranges) { tokens.append(id, Int(range.start), Int(range.end)) }
      memory.run = TokenRun()
      return done
    }
    let first = start + utf8Length(text[start])
    withUnsafeMutablePointer(to: &tokens) { tokens in
      memory.withMarked(UnsafeBufferPointer(rebasing: text[start..<end])) { word in
        guard let base = word.baseAddress else { return }
        var marked = MarkedWordSink(tokens: tokens, start: start, first: first)
        model.tokenizeAlone(base, word.count, memory.lattice, into: &marked)
      }
    }
    return end
  }

  private func tokenizeCopied(_ text: UnsafeBufferPointer<UInt8>, _ start: Int, _ end: Int, _ memory: Memory) {
    let mark = PipelineTokenizer.mark.count
    memory.withMarked(UnsafeBufferPointer(rebasing: text[start..<end])) { word in
      guard let base = word.baseAddress else { return }
      model.tokenizeAlone(base, word.count, memory.lattice, into: &memory.run)
    }
    let first = start + utf8Length(text[start])
    for i in memory.run.ranges.indices {
      let (from, to) = (Int(memory.run.ranges[i].start), Int(memory.run.ranges[i].end))
      // The mark belongs to the first character, as in the official library's offsets.
      memory.run.ranges[i] = Piece(start + max(0, from - mark), to <= mark ? first : start + to - mark)
    }
  }

  /// Whether a word is ASCII that stays as it is, so that it has nothing to do with its neighbours.
  private func isPlain(_ text: UnsafeBufferPointer<UInt8>, _ start: Int, _ end: Int) -> Bool {
    isCopiedByte.withUnsafeBufferPointer { isCopiedByte in
      var i = start
      while i < end, isCopiedByte[Int(text[i])] { i &+= 1 }
      return i == end
    }
  }

  private func leavesOut(_ text: UnsafeBufferPointer<UInt8>, at i: Int) -> Bool {
    guard let charsmap, let base = text.baseAddress,
      charsmap.mayApply(to: decodedScalar(text, i).scalar)
    else { return false }
    return charsmap.match(base + i, count: text.count - i, longest: false)?.result.isEmpty == true
  }

  /// Whether no stage changes anything in a word but that a mark comes before it: each character is a cluster of its
  /// own, without a rule for it alone.
  private func isCopied(_ text: UnsafeBufferPointer<UInt8>, _ start: Int, _ end: Int) -> Bool {
    guard let base = text.baseAddress else { return true }
    var i = start
    isCopiedByte.withUnsafeBufferPointer { while i < end, $0[Int(base[i])] { i &+= 1 } }
    while i < end {
      if text[i] < 0x80 {
        guard isCopiedByte[Int(text[i])] else { return false }
        i += 1
        continue
      }
      let (scalar, length) = decodedScalar(text, i)
      if UnicodeClasses.table[Int(scalar)] & UnicodeClasses.space != 0 || scalar == 0x2581 { return false }
      if let charsmap {
        guard GraphemeBreaks.isAlone(scalar),
          !charsmap.mayApply(to: scalar) || charsmap.match(base + i, count: length, longest: false) == nil
        else { return false }
      }
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
    _ text: UnsafeBufferPointer<UInt8>, _ start: Int, _ end: Int, _ scratch: EncodeScratch, _ tokens: inout TokenRun,
    keepsPlaces: Bool
  ) {
    var section = AlignedText(UnsafeBufferPointer(rebasing: text[start..<end]), origin: start)
    // Of what follows nothing asks for places.
    if !keepsPlaces { section.forgetSources() }
    normalizer?.normalize(&section)
    var pieces = PieceText(consume section)
    preTokenizer.split(&pieces)
    scratch.note(pieces.text, of: end - start)
    let made = tokens.ids.count
    model.tokenize(pieces, scratch: scratch, into: &tokens)
    for place in made..<tokens.ids.count {
      let source = pieces.text.source(tokens.ranges[place].range)
      tokens.ranges[place] = Piece(source.lowerBound, source.upperBound)
    }
  }

  /// Of one text at a time, kept from call to call.
  private final class Memory: @unchecked Sendable {
    /// Of texts whose tokens' places are asked for.
    private(set) lazy var words = RawWordCache()
    let batch = UnsafeMutablePointer<FoundWord>.allocate(capacity: UnigramPipeline.batch)
    let lattice = UnigramScratch()
    @exclusivity(unchecked) var run = TokenRun()
    @exclusivity(unchecked) private var buffer: [UInt8] = []

    deinit { batch.deallocate() }

    /// A word behind a mark, to be used before the next is asked for.
    func withMarked<T>(
      _ word: UnsafeBufferPointer<UInt8>, _ body: (UnsafeBufferPointer<UInt8>) -> T
    ) -> T {
      let mark = PipelineTokenizer.mark
      let count = mark.count + word.count
      // What one enormous word needed is not kept for ever.
      defer { if count > 1 << 17 { buffer = [] } }
      if buffer.count < count {
        buffer = [UInt8](repeating: 0, count: count)
        buffer.replaceSubrange(..<mark.count, with: mark)
      }
      return buffer.withUnsafeMutableBufferPointer { buffer in
        if let base = buffer.baseAddress, let from = word.baseAddress {
          (base + mark.count).update(from: from, count: word.count)
        }
        return body(UnsafeBufferPointer(rebasing: buffer[..<count]))
      }
    }
  }
}

/// Takes the tokens of a word that has got a mark before it, which belongs to its first character, as in the official
/// library's offsets.
private struct MarkedWordSink<Tokens: TokenSink>: TokenSink {
  let tokens: UnsafeMutablePointer<Tokens>
  /// Where the word begins in the text, and where its first character ends.
  let start: Int
  let first: Int

  var count: Int { tokens.pointee.count }

  func removeAll(after kept: Int) { tokens.pointee.removeAll(after: kept) }

  mutating func append(_ id: TokenID, _ from: Int, _ to: Int) {
    let mark = PipelineTokenizer.mark.count
    let begin = start + max(0, from - mark)
    tokens.pointee.prepare(1, done: begin)
    tokens.pointee.append(id, begin, to <= mark ? first : start + to - mark)
  }
}
