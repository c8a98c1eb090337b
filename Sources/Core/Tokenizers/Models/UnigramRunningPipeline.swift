import CKernels
import Synchronization

/// sentencepiece's rules, spaces and Unigram in one pass, where only ids are asked for.
///
/// Text is cut at its spaces: what the rules make of a word does not depend on its neighbours, and no piece reaches
/// over the start of a word. But sums of scores run on from word to word and are rounded as they grow, so the tokens
/// of a word may depend on the sum before it. Of most words one way is so far ahead that they do not: these are kept in
/// the table of pieces, and only the sum is carried on over them. The others are remembered together with the sums that
/// they are right for.
final class UnigramRunningPipeline: FusedPipeline {
  let normalizer: SentencePieceNormalizer
  let model: UnigramModel
  let kernel: UnigramKernel
  let unknown: TokenID
  let cut: PieceCut
  private let scanner: SpacedWordScanner
  /// By byte: white space between words; ASCII that stays as it is among ASCII.
  private let isSpace: [Bool]
  private let isCopied: [Bool]
  /// By binade: whether scores may lie half way between two sums, so that the last bit of the sum before counts.
  private let hasTies: [Bool]
  /// What a token adds to the sum, by id; byte tokens nothing, as the unknown character has counted.
  nonisolated(unsafe) let weights: UnsafeMutablePointer<Float>
  private let memories = Mutex<[Memory]>([])

  /// - Returns: nil for stages of other kinds, or rules that reach over white space.
  init?(_ normalizer: any Normalizer, _ model: any TokenModel) {
    guard let normalizer = normalizer as? SentencePieceNormalizer, normalizer.addsDummyPrefix,
      normalizer.removesExtraSpaces, normalizer.escapesSpaces, !normalizer.isSuffix,
      normalizer.rules.userDefined == nil, !normalizer.rules.takesBeginnings, let model = model as? UnigramModel,
      model.splitsAtMarks, model.lattice.isSingle, !model.looksUpUnknown, let kernel = model.lattice.kernel,
      let unknown = model.unknown, model.vocabulary.bytes(unknown).map({ model.vocabulary.id($0) }) != unknown
    else { return nil }
    let charsmap = normalizer.rules.charsmap
    if let charsmap {
      guard charsmap.longestResult <= Charsmap.longResult, charsmap.leavesAlone([0x20, 0x0A, 0x09, 0x0D]),
        !charsmap.makes(PipelineTokenizer.mark)
      else { return nil }
    }
    guard let ties = Self.ties(model.lattice), model.lattice.unknownScore <= 0,
      model.lattice.scores.allSatisfy({ $0 <= 0 }), model.lattice.scores.count <= Int(GBX_UNIGRAM_CODES)
    else { return nil }
    self.normalizer = normalizer
    self.model = model
    self.kernel = kernel
    self.unknown = unknown
    hasTies = ties
    isSpace = (0..<256).map { value in
      if value == 0x20 { return true }
      guard value < 0x80, let charsmap else { return false }
      return [UInt8(value)].withUnsafeBufferPointer { byte in
        byte.baseAddress.flatMap { charsmap.match($0, count: 1, longest: true) }?.result.elementsEqual([0x20]) ?? false
      } && [0x0A, 0x09, 0x0D].contains(value)
    }
    let isSpace = isSpace
    isCopied = (0..<256).map { value in
      value < 0x80 && !isSpace[value] && charsmap?.leavesAlone(asciiFrom: UInt8(value)) != false
    }
    scanner = SpacedWordScanner(cutsLines: isSpace[0x0A] && isSpace[0x0D])
    cut = PieceCut(scanner.cutsLines ? GBX_CUT_SPACES_LINES : GBX_CUT_SPACES, scanner)
    weights = .allocate(capacity: max(1, model.lattice.scores.count))
    for (id, score) in model.lattice.scores.enumerated() { (weights + id).initialize(to: Float(score)) }
    for id in model.byteTokens where id >= 0 { weights[Int(id)] = 0 }
  }

  deinit { weights.deallocate() }

