import Synchronization

/// BERT's cleaning, cutting and WordPiece in one pass.
///
/// What the first two do with a character does not depend on its neighbours, but for the order of some combining marks.
/// So it is asked of the stages themselves, once for each block of 128 characters that a text touches, and kept; words
/// are put together from that and looked up. Where order may matter, the stages do the work.
final class BERTPipeline: FusedPipeline {
  private let normalizer: any Normalizer
  private let preTokenizer: any PreTokenizer
  private let model: WordPieceModel
  /// For each byte: the ASCII letter or digit that it becomes within a word, else a ``Step``.
  private let ascii: [UInt8]
  private let effects: CharacterEffects
  private let memories = Mutex<[Memory.Box]>([])

  private enum Step {
    /// Not ASCII, or not as simple.
    static let other: UInt8 = 0
    static let boundary: UInt8 = 1
    /// A word of its own, as it is.
    static let isolated: UInt8 = 2
  }

  init(normalizer: any Normalizer, preTokenizer: any PreTokenizer, model: WordPieceModel) {
    self.normalizer = normalizer
    self.preTokenizer = preTokenizer
    self.model = model
    effects = CharacterEffects(normalizer, preTokenizer)
    let block = effects.block(0)
    ascii = (0..<256).map { byte in
      guard byte < 128 else { return Step.other }
      let effect = CharacterEffect(rawValue: block[byte])
      switch effect.kind {
      case .boundary: return Step.boundary
      case .isolated: return effect.count == 1 && effect.byte(0) == byte ? Step.isolated : Step.other
      case .letters: return effect.count == 1 && effect.byte(0) > Step.isolated ? effect.byte(0) : Step.other
      case .dropped, .intricate: return Step.other
      }
    }
  }

  func tokenize(_ text: UnsafeBufferPointer<UInt8>, scratch: EncodeScratch, into tokens: inout TokenRun) {
    guard let base = text.baseAddress else { return }
    let box = memories.withLock { $0.popLast() } ?? Memory.Box()
    // What one enormous word needed is not kept for ever.
    defer { if !box.memory.isLarge { memories.withLock { if $0.count < 16 { $0.append(box) } } } }
    tokenize(base, text.count, &box.memory, scratch, scratch.words, &tokens)
  }

  func tokenize(_ text: UnsafeBufferPointer<UInt8>, scratch: EncodeScratch, intoIDs ids: inout [TokenID]) {
    guard let base = text.baseAddress else { return }
    let box = memories.withLock { $0.popLast() } ?? Memory.Box()
    defer { if !box.memory.isLarge { memories.withLock { if $0.count < 16 { $0.append(box) } } } }
    var sink = TokenIDSink(buffer: scratch.output, length: text.count, ids: [])
    swap(&sink.ids, &ids)
    tokenize(base, text.count, &box.memory, scratch, scratch.words, &sink)
    sink.buffer.flush(into: &sink.ids, done: text.count, of: text.count)
    swap(&sink.ids, &ids)
  }

  private func tokenize(
    _ base: UnsafePointer<UInt8>, _ count: Int, _ memory: inout Memory, _ scratch: EncodeScratch, _ words: WordCache,
    _ tokens: inout some TokenSink
  ) {
    ascii.withUnsafeBufferPointer { ascii in
      var word = memory.word
      var i = 0
      while i < count {
        let step = ascii[Int(base[i])]
        if step == Step.boundary {
          i += 1
          continue
        }
        if step == Step.isolated {
          model.tokenizeWord(base + i, 1, i, words, &memory.run, &tokens)
          i += 1
          continue
        }
        // Most words are ASCII, and not long.
        let limit = min(count, i + Memory.shortWord)
        var j = i
        var next = step
        while next > Step.isolated {
          word[j &- i] = next
          j &+= 1
          guard j < limit else { break }
          next = ascii[Int(base[j])]
        }
        let isWhole = j == limit ? limit == count : next != Step.other
        if isWhole, j > i {
          model.tokenizeWord(UnsafePointer(word), j - i, i, words, &memory.run, &tokens)
          i = j
        } else {
          i = tokenizeWord(base, count, i, &memory, scratch, words, &tokens)
          // A long word may have moved it.
          word = memory.word
        }
      }
    }
  }

  /// Any word, and what ends it.
  /// - Returns: the place to go on from.
  private func tokenizeWord(
    _ base: UnsafePointer<UInt8>, _ count: Int, _ start: Int, _ memory: inout Memory, _ scratch: EncodeScratch,
    _ words: WordCache, _ tokens: inout some TokenSink
  ) -> Int {
    memory.beginWord(at: start)
    var i = start
    while i < count {
      let (scalar, length) = decodedScalar(UnsafeBufferPointer(start: base, count: count), i)
      let effect = memory.effect(scalar, effects)
      switch effect.kind {
      case .letters: memory.append(effect, i, length)
      case .dropped:
        // A mark without a letter before it: the stages say which place its neighbours get.
        if memory.count == 0, length > 1 { return tokenizePlainly(base, i, i, count, scratch, &tokens) }
        memory.skip(i, length)
      case .boundary:
        emit(&memory, words, &tokens)
        return i + length
      case .isolated:
        emit(&memory, words, &tokens)
        memory.beginWord(at: i)
        memory.append(effect, i, length)
        emit(&memory, words, &tokens)
        return i + length
      case .intricate:
        return tokenizePlainly(base, memory.count == 0 ? i : memory.start, i, count, scratch, &tokens)
      }
      i += length
    }
    emit(&memory, words, &tokens)
    return count
  }

