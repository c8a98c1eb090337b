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
    while index > 0, index < chunks.count, isWithinRun(beforeChunk: index) {
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
          chunks.replaceSubrange(start..<end, with: new)
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
}
