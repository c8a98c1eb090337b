/// sentencepiece's decoding: control tokens say nothing, unknown ones have a text of their own, bytes make characters
/// (one U+FFFD for each that makes none), `▁` is a space but for the one that was put before the text.
struct SentencePieceDecoder: TokenDecoder {
  let control: Set<[UInt8]>
  let unknown: [UInt8]
  let unknownSurface: [UInt8]
  let hasBytes: Bool
  let addsDummyPrefix: Bool
  let removesExtraSpaces: Bool
  /// What is done with the whole text in the end.
  var denormalizer: SentencePieceNormalizer?

  func makeStage() -> any DecoderStage { Stage(decoder: self) }

  private struct Stage: DecoderStage {
    let decoder: SentencePieceDecoder
    private var chunk: [UInt8] = []
    private var run: [UInt8] = []
    private var whole: [UInt8] = []
    private var isEmpty = true
    private var isStart = true
    private var tookMark = false

    init(decoder: SentencePieceDecoder) { self.decoder = decoder }

    mutating func push(_ bytes: [UInt8], ends: Bool, into output: ([UInt8], Bool) -> Void) {
      chunk.append(contentsOf: bytes)
      guard ends else { return }
      defer { chunk.removeAll(keepingCapacity: true) }
      if decoder.hasBytes, let byte = ByteFallback.byte(of: chunk) {
        run.append(byte)
        return
      }
      flush(output)
      if tookMark || !isEmpty { isStart = false }
      tookMark = false
      if decoder.control.contains(chunk) { return }
      if chunk == decoder.unknown { return emit(decoder.unknownSurface, output) }
      var text = chunk
      if isStart, decoder.addsDummyPrefix || decoder.removesExtraSpaces, text.starts(with: PipelineTokenizer.mark) {
        text.removeFirst(3)
        tookMark = !decoder.removesExtraSpaces
      }
      emit(replacing(text, PipelineTokenizer.mark, by: [0x20]), output)
    }

    mutating func finish(into output: ([UInt8], Bool) -> Void) {
      flush(output)
      defer { self = Stage(decoder: decoder) }
      guard let denormalizer = decoder.denormalizer else { return }
      whole.withUnsafeBufferPointer { bytes in
        var text = AlignedText(bytes)
        denormalizer.normalize(&text)
        output(text.withBytes { Array($0) }, true)
      }
    }

    private mutating func emit(_ text: [UInt8], _ output: ([UInt8], Bool) -> Void) {
      guard !text.isEmpty else { return }
      isEmpty = false
      if decoder.denormalizer == nil {
        output(text, true)
      } else {
        whole.append(contentsOf: text)
      }
    }

    private mutating func flush(_ output: ([UInt8], Bool) -> Void) {
      guard !run.isEmpty else { return }
      var text: [UInt8] = []
      run.withUnsafeBufferPointer { run in
        guard let base = run.baseAddress else { return }
        var i = 0
        while i < run.count {
          let length = utf8SequenceLength(base + i, remaining: run.count - i)
          text.append(contentsOf: length == 0 ? [0xEF, 0xBF, 0xBD] : Array(run[i..<(i + length)]))
          i += max(1, length)
        }
      }
      run.removeAll(keepingCapacity: true)
      emit(text, output)
    }
  }
}
