/// Tokens are bytes already (the vocabulary holds them so): whole characters are handed on, what is not UTF-8 as
/// U+FFFD, one for each maximal part that could have begun a character.
struct ByteLevelDecoder: TokenDecoder {
  /// As a later stage it gets chunks as they are written: those that are written with ``ByteAlphabet`` become bytes.
  var readsLetters = false

  func makeStage() -> any DecoderStage {
    readsLetters ? LetterStage() : Stage()
  }

  private struct LetterStage: DecoderStage {
    private var chunk: [UInt8] = []
    private var inner = Stage()

    mutating func push(_ bytes: [UInt8], ends: Bool, into output: ([UInt8], Bool) -> Void) {
      chunk.append(contentsOf: bytes)
      guard ends else { return }
      var decoded: [UInt8] = []
      let isWritten = chunk.withUnsafeBufferPointer { ByteAlphabet.decode($0, into: &decoded) }
      inner.push(isWritten ? decoded : chunk, ends: true, into: output)
      chunk.removeAll()
    }

    mutating func finish(into output: ([UInt8], Bool) -> Void) { inner.finish(into: output) }
  }

  private struct Stage: DecoderStage {
    private var pending: [UInt8] = []

    mutating func push(_ bytes: [UInt8], ends: Bool, into output: ([UInt8], Bool) -> Void) {
      pending.append(contentsOf: bytes)
      let whole = pending.count - incompleteSuffix(pending)
      guard whole > 0 else { return }
      output(repaired(pending[..<whole]), false)
      pending.removeFirst(whole)
    }

    mutating func finish(into output: ([UInt8], Bool) -> Void) {
      output(repaired(pending[...]), true)
      pending.removeAll()
    }

    private func repaired(_ bytes: ArraySlice<UInt8>) -> [UInt8] {
      bytes.withUnsafeBufferPointer { AlignedText.repairing($0).withBytes { Array($0) } }
    }
  }
}

/// Length of the longest end of `bytes` that could become a character with more bytes.
func incompleteSuffix(_ bytes: [UInt8]) -> Int {
  for length in 1..<4 where bytes.count >= length {
    let at = bytes.count - length
    let lead = bytes[at]
    if lead & 0xC0 == 0x80 { continue }
    let needed = lead >= 0xF0 && lead < 0xF5 ? 4 : lead >= 0xE0 && lead < 0xF0 ? 3 : lead >= 0xC2 && lead < 0xE0 ? 2 : 1
    guard needed > length else { return 0 }
    if length > 1 {
      let second = bytes[at + 1]
      let lower: UInt8 = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80
      let upper: UInt8 = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF
      if second < lower || second > upper { return 0 }
    }
    return length
  }
  return 0
}

/// Byte tokens (`<0xE2>`) become the text that they spell together; a run that is not UTF-8 becomes one U+FFFD a byte.
/// A run is known only when it has ended.
struct ByteFallbackDecoder: TokenDecoder {
  func makeStage() -> any DecoderStage { Stage() }

  private struct Stage: DecoderStage {
    private var run: [UInt8] = []
    private var chunk: [UInt8] = []

    mutating func push(_ bytes: [UInt8], ends: Bool, into output: ([UInt8], Bool) -> Void) {
      chunk.append(contentsOf: bytes)
      guard ends else { return }
      defer { chunk.removeAll() }
      if let byte = ByteFallback.byte(of: chunk) {
        run.append(byte)
        return
      }
      flush(output)
      output(chunk, true)
    }

    mutating func finish(into output: ([UInt8], Bool) -> Void) { flush(output) }

    private mutating func flush(_ output: ([UInt8], Bool) -> Void) {
      guard !run.isEmpty else { return }
      defer { run.removeAll() }
      let isText = run.withUnsafeBufferPointer { AlignedText.repairing($0).isUnchanged }
      if isText {
        output(run, true)
      } else {
        for _ in run { output([0xEF, 0xBF, 0xBD], true) }
      }
    }
  }
}
