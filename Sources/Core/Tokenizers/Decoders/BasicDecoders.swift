/// Replaces a text within each chunk.
struct ReplaceDecoder: TokenDecoder {
  /// Not empty.
  let literal: [UInt8]
  let replacement: [UInt8]
  var growth: Int { max(1, (replacement.count + literal.count - 1) / literal.count) }

  func makeStage() -> any DecoderStage { Stage(decoder: self) }

  private struct Stage: DecoderStage {
    let decoder: ReplaceDecoder
    private var chunk: [UInt8] = []

    init(decoder: ReplaceDecoder) { self.decoder = decoder }

    mutating func push(_ bytes: [UInt8], ends: Bool, into output: ([UInt8], Bool) -> Void) {
      chunk.append(contentsOf: bytes)
      guard ends else { return }
      output(replacing(chunk, decoder.literal, by: decoder.replacement), true)
      chunk.removeAll()
    }

    mutating func finish(into output: ([UInt8], Bool) -> Void) {
      if !chunk.isEmpty { output(replacing(chunk, decoder.literal, by: decoder.replacement), true) }
      chunk.removeAll()
    }
  }
}

/// Replaces the matches of a pattern within each chunk.
struct PatternReplaceDecoder: TokenDecoder {
  let pattern: SplitPattern
  let replacement: [UInt8]
  // A pattern may match nothing, before every byte.
  var growth: Int { replacement.count + 1 }

  func makeStage() -> any DecoderStage {
    ChunkStage(state: ()) { _, chunk in
      var text: [UInt8] = []
      var kept = 0
      chunk.withUnsafeBufferPointer { bytes in
        pattern.forEachMatch(in: bytes) { match in
          text += bytes[kept..<match.lowerBound]
          text += replacement
          kept = match.upperBound
        }
        text += bytes[kept...]
      }
      return text
    }
  }
}

func replacing(_ bytes: [UInt8], _ literal: [UInt8], by replacement: [UInt8]) -> [UInt8] {
  var result: [UInt8] = []
  result.reserveCapacity(bytes.count)
  var i = 0
  while i < bytes.count {
    if bytes[i] == literal[0], bytes.count - i >= literal.count,
      bytes[i..<(i + literal.count)].elementsEqual(literal)
    {
      result.append(contentsOf: replacement)
      i += literal.count
    } else {
      result.append(bytes[i])
      i += 1
    }
  }
  return result
}

/// All chunks become one.
struct FuseDecoder: TokenDecoder {
  func makeStage() -> any DecoderStage { Stage() }

  private struct Stage: DecoderStage {
    mutating func push(_ bytes: [UInt8], ends: Bool, into output: ([UInt8], Bool) -> Void) { output(bytes, false) }
    mutating func finish(into output: ([UInt8], Bool) -> Void) { output([], true) }
  }
}

/// Takes up to so many of a character from the start and the end of each chunk.
struct StripDecoder: TokenDecoder {
  /// The UTF-8 bytes of one character.
  let content: [UInt8]
  let start: Int
  let stop: Int

  func makeStage() -> any DecoderStage { Stage(decoder: self) }

  private struct Stage: DecoderStage {
    let decoder: StripDecoder
    private var pending: [UInt8] = []
    /// How many more may be taken from the start; 0 once something else came.
    private var leading: Int

    init(decoder: StripDecoder) {
      self.decoder = decoder
      leading = decoder.start
    }

    mutating func push(_ bytes: [UInt8], ends: Bool, into output: ([UInt8], Bool) -> Void) {
      pending.append(contentsOf: bytes)
      let content = decoder.content
      while leading > 0, pending.starts(with: content) {
        pending.removeFirst(content.count)
        leading -= 1
      }
      // Part of the character may still be on its way.
      if leading > 0, !ends, content.starts(with: pending) { return }
      if !pending.isEmpty { leading = 0 }
      var kept = pending.count
      if ends {
        for _ in 0..<decoder.stop where pending[..<kept].suffix(content.count).elementsEqual(content) {
          kept -= content.count
        }
        output(Array(pending[..<kept]), true)
        pending.removeAll()
        leading = decoder.start
        return
      }
      // What may have to be taken from the end waits.
      var waiting = 0
      while waiting < decoder.stop, pending[..<kept].suffix(content.count).elementsEqual(content) {
        kept -= content.count
        waiting += 1
      }
      output(Array(pending[..<kept]), false)
      pending.removeFirst(kept)
    }

    mutating func finish(into output: ([UInt8], Bool) -> Void) {
      if !pending.isEmpty { push([], ends: true, into: output) }
    }
  }
}

/// `▁` becomes a space, except in the first token where a space had been put before the text.
struct MetaspaceDecoder: TokenDecoder {
  let replacement: [UInt8]
  let dropsFirst: Bool

  func makeStage() -> any DecoderStage { Stage(decoder: self) }

  private struct Stage: DecoderStage {
    let decoder: MetaspaceDecoder
    private var chunk: [UInt8] = []
    private var isFirst = true

    init(decoder: MetaspaceDecoder) { self.decoder = decoder }

    mutating func push(_ bytes: [UInt8], ends: Bool, into output: ([UInt8], Bool) -> Void) {
      chunk.append(contentsOf: bytes)
      guard ends else { return }
      output(replacing(chunk, decoder.replacement, by: isFirst && decoder.dropsFirst ? [] : [0x20]), true)
      chunk.removeAll()
      isFirst = false
    }
  }
}
