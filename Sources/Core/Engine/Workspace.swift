/// Memory of one step, kept from step to step and grown when a larger one comes: decoding allocates nothing.
final class Workspace {
  /// Where each row of the batch comes from.
  struct Row {
    var slice: Int
    var position: Int
    var token: TokenID
  }

  let attention: [AttentionKernel]
  /// For each attention layer the index of its table in `rotary`; −1 for none.
  let rotaryOfLayer: [Int]
  let rotary: [RotaryTable]

  var rows: [Row] = []
  /// Rows whose logits are asked for.
  var logitRows: [Int] = []
  /// First row of each slice, and one past the last.
  var firstRow: [Int] = []
  /// Each slice's rows that are still under way: the first, how many, and the first one's position.
  var spans: [(first: Int, count: Int, position: Int)] = []
  /// Start of each slice's pages in the three arrays below.
  var firstPage: [Int] = []
  var pageBases: [UnsafeMutableRawPointer] = []
  var keyPointers: [UnsafeRawPointer?] = []
  var valuePointers: [UnsafeRawPointer?] = []
  var sequences: [AttentionKernel.Sequence] = []

  let residual = GrowingBuffer()
  let attentionOut = GrowingBuffer()
  let mlpOut = GrowingBuffer()
  let query = GrowingBuffer()
  let key = GrowingBuffer()
  let value = GrowingBuffer()
  let gate = GrowingBuffer()
  let up = GrowingBuffer()
  let hidden: GrowingActivations
  let heads: GrowingActivations
  let inner: GrowingActivations
  let final: GrowingActivations

  init(_ plan: BlockPlan, cache: CacheType) {
    var attention = [AttentionKernel]()
    var rotaryOfLayer = [Int]()
    var rotary = [RotaryTable]()
    for step in plan.steps {
      guard let a = step.attention else { continue }
      attention.append(
        AttentionKernel(
          heads: a.heads, keyValueHeads: a.keyValueHeads, headDimension: a.headDimension, scale: a.scale,
          softcap: a.softcap, window: a.window, half: cache == .f16))
      if let step = a.rotary {
        let known = rotary.firstIndex { $0.step == step }
        rotaryOfLayer.append(known ?? rotary.count)
        if known == nil { rotary.append(RotaryTable(step)) }
      } else {
        rotaryOfLayer.append(-1)
      }
    }
    self.attention = attention
    self.rotaryOfLayer = rotaryOfLayer
    self.rotary = rotary
    hidden = GrowingActivations(columns: plan.configuration.hiddenSize)
    heads = GrowingActivations(columns: plan.steps.lazy.compactMap(\.attention).first?.output.inputs ?? 1)
    inner = GrowingActivations(columns: plan.steps.lazy.compactMap(\.mlp).first?.down.inputs ?? 1)
    final = GrowingActivations(columns: plan.configuration.hiddenSize)
  }
}

extension BlockStep {
  var attention: AttentionStep? {
    switch self {
    case .attention(let a), .parallel(let a, _): a
    case .mlp: nil
    }
  }

  var mlp: MLPStep? {
    switch self {
    case .mlp(let m), .parallel(_, let m): m
    case .attention: nil
    }
  }
}

/// Floats that grow.
final class GrowingBuffer {
  private var buffer: AlignedBuffer<Float>?

  /// At least `count` floats; what was inside is lost when it grows.
  func ensure(_ count: Int) -> UnsafeMutablePointer<Float> {
    if let buffer, buffer.count >= count { return buffer.pointer }
    let grown = AlignedBuffer<Float>(count: max(64, count))
    buffer = grown
    return grown.pointer
  }
}

/// Inputs of products, with room for as many rows as the largest step had.
final class GrowingActivations {
  private var rows: Activations
  private let columns: Int

  init(columns: Int) {
    self.columns = columns
    rows = Activations(columns: columns, capacity: 1)
  }

  /// Room for `count` rows, in use from now on.
  func use(_ count: Int) -> Activations {
    if rows.capacity < count { rows = Activations(columns: columns, capacity: count) }
    rows.setCount(count)
    return rows
  }
}