  /// A score lies half way between two sums where its last bit is the first that they do not have.
  /// - Returns: nil where scores are no numbers of single precision.
  private static func ties(_ lattice: UnigramLattice) -> [Bool]? {
    var ties = [Bool](repeating: false, count: Int(GBX_UNIGRAM_BINADES))
    for score in lattice.scores + [lattice.unknownScore] {
      let single = Float(score)
      guard Double(single) == score else { return nil }
      guard single != 0 else { continue }
      let last = Int(single.exponent) - 23 + (single.significandBitPattern | 1 << 23).trailingZeroBitCount
      let binade = last + 24 - Int(GBX_UNIGRAM_FIRST_BINADE)
      if ties.indices.contains(binade) { ties[binade] = true }
    }
    return ties
  }

  /// Whether all ASCII characters that are seen stay as they are.
  var keepsVisibleASCII: Bool { (0x21..<0x7F).allSatisfy { isCopied[$0] } }

  /// With places the stages give the tokens one by one.
  func tokenize(_ text: UnsafeBufferPointer<UInt8>, scratch: EncodeScratch, into tokens: inout TokenRun) {
    var section = AlignedText(text)
    normalizer.normalize(&section)
    scratch.note(section, of: text.count)
    let made = tokens.ids.count
    model.tokenize(PieceText(section), scratch: scratch, into: &tokens)
    for place in made..<tokens.ids.count {
      let source = section.source(tokens.ranges[place].range)
      tokens.ranges[place] = Piece(source.lowerBound, source.upperBound)
    }
  }

  func tokenize(_ text: UnsafeBufferPointer<UInt8>, scratch: EncodeScratch, intoIDs ids: inout [TokenID]) {
    var sum: Float = 0
    tokenize(text, sum: &sum, scratch: scratch, intoIDs: &ids)
  }

  /// Appends the tokens of a text, or of a part of one that begins at a space after a word.
  /// - Parameter sum: of the text before; then that at the end.
  func tokenize(
    _ text: UnsafeBufferPointer<UInt8>, sum: inout Float, scratch: EncodeScratch, intoIDs ids: inout [TokenID]
  ) {
    sum = withMemory { memory in
      memory.sum = sum
      tokenize(text, memory, scratch, &ids)
      return memory.sum
    }
  }

  /// Hands out memory of its own.
  func withMemory<T>(_ body: (Memory) -> T) -> T {
    let memory = memories.withLock { $0.popLast() } ?? Memory()
    defer { memories.withLock { if $0.count < 16 { $0.append(memory) } } }
    return body(memory)
  }

  private func tokenize(
    _ text: UnsafeBufferPointer<UInt8>, _ memory: Memory, _ scratch: EncodeScratch, _ ids: inout [TokenID]
  ) {
    let ends = scratch.ends
    let output = scratch.output
    memory.isOverfull = false
    defer { if memory.isOverfull { scratch.noteOverfull() } }
    // The next word's start, and how far the text has been cut.
    var start = 0
    var from = 0
    while from < text.count {
      // A `▁` in the text is a part of its word.
      let words = cut.next(text, from: &from, into: ends) { !Self.isMark(text, $0) }
      start = encode(text, start, UnsafeBufferPointer(rebasing: ends[..<words]), memory, scratch)
      from = max(from, start)
      if output.count > TokenBuffer.batch { output.flush(into: &ids, done: start, of: text.count) }
    }
    output.flush(into: &ids, done: text.count, of: text.count)
  }

  @inline(__always)
  private static func isMark(_ text: UnsafeBufferPointer<UInt8>, _ i: Int) -> Bool {
    i + 2 < text.count && text[i] == 0xE2 && text[i + 1] == 0x96 && text[i + 2] == 0x81
  }

  static func hasMark(_ text: UnsafeBufferPointer<UInt8>, _ start: Int, _ end: Int) -> Bool {
    var i = start
    while i < end {
      if text[i] == 0xE2, isMark(text, i) { return true }
      i &+= 1
    }
    return false
  }