  private func emit(_ memory: inout Memory, _ words: WordCache, _ tokens: inout some TokenSink) {
    guard memory.count > 0 else { return }
    let word = UnsafePointer(memory.word)
    guard memory.isMoved else {
      model.tokenizeWord(word, memory.count, memory.start, words, &memory.run, &tokens)
      return
    }
    memory.moved.removeAll()
    model.tokenizeWord(word, memory.count, 0, words, &memory.run, &memory.moved)
    tokens.prepare(memory.moved.ids.count, done: memory.start)
    for (id, range) in zip(memory.moved.ids, memory.moved.ranges) {
      // A mark before the word has no place in it.
      let first = memory.sources[Int(range.start)]
      let end = range.end > range.start ? memory.sources[Int(range.end) - 1].end : first.start
      tokens.append(id, Int(first.start), Int(end))
    }
  }

  /// The stages one by one, from `start` to the first boundary in ASCII after `from`.
  private func tokenizePlainly(
    _ base: UnsafePointer<UInt8>, _ start: Int, _ from: Int, _ count: Int, _ scratch: EncodeScratch,
    _ tokens: inout some TokenSink
  ) -> Int {
    var end = from
    while end < count, ascii[Int(base[end])] != Step.boundary { end += 1 }
    var section = AlignedText(UnsafeBufferPointer(start: base + start, count: end - start), origin: start)
    normalizer.normalize(&section)
    var pieces = PieceText(section)
    preTokenizer.split(&pieces)
    scratch.note(pieces.text, of: end - start)
    var run = TokenRun()
    model.tokenize(pieces, scratch: scratch, into: &run)
    tokens.prepare(run.ids.count, done: start)
    for (id, range) in zip(run.ids, run.ranges) {
      let source = pieces.text.source(range.range)
      tokens.append(id, source.lowerBound, source.upperBound)
    }
    return end
  }

  /// The word under work, and the effects of characters met so far.
  private struct Memory {
    final class Box: @unchecked Sendable {
      var memory = Memory()
      deinit { memory.deallocate() }
    }

    /// Words up to this fit without asking.
    static let shortWord = 256

    private(set) var word: UnsafeMutablePointer<UInt8>
    private(set) var count = 0
    /// Where the word begins in the text.
    private(set) var start = 0
    /// Whether its bytes do not stand one for one for those of the text from `start`; then `sources` tells for what.
    private(set) var isMoved = false
    private(set) var sources: [SourceSpan] = []
    /// Tokens on their way.
    var run = TokenRun()
    var moved = TokenRun()
    private var capacity = 1024
    private let blocks: UnsafeMutablePointer<UnsafePointer<UInt64>?>

    init() {
      word = .allocate(capacity: capacity)
      blocks = .allocate(capacity: CharacterEffects.blocks)
      blocks.initialize(repeating: nil, count: CharacterEffects.blocks)
    }

    var isLarge: Bool { capacity > 1 << 20 }

    func deallocate() {
      word.deallocate()
      blocks.deallocate()
    }

    @inline(__always)
    func effect(_ scalar: UInt32, _ effects: CharacterEffects) -> CharacterEffect {
      let index = Int(truncatingIfNeeded: scalar >> 7)
      let block = blocks[index] ?? load(index, effects)
      return CharacterEffect(rawValue: block[Int(truncatingIfNeeded: scalar & 127)])
    }

    private func load(_ index: Int, _ effects: CharacterEffects) -> UnsafePointer<UInt64> {
      let block = effects.block(index)
      blocks[index] = block
      return block
    }

    mutating func beginWord(at place: Int) {
      count = 0
      start = place
      isMoved = false
      sources.removeAll(keepingCapacity: true)
    }

    @inline(__always)
    mutating func append(_ effect: CharacterEffect, _ place: Int, _ length: Int) {
      if count + 8 > capacity { grow() }
      if effect.count != length, !isMoved { move() }
      if isMoved { for _ in 0..<effect.count { sources.append(SourceSpan(place..<(place + length))) } }
      for index in 0..<effect.count { word[count + index] = effect.byte(index) }
      count += effect.count
    }

    /// Leaves a character of the text out.
    mutating func skip(_ place: Int, _ length: Int) {
      if count == 0 { start = place + length } else if !isMoved { move() }
    }

    private mutating func move() {
      isMoved = true
      for index in 0..<count { sources.append(SourceSpan((start + index)..<(start + index + 1))) }
    }

    private mutating func grow() {
      let larger = UnsafeMutablePointer<UInt8>.allocate(capacity: capacity * 2)
      larger.update(from: word, count: count)
      word.deallocate()
      word = larger
      capacity *= 2
    }
  }
}
