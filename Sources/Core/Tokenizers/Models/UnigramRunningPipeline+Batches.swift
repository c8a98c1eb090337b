import CKernels

extension UnigramRunningPipeline {
  /// Appends the tokens of words.
  /// - Returns: the place to go on from, which may lie behind the last of them.
  func encode(
    _ text: UnsafeBufferPointer<UInt8>, _ start: Int, _ ends: UnsafeBufferPointer<UInt32>, _ memory: Memory,
    _ scratch: EncodeScratch
  ) -> Int {
    let output = scratch.output
    var start = start
    var done = 0
    var size = PieceBatch.size
    while done < ends.count {
      let some = UnsafeBufferPointer(rebasing: ends[done..<min(done + size, ends.count)])
      let (sum, made) = (memory.sum, output.count)
      if encodeBatch(text, start, some, memory, scratch) {
        done += some.count
        start = Int(some[some.count - 1])
        size = min(2 * size, PieceBatch.size)
        continue
      }
      memory.sum = sum
      output.removeAll(after: made)
      size = memory.marked ?? some.count / 2
      guard size == 0 else { continue }
      start = tokenizeWord(text, start, Int(some[0]), memory, output)
      while done < ends.count, Int(ends[done]) <= start { done += 1 }
      size = 1
    }
    return start
  }

  /// Appends the tokens of a few words.
  /// - Returns: false where they have to be taken in smaller batches: one of them has marks, or sums grow so large that
  ///   they may be counted anew. What was done must then be taken back.
  private func encodeBatch(
    _ text: UnsafeBufferPointer<UInt8>, _ start: Int, _ ends: UnsafeBufferPointer<UInt32>, _ memory: Memory,
    _ scratch: EncodeScratch
  ) -> Bool {
    let codes = memory.codes
    codes.removeAll(after: 0)
    appendCodes(text, start, ends, numbered: 0, memory, scratch)
    guard memory.marked == nil else { return false }
    let most = GBX_UNIGRAM_MOST - margin(start, ends)
    let made = UnsafeBufferPointer(start: codes.start, count: codes.count)
    return take(made, most: most, text, start, ends, memory, scratch.output)
  }

  /// Appends to `memory.codes` what words become, see `gbx_unigram_take`; where one of them has marks, says so in
  /// `memory.marked`.
  /// - Parameters:
  ///   - ends: at most ``PieceBatch/size``.
  ///   - numbered: the number of the first word.
  private func appendCodes(
    _ text: UnsafeBufferPointer<UInt8>, _ start: Int, _ ends: UnsafeBufferPointer<UInt32>, numbered first: Int,
    _ memory: Memory, _ scratch: EncodeScratch
  ) {
    let codes = memory.codes
    memory.marked = nil
    scratch.pieces.encode(text, from: start, to: ends, into: codes) { index, piece in
      codes.reserve(piece.count + 1)
      if appendCodes(piece, memory, codes) { return true }
      if Self.hasMark(piece, 0, piece.count) { memory.marked = min(index, memory.marked ?? index) }
      codes.append(TokenID(GBX_UNIGRAM_CODES | GBX_UNIGRAM_LATER) | TokenID(truncatingIfNeeded: first + index))
      return false
    }
  }

  /// Appends the tokens that codes stand for.
  /// - Parameters:
  ///   - most: how large the sum may grow.
  ///   - ends: of all words by number, the first from `start`.
  /// - Returns: false where it grows larger.
  private func take(
    _ codes: UnsafeBufferPointer<TokenID>, most: Float, _ text: UnsafeBufferPointer<UInt8>, _ start: Int,
    _ ends: UnsafeBufferPointer<UInt32>, _ memory: Memory, _ output: TokenBuffer
  ) -> Bool {
    var rest = codes
    while true {
      output.reserve(rest.count)
      var end: UnsafeMutablePointer<TokenID>? = output.end
      let taken = gbx_unigram_take(
        weights, Float(model.lattice.unknownScore), unknown, rest.baseAddress, rest.count, &memory.sum, &end)
      if let end { output.end = end }
      // Sums only grow in size, so none before was larger.
      guard -memory.sum < most else { return false }
      guard taken < rest.count else { return true }
      let number = Int(rest[taken] & TokenID(GBX_UNIGRAM_LATER - 1))
      encodeLater(text, number > 0 ? Int(ends[number - 1]) : start, ends[number], memory, output)
      rest = UnsafeBufferPointer(rebasing: rest[(taken + 1)...])
    }
  }

  /// What the words of a text become with any sum before it.
  /// - Returns: nil where that cannot be said word by word.
  func words(of text: UnsafeBufferPointer<UInt8>, _ scratch: EncodeScratch) -> RunningWords? {
    withMemory { memory in
      memory.codes.removeAll(after: 0)
      let ends = scratch.ends
      var all: [UInt32] = []
      var start = 0
      while start < text.count {
        let found = cut.next(text, from: start, into: ends)
        var rest = UnsafeBufferPointer(rebasing: ends[..<found])
        while !rest.isEmpty {
          let some = UnsafeBufferPointer(rebasing: rest.prefix(PieceBatch.size))
          appendCodes(text, start, some, numbered: all.count, memory, scratch)
          guard memory.marked == nil, all.count + some.count < Int(GBX_UNIGRAM_LATER) else { return nil }
          all += some
          start = Int(some[some.count - 1])
          rest = UnsafeBufferPointer(rebasing: rest.dropFirst(some.count))
        }
      }
      let codes = Array(UnsafeBufferPointer(start: memory.codes.start, count: memory.codes.count))
      let most = all.withUnsafeBufferPointer { GBX_UNIGRAM_MOST - margin(0, $0) }
      return RunningWords(codes: codes, ends: all, most: most)
    }
  }