  /// Works out a word, or several where they depend on each other.
  /// - Returns: the place to go on from.
  @inline(never)
  func tokenizeWord(
    _ text: UnsafeBufferPointer<UInt8>, _ start: Int, _ end: Int, _ memory: Memory, _ output: TokenBuffer
  ) -> Int {
    guard let base = text.baseAddress else { return end }
    if Self.hasMark(text, start, end) {
      // Marks at its end stay only if more follows.
      let end = endOfMarks(text, end)
      normalize(text, start, end, memory)
      best(memory, output)
      return end
    }
    prepare(text, start, end, memory)
    let before = memory.sum
    let isKept = best(memory, output) && end - start <= Int(GBX_UNIGRAM_WORD)
    guard isKept, let words = memory.words else { return end }
    memory.packed.withUnsafeBufferPointer {
      gbx_unigram_words_add(
        words, base + start, end - start, $0.baseAddress, $0.count, validity(memory, before))
    }
    return end
  }

  /// Makes `memory.word` of a word without marks.
  func prepare(_ text: UnsafeBufferPointer<UInt8>, _ start: Int, _ end: Int, _ memory: Memory) {
    guard let base = text.baseAddress else { return }
    var first = start
    while first < end, isSpace[Int(base[first])] { first += 1 }
    if isCopied(text, first, end) {
      memory.copy(base + first, end - first)
    } else {
      normalize(text, start, end, memory)
    }
  }

  /// A place behind `end` where the text certainly goes on with something else than spaces and marks.
  private func endOfMarks(_ text: UnsafeBufferPointer<UInt8>, _ end: Int) -> Int {
    var end = end
    while end < text.count, let base = text.baseAddress {
      let start = end
      end = scanner.end(ScannedText(base: base, end: text.count), from: end)
      if Self.isMark(text, end) || Self.hasMark(text, start, end) { continue }
      if text[start..<end].allSatisfy({ $0 < 0x80 }), text[start..<end].contains(where: { isCopied[Int($0)] }) { break }
    }
    return end
  }

  /// Whether nothing changes in a word but that a mark comes before it.
  private func isCopied(_ text: UnsafeBufferPointer<UInt8>, _ start: Int, _ end: Int) -> Bool {
    guard let base = text.baseAddress else { return true }
    var i = start
    isCopied.withUnsafeBufferPointer { isCopied in while i < end, isCopied[Int(base[i])] { i &+= 1 } }
    guard i < end else { return true }
    i = start
    while i < end {
      if text[i] == 0x20 || normalizer.rules.charsmap?.match(base + i, count: end - i, longest: true) != nil {
        return false
      }
      i += utf8Length(text[i])
    }
    return true
  }

  private func normalize(_ text: UnsafeBufferPointer<UInt8>, _ start: Int, _ end: Int, _ memory: Memory) {
    var section = AlignedText(UnsafeBufferPointer(rebasing: text[start..<end]))
    normalizer.normalize(&section)
    if section.isOverfull { memory.isOverfull = true }
    section.withBytes { bytes in
      memory.reserve(bytes.count)
      memory.count = bytes.count
      if let from = bytes.baseAddress { memory.word.update(from: from, count: bytes.count) }
    }
  }

  /// Appends the best tokens of `memory.word`.
  /// - Returns: whether `memory.packed` says them all.
  @discardableResult
  private func best(_ memory: Memory, _ output: TokenBuffer) -> Bool {
    memory.packed.removeAll(keepingCapacity: true)
    memory.lattice.gap = .infinity
    guard memory.count > 0 else { return true }
    let scratch = memory.lattice
    scratch.sum = Double(memory.sum)
    defer { memory.sum = Float(scratch.sum) }
    output.reserve(memory.count)
    var isWhole = true
    func emit(_ id: TokenID, _ additions: Int, _ start: Int, _ end: Int) {
      if id == unknown {
        let isByBytes = appendUnknown(memory.word, start, end, output)
        isWhole = isWhole && !isByBytes && additions < 1 << 10
      } else {
        output.append(id)
      }
      // One more than are kept says that they are not.
      if memory.packed.count <= Int(GBX_UNIGRAM_WORD_TOKENS) {
        memory.packed.append(UInt32(truncatingIfNeeded: id) | UInt32(truncatingIfNeeded: additions) << 22)
      }
    }
    guard memory.count <= UnigramScratch.shortText else {
      model.lattice.best(memory.word, 0..<memory.count, scratch) { emit($0, 0, $1, $2) }
      return false
    }
    model.lattice.bestShort(kernel, memory.word, memory.count, scratch, emit)
    return isWhole && memory.packed.count <= Int(GBX_UNIGRAM_WORD_TOKENS)
  }

