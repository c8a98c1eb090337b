extension IncrementalEncoding {
  /// Goes on from a chunk as far as new tokens before it join with its own: within a run, a letter more may move every
  /// token that follows.
  /// - Parameters:
  ///   - index: of a chunk; what is before it is new.
  ///   - encodedBytes: gets more by what is encoded.
  /// - Returns: the first chunk that was made anew, and how many from `index` on were.
  mutating func joinRuns(at index: Int, _ encodedBytes: inout Int) -> (first: Int, taken: Int) {
    guard let runs = borders.runs else { return (index, 0) }
    var first = index
    var index = index
    var taken = 0
    // In a run that repeats itself, so does the work.
    var joined: (tail: ArraySlice<UInt8>, head: ArraySlice<UInt8>)?
    var known: [(text: [UInt8], anchor: ArraySlice<UInt8>, chunks: [EncodedChunk])] = []
    var steps: [RunStep] = []
    while index > 0, index < chunks.count {
      if let step = steps.first(where: { isAgain($0, at: index) }) {
        encoded.chunks.replaceSubrange((index - 1)...index, with: step.new)
        (index, taken) = (index - 1 + step.new.count, taken + 1)
        continue
      }
      guard isWithinRun(beforeChunk: index) else { break }
      if let tail = chunks[index - 1].tail(runs), let head = chunks[index].head(runs) {
        if joined.map({ $0.tail != tail || $0.head != head }) ?? true {
          // Tokens that stay apart as a text of their own are those of the whole.
          if EncodedChunk(Array(head), after: (runs.prefix + tail)[...], tokenizer, parseSpecialTokens) != nil { break }
          joined = (tail, head)
        }
      }
      var start = index - 1
      var text = chunks[start].bytes + chunks[index].bytes
      var end = index + 1
      while end < chunks.count, !isBorder(text[...], beforeChunk: end, from: start) {
        text += chunks[end].bytes
        end += 1
      }
      taken += end - index
      let around = index >= 2 && end == index + 1 && end < chunks.count ? Array(chunks[(index - 2)...end]) : []
      while true {
        let anchor = start > 0 ? anchorText(beforeChunk: start, text[...]) ?? [] : []
        var new = known.first { $0.text == text && $0.anchor == anchor }?.chunks
        if new == nil {
          encodedBytes += text.count
          new = encode(text, beforeChunk: start)
          if let new {
            if known.count == 4 { known.removeFirst() }
            known.append((text, anchor, new))
          }
        }
        if let new {
          if !around.isEmpty, start == index - 1 {
            if steps.count == 4 { steps.removeFirst() }
            steps.append(RunStep(around: around, new: new))
          }
          encoded.chunks.replaceSubrange(start..<end, with: new)
          first = min(first, start)
          index = start + new.count
          break
        }
        start -= 1
        text = chunks[start].bytes + text
      }
    }
    return (first, taken)
  }

  /// What two chunks within a run have become, between two others.
  private struct RunStep {
    /// Four.
    let around: [EncodedChunk]
    let new: [EncodedChunk]
  }

  /// Whether all that decides about a step stands around chunk `index` once more.
  private func isAgain(_ step: RunStep, at index: Int) -> Bool {
    guard index >= 2, index + 1 < chunks.count else { return false }
    let (first, left, right, next) = (step.around[0], step.around[1], step.around[2], step.around[3])
    return chunks[index - 2] === first && chunks[index - 1] === left && chunks[index].isSame(right)
      && chunks[index + 1].isSame(next)
      && [first, next].allSatisfy { $0.bytes.count >= borders.widestContext }
  }
}
