// Sums of scores that run on from word to word, as sentencepiece's Unigram has them.

/// The sums of scores before a part of a text and behind it. The part's tokens depend on the one before, though they
/// hardly ever change with it: where it is what it was, nothing that follows changes.
struct RunningSums: Sendable {
  var before: Double
  var behind: Double
  /// Whether the part is well-formed text without added tokens.
  var isPlain: Bool
}

extension PipelineTokenizer {
  /// What carries sums from word to word; nil: texts do not depend on sums, or on more than these.
  var running: UnigramRunningPipeline? {
    guard let running = stages.fused as? UnigramRunningPipeline, stages.preTokenizer == nil,
      !stages.added.hasNormalizedTokens, running.keepsVisibleASCII
    else { return nil }
    return running
  }

  /// The tokens of a part of a text that begins at a border of kind ``BorderKind/space``.
  /// - Throws: ``TokenizationError``.
  /// - Parameters:
  ///   - sum: of the text before the part.
  ///   - isAnchored: whether the last character before is given with it.
  func encode(
    _ utf8: UnsafeBufferPointer<UInt8>, after sum: Double, isAnchored: Bool, _ parsesSpecial: Bool
  ) throws -> (Encoding, RunningSums?) {
    guard let running else { return (Encoding(), nil) }
    var encoding = Encoding()
    var sums = RunningSums(before: sum, behind: sum, isPlain: true)
    let text = AlignedText.repairing(utf8)
    let parts = text.withBytes { stages.added.parts($0, normalized: false, parsesSpecial: parsesSpecial) }
    var isAnchored = isAnchored
    for part in parts {
      switch part {
      case .token(let id, let range):
        encoding.ids.append(id)
        encoding.offsets.append(text.source(range))
        // Text after a token is one of its own.
        (sums.behind, sums.isPlain) = (0, false)
      case .text(let range):
        var section = text.slice(range)
        sums.isPlain = sums.isPlain && section.isUnchanged
        var run = TokenRun()
        running.normalizer.normalize(&section)
        if section.isOverfull { throw growthError(utf8.count) }
        running.model.tokenize(PieceText(section), isAnchored: isAnchored, sum: &sums.behind, into: &run)
        encoding.ids += run.ids
        for piece in run.ranges { encoding.offsets.append(section.source(piece.range)) }
      }
      isAnchored = false
    }
    return (encoding, sums)
  }
}

extension IncrementalEncoding {
  /// The sum before a chunk; nil: it does not matter.
  func sum(beforeChunk index: Int) -> Double? {
    guard borders.running != nil else { return nil }
    return index > 0 ? chunks[index - 1].sums?.behind ?? 0 : 0
  }

  /// Carries the sum behind new chunks on over those that follow, as far as it is another than it was.
  /// - Parameters:
  ///   - index: the first chunk that was encoded with the sum as it was.
  ///   - encodedBytes: gets more by what is encoded.
  /// - Returns: how many chunks from `index` on may have other tokens now.
  mutating func carrySums(from index: Int, _ encodedBytes: inout Int) -> Int {
    guard let running = borders.running, let pipeline = tokenizer as? PipelineTokenizer else { return 0 }
    var changed = 0
    for place in index..<max(index, chunks.count) {
      let chunk = chunks[place]
      guard let sum = sum(beforeChunk: place), let sums = chunk.sums, sums.before != sum else { break }
      encodedBytes += chunk.bytes.count
      if sums.isPlain, let behind = pipeline.sum(behind: chunk, after: sum, running) {
        encoded.chunks[place] = EncodedChunk(chunk, sums: RunningSums(before: sum, behind: behind, isPlain: true))
        continue
      }
      let anchor = anchorText(beforeChunk: place, chunk.bytes[...]) ?? []
      guard let new = EncodedChunk(chunk.bytes, after: anchor, tokenizer, parseSpecialTokens, sum: sum) else { break }
      encoded.chunks[place] = new
      changed = place - index + 1
    }
    return changed
  }
}

extension PipelineTokenizer {
  /// What a part of a text that begins at a space after a word, or is its start, becomes with any sum before it.
  func runningWords(_ bytes: [UInt8]) -> RunningWords? {
    bytes.withUnsafeBufferPointer { bytes in
      scratch.with { scratch in running?.words(of: bytes, scratch) }
    }
  }

  /// The sum behind a plain chunk; nil where its tokens become others.
  fileprivate func sum(behind chunk: EncodedChunk, after sum: Double, _ running: UnigramRunningPipeline) -> Double? {
    chunk.bytes.withUnsafeBufferPointer { bytes in
      scratch.with { scratch in
        if let words = chunk.words {
          var carried = Float(sum)
          let isSame = running.replay(words, bytes, sum: &carried, scratch) { $0.elementsEqual(chunk.ids) }
          if let isSame { return isSame ? Double(carried) : nil }
        }
        var carried = Float(sum)
        var ids: [TokenID] = []
        ids.reserveCapacity(chunk.ids.count + 16)
        running.tokenize(bytes, sum: &carried, scratch: scratch, intoIDs: &ids)
        return ids == chunk.ids ? Double(carried) : nil
      }
    }
  }
}
