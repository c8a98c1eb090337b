/// A stage on the way from tokens to text. It works on chunks, at first one a token, and hands on as much as can no
/// longer change, so that text can be shown while tokens still come. New kinds add a file here and a line in
/// ``TokenizerJSONStages``.
protocol TokenDecoder: Sendable {
  func makeStage() -> any DecoderStage
  /// How many times as long a token may become.
  var growth: Int { get }
}

extension TokenDecoder {
  var growth: Int { 1 }
}

/// The state of a decoder within one text.
protocol DecoderStage {
  /// Takes bytes of the current chunk; `ends` says that the chunk ends with them.
  mutating func push(_ bytes: [UInt8], ends: Bool, into output: (_ bytes: [UInt8], _ ends: Bool) -> Void)
  /// The text ends.
  mutating func finish(into output: (_ bytes: [UInt8], _ ends: Bool) -> Void)
}

extension DecoderStage {
  mutating func finish(into output: (_ bytes: [UInt8], _ ends: Bool) -> Void) {}
}

/// Decoders in a row, fed token by token.
struct DecoderChain {
  private var stages: [any DecoderStage]

  init(_ decoders: [any TokenDecoder]) { stages = decoders.map { $0.makeStage() } }

  /// The bytes that a token makes certain.
  mutating func push(_ token: [UInt8]) -> [UInt8] {
    var result: [UInt8] = []
    feed(token, ends: true, from: 0, into: &result)
    return result
  }

  mutating func finish() -> [UInt8] {
    var result: [UInt8] = []
    for index in stages.indices {
      var chunks: [([UInt8], Bool)] = []
      stages[index].finish { chunks.append(($0, $1)) }
      for (bytes, ends) in chunks { feed(bytes, ends: ends, from: index + 1, into: &result) }
    }
    return result
  }

  private mutating func feed(_ bytes: [UInt8], ends: Bool, from index: Int, into result: inout [UInt8]) {
    guard index < stages.count else {
      result.append(contentsOf: bytes)
      return
    }
    var chunks: [([UInt8], Bool)] = []
    stages[index].push(bytes, ends: ends) { chunks.append(($0, $1)) }
    for (bytes, ends) in chunks { feed(bytes, ends: ends, from: index + 1, into: &result) }
  }
}

/// A stage that needs whole chunks and makes of each another one, or none.
struct ChunkStage<State>: DecoderStage {
  private var state: State
  private let change: (inout State, [UInt8]) -> [UInt8]?
  private var chunk: [UInt8] = []

  init(state: State, _ change: @escaping (inout State, [UInt8]) -> [UInt8]?) {
    self.state = state
    self.change = change
  }

  mutating func push(_ bytes: [UInt8], ends: Bool, into output: ([UInt8], Bool) -> Void) {
    chunk.append(contentsOf: bytes)
    guard ends else { return }
    if let text = change(&state, chunk) { output(text, true) }
    chunk.removeAll()
  }
}