  /// - Returns: whether the unknown characters became byte tokens.
  private func appendUnknown(
    _ word: UnsafePointer<UInt8>, _ start: Int, _ end: Int, _ output: TokenBuffer
  ) -> Bool {
    guard let bytes = byteTokens(word, start, end) else {
      output.append(unknown)
      return false
    }
    for id in bytes { output.append(id) }
    return true
  }

  /// The tokens of unknown bytes; nil where one of them has none.
  func byteTokens(_ word: UnsafePointer<UInt8>, _ start: Int, _ end: Int) -> [TokenID]? {
    guard model.byteTokens.count == 256 else { return nil }
    let tokens = (start..<end).map { model.byteTokens[Int(word[$0])] }
    return tokens.contains { $0 < 0 } ? nil : tokens
  }

  /// The sums before a word for which the tokens just found are right.
  ///
  /// A sum on the way is wrong by half a step for each addition, so two that are compared by at most
  /// `additions`·`size`/2²⁴: found with one sum before it, the best way must be ahead by that much for this one and the
  /// other.
  func validity(_ memory: Memory, _ sum: Float) -> gbx_unigram_validity {
    guard memory.count > 0 else { return gbx_unigram_validity(reach: .infinity, binades: 0, margin: 0) }
    let characters = memory.characters
    let margin = model.lattice.worst * Double(characters) * 1.01 + 1
    let additions = Double(2 * characters + 4)
    let gap = memory.lattice.gap - additions * (Double(sum.magnitude) + margin) / 0x1p24
    let reach = gap * 0x1p24 / additions - margin
    var binades = gbx_unigram_binade(sum, Float(margin))
    if binades != 0 {
      let number = binades.trailingZeroBitCount / 2
      if !hasTies[number] { binades = 3 << UInt32(2 * number) }
    }
    return gbx_unigram_validity(
      reach: reach > 0 ? Float(min(reach, 0x1p100)) * 0.999 : 0, binades: binades, margin: Float(margin))
  }

  /// Of one text at a time, kept from call to call.
  final class Memory: @unchecked Sendable {
    let words = gbx_unigram_words_create(ByteHash.processSeed)
    let lattice = UnigramScratch()
    @exclusivity(unchecked) var sum: Float = 0
    /// Rules have made too much of a word.
    @exclusivity(unchecked) var isOverfull = false
    /// The word as the model gets it.
    @exclusivity(unchecked) private(set) var word = UnsafeMutablePointer<UInt8>.allocate(capacity: 256)
    @exclusivity(unchecked) var count = 0

    var characters: Int {
      var characters = 0
      let (word, count) = (word, count)
      for i in 0..<count { characters &+= word[i] & 0xC0 != 0x80 ? 1 : 0 }
      return characters
    }

    @exclusivity(unchecked) private var capacity = 256
    /// Its tokens as `gbx_unigram_words_add` wants them.
    @exclusivity(unchecked) var packed: [UInt32] = []
    /// What a batch of words becomes, see `gbx_unigram_take`.
    let codes = TokenBuffer()
    /// The first word of a batch that has marks.
    @exclusivity(unchecked) var marked: Int?

    deinit {
      gbx_unigram_words_destroy(words)
      word.deallocate()
    }

    func reserve(_ needed: Int) {
      // What one enormous word needed is not kept for ever.
      guard needed > capacity || capacity > max(1 << 17, needed * 4) else { return }
      word.deallocate()
      capacity = max(256, needed)
      word = .allocate(capacity: capacity)
    }

    /// Takes a word with a mark before it; none where it is empty.
    func copy(_ bytes: UnsafePointer<UInt8>, _ length: Int) {
      let mark = PipelineTokenizer.mark
      count = length > 0 ? mark.count + length : 0
      reserve(count)
      guard length > 0 else { return }
      for i in mark.indices { word[i] = mark[i] }
      (word + mark.count).update(from: bytes, count: length)
    }
  }
}
