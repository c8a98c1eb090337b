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

  private let hiddenSize: Int
  private let widestQuery: Int
  private let widestKey: Int
  private let widestInner: Int
  /// Rows that every buffer has room for.
  private var room = 0

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
    widestQuery = plan.steps.reduce(0) { max($0, $1.attention?.query.outputs ?? 0) }
    widestKey = plan.steps.reduce(0) { max($0, $1.attention?.key.outputs ?? 0) }
    widestInner = plan.steps.reduce(0) { max($0, $1.mlp?.up.outputs ?? 0) }
    hiddenSize = plan.configuration.hiddenSize
    hidden = GrowingActivations(columns: plan.configuration.hiddenSize)
    heads = GrowingActivations(columns: plan.steps.lazy.compactMap(\.attention).first?.output.inputs ?? 1)
    inner = GrowingActivations(columns: plan.steps.lazy.compactMap(\.mlp).first?.down.inputs ?? 1)
    final = GrowingActivations(columns: plan.configuration.hiddenSize)
  }

  /// Makes room for a pass, so that it cannot fail for want of memory once it is under way. Nothing is done where an
  /// earlier pass was as large.
  /// - Parameters:
  ///   - count: rows of the batch.
  ///   - logits: rows whose logits are asked for.
  ///   - positions: one more than the highest position.
  /// - Throws: ``OutOfMemory``.
  func reserve(rows count: Int, logits: Int, positions: Int) throws {
    do {
      for table in rotary { try table.ensure(positions) }
      if count > room {
        room = 0
        for (buffer, width) in [
          (residual, hiddenSize), (attentionOut, hiddenSize), (mlpOut, hiddenSize), (query, widestQuery),
          (key, widestKey), (value, widestKey), (gate, widestInner), (up, widestInner),
        ] { try buffer.reserve(count * width) }
        for activations in [hidden, heads, inner] { try activations.reserve(count) }
        room = count
      }
      try final.reserve(max(1, logits))
    } catch let error as OutOfMemory {
      throw error.needed(for: "\(count) tokens at once")
    }
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

  /// Makes ``ensure(_:)`` of as many succeed.
  /// - Throws: ``OutOfMemory``.
  func reserve(_ count: Int) throws {
    if let buffer, buffer.count >= count { return }
    // The old one goes first: both together need not fit.
    buffer = nil
    buffer = try AlignedBuffer<Float>(trying: max(64, count))
  }

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
  private var rows: Activations?
  private let columns: Int

  init(columns: Int) { self.columns = columns }

  /// Makes room for `count` rows.
  /// - Throws: ``OutOfMemory``.
  func reserve(_ count: Int) throws {
    if (rows?.capacity ?? 0) < count {
      rows = nil
      rows = try Activations(columns: columns, capacity: count)
    }
    if count > 4 { try rows?.reserveTiles() }
  }

  /// Rows in use from now on, of those there is room for.
  func use(_ count: Int) -> Activations {
    guard let rows else { preconditionFailure("room is made before a pass begins") }
    rows.setCount(count)
    return rows
  }
}