  /// Hands out the tokens of a text's words.
  /// - Parameter sum: of the text before; then that at the end.
  /// - Returns: nil where sums grow so large that they may be counted anew.
  func replay<T>(
    _ words: RunningWords, _ text: UnsafeBufferPointer<UInt8>, sum: inout Float, _ scratch: EncodeScratch,
    _ body: (UnsafeBufferPointer<TokenID>) -> T
  ) -> T? {
    let output = scratch.output
    let made = output.count
    let (result, behind) = withMemory { memory -> (T?, Float) in
      memory.sum = sum
      let isDone = words.codes.withUnsafeBufferPointer { codes in
        words.ends.withUnsafeBufferPointer { take(codes, most: words.most, text, 0, $0, memory, output) }
      }
      return (
        isDone ? body(UnsafeBufferPointer(start: output.start + made, count: output.count - made)) : nil, memory.sum
      )
    }
    output.removeAll(after: made)
    sum = behind
    return result
  }

  /// How much less than before a sum within one of some words may be, see ``validity(_:_:)``.
  private func margin(_ start: Int, _ ends: UnsafeBufferPointer<UInt32>) -> Float {
    var longest = 0
    var from = start
    for end in ends {
      longest = max(longest, Int(end) - from)
      from = Int(end)
    }
    return Float(model.lattice.worst * Double(longest + 2) * 1.01 + 2)
  }

  /// Appends what a word becomes whatever the sum before it, as long as none in it grows too large.
  /// - Returns: false, and nothing is appended, where that depends on the sum.
  private func appendCodes(_ word: UnsafeBufferPointer<UInt8>, _ memory: Memory, _ codes: TokenBuffer) -> Bool {
    guard let base = word.baseAddress, let words = memory.words, word.count <= UnigramScratch.shortText,
      !gbx_unigram_words_has(words, base, word.count), !Self.hasMark(word, 0, word.count)
    else { return false }
    prepare(word, 0, word.count, memory)
    guard memory.count > 0 else { return true }
    guard memory.count <= min(UnigramScratch.shortText, word.count + PipelineTokenizer.mark.count) else { return false }
    let scratch = memory.lattice
    scratch.sum = 0
    scratch.gap = .infinity
    codes.reserve(2 * memory.count)
    let made = codes.count
    model.lattice.bestShort(kernel, memory.word, memory.count, scratch) { id, characters, start, end in
      if id == unknown {
        appendUnknown(memory.word, start, end, characters: characters, codes)
      } else {
        codes.append(id)
      }
    }
    if isUniversal(memory) { return true }
    codes.removeAll(after: made)
    return false
  }

  /// Whether the tokens just found with no sum before them are right with any: the reach of ``validity(_:_:)``.
  private func isUniversal(_ memory: Memory) -> Bool {
    let characters = Double(memory.characters)
    let margin = model.lattice.worst * characters * 1.01 + 1
    let additions = 2 * characters + 4
    let gap = memory.lattice.gap - additions * margin / 0x1p24
    return (gap * 0x1p24 / additions - margin) * 0.999 > Double(GBX_UNIGRAM_MOST)
  }

  private func appendUnknown(
    _ word: UnsafePointer<UInt8>, _ start: Int, _ end: Int, characters: Int, _ codes: TokenBuffer
  ) {
    let number = TokenID(GBX_UNIGRAM_CODES) | TokenID(truncatingIfNeeded: characters)
    guard let bytes = byteTokens(word, start, end) else { return codes.append(number) }
    codes.append(number | TokenID(GBX_UNIGRAM_SILENT))
    for id in bytes { codes.append(id) }
  }

  /// Appends the tokens of a word that depend on the sum before it.
  private func encodeLater(
    _ text: UnsafeBufferPointer<UInt8>, _ start: Int, _ end: UInt32, _ memory: Memory, _ output: TokenBuffer
  ) {
    var end = end
    if let words = memory.words {
      output.reserve(Int(GBX_UNIGRAM_WORD_TOKENS))
      var next: UnsafeMutablePointer<TokenID>? = output.end
      let found = gbx_unigram_words_find(
        words, kernel.model, text.baseAddress, text.count, start, &end, 1, &memory.sum, &next)
      if let next { output.end = next }
      if found == 1 { return }
    }
    _ = tokenizeWord(text, start, Int(end), memory, output)
  }
}

/// What words become with any sum before them, see `gbx_unigram_take`.
struct RunningWords: Sendable {
  let codes: [TokenID]
  /// Of all words.
  let ends: [UInt32]
  /// How large sums may grow for this to be so.
  let most: Float
}
