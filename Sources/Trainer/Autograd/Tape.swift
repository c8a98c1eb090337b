import CKernels
import Core

/// Records coarse operations as they run and walks them backwards for gradients.
///
/// A step is `begin(batch)`, the operations, a loss, `backward()`; then the parameters' gradients stand in their slab.
/// All memory comes from an arena that `begin` resets. Every sum that crosses rows is taken over a fixed partition, so
/// results are the same, bit for bit, at any number of threads.
public final class Tape {
  struct Node {
    var data: UnsafeMutablePointer<Float>
    var count: Int
    /// Index into `buffers`; −1: no gradient yet.
    var gradient = -1
  }
  /// A gradient's memory; shared where an addition passes the same gradient to both sides.
  struct GradientBuffer {
    var memory: UnsafeMutableBufferPointer<Float>
    var references: Int
  }

  public let parameters: ParameterSlab
  public let pool: ThreadPool
  let kernels: UnsafePointer<gbx_kernels>
  let train: UnsafePointer<gbx_train_kernels>
  let arena = Arena()
  let scratch: ScratchSlots

  private(set) var batch = Batch()
  /// Place of each row in its sequence.
  private(set) var positions: [Int32] = []
  private(set) var isRecording = true
  var nodes: [Node] = []
  private var operations: [Operation] = []
  private var buffers: [GradientBuffer] = []
  var rotaryTables: [RotaryTable] = []

  public init(parameters: ParameterSlab, pool: ThreadPool, kernels: Kernels = .current) {
    self.parameters = parameters
    self.pool = pool
    self.kernels = kernels.table
    train = gbx_train_kernels_for(kernels.table.pointee.isa) ?? gbx_train_kernels_for(GBX_PORTABLE)
    scratch = ScratchSlots(count: pool.threads)
  }

  /// Starts a step: everything of the step before is forgotten.
  /// - Parameter recording: false for evaluation, which keeps nothing for a backward pass.
  public func begin(_ batch: Batch, recording: Bool = true) {
    self.batch = batch
    isRecording = recording
    positions.removeAll(keepingCapacity: true)
    for sequence in 0..<batch.sequenceCount {
      for place in 0..<(batch.starts[sequence + 1] - batch.starts[sequence]) { positions.append(Int32(place)) }
    }
    nodes.removeAll(keepingCapacity: true)
    operations.removeAll(keepingCapacity: true)
    buffers.removeAll(keepingCapacity: true)
    arena.reset()
  }

  /// Memory held for activations and their gradients.
  public var byteCount: Int { arena.byteCount }

  // MARK: Values

  func newTensor(rows: Int, columns: Int) -> Tensor {
    nodes.append(Node(data: arena.allocate(rows * columns), count: rows * columns))
    return Tensor(slot: nodes.count - 1, rows: rows, columns: columns)
  }

  /// A tensor's values, row-major, until the next `begin`.
  public func values(of tensor: Tensor) -> UnsafeBufferPointer<Float> {
    UnsafeBufferPointer(start: nodes[tensor.slot].data, count: tensor.count)
  }

  /// Puts given values on the tape as if an operation had made them: for tests and for heads of other recipes.
  public func constant(_ values: [Float], columns: Int) -> Tensor {
    let tensor = newTensor(rows: values.count / columns, columns: columns)
    values.withUnsafeBufferPointer { source in
      if let base = source.baseAddress { nodes[tensor.slot].data.update(from: base, count: source.count) }
    }
    return tensor
  }

  func record(_ operation: Operation) {
    if isRecording { operations.append(operation) }
  }

  // MARK: Gradients

  /// The gradient of a tensor while or after the backward pass ran; nil where nothing flowed.
  public func gradient(of tensor: Tensor) -> UnsafeBufferPointer<Float>? {
    readGradient(tensor.slot).map { UnsafeBufferPointer(start: $0, count: tensor.count) }
  }

  func readGradient(_ slot: Int) -> UnsafeMutablePointer<Float>? {
    nodes[slot].gradient < 0 ? nil : buffers[nodes[slot].gradient].memory.baseAddress
  }

  /// Where a gradient goes, and whether to add to it. A buffer that another tensor still reads is copied first.
  func writeGradient(_ slot: Int) -> (pointer: UnsafeMutablePointer<Float>, accumulate: Bool) {
    let count = nodes[slot].count
    let held = nodes[slot].gradient
    if held >= 0, buffers[held].references == 1, let pointer = buffers[held].memory.baseAddress {
      return (pointer, true)
    }
    let memory = arena.borrow(count)
    buffers.append(GradientBuffer(memory: memory, references: 1))
    nodes[slot].gradient = buffers.count - 1
    guard let pointer = memory.baseAddress else { preconditionFailure("the arena gives real memory") }
    guard held >= 0, let source = buffers[held].memory.baseAddress else { return (pointer, false) }
    buffers[held].references -= 1
    pointer.update(from: source, count: count)
    return (pointer, true)
  }

  /// Uses memory that is no longer needed as a slot's gradient.
  func adoptGradient(_ slot: Int, _ memory: UnsafeMutablePointer<Float>) {
    // Owned by its node's data: never given back to the arena.
    buffers.append(
      GradientBuffer(memory: UnsafeMutableBufferPointer(start: memory, count: nodes[slot].count), references: 1 << 20))
    nodes[slot].gradient = buffers.count - 1
  }

  /// Lets a slot read the gradient of another, without a copy.
  func shareGradient(of source: Int, with slot: Int) {
    let index = nodes[source].gradient
    guard index >= 0 else { return }
    buffers[index].references += 1
    nodes[slot].gradient = index
  }

  func releaseGradient(_ slot: Int) {
    let index = nodes[slot].gradient
    guard index >= 0 else { return }
    nodes[slot].gradient = -1
    buffers[index].references -= 1
    if buffers[index].references == 0 { arena.giveBack(buffers[index].memory) }
  }

  /// Walks the operations backwards from the gradients that a loss has left (or `seed` has set).
  /// - Parameter keeping: tensors whose gradients shall stay readable afterwards.
  public func backward(keeping: [Tensor] = []) {
    for tensor in keeping {
      // One more reader keeps the memory from being handed out again.
      kept.append(tensor.slot)
    }
    for operation in operations.reversed() { backward(operation) }
    kept.removeAll(keepingCapacity: true)
  }
  private var kept: [Int] = []

  /// Sets a tensor's gradient before a backward pass.
  public func seed(_ tensor: Tensor, gradient: [Float]) {
    let (pointer, _) = writeGradient(tensor.slot)
    gradient.withUnsafeBufferPointer { source in
      if let base = source.baseAddress { pointer.update(from: base, count: min(tensor.count, source.count)) }
    }
  }

  private func backward(_ operation: Operation) {
    switch operation {
    case .embedding(let out, let table, let scale, let columns):
      guard let dy = readGradient(out) else { return }
      embeddingBackward(dy, table: table, rows: batch.ids, scale: scale, columns: columns)
      finish(out)
    case .positions(let out, let x, let table, let columns):
      guard let dy = readGradient(out) else { return }
      embeddingBackward(dy, table: table, rows: positions, scale: 1, columns: columns)
      passGradient(from: out, to: x, count: batch.ids.count * columns)
      finish(out)
    case .norm(let out, let x, let step, let statistics):
      guard let dy = readGradient(out.slot) else { return }
      normBackward(dy, out: out, x: x, step: step, statistics: statistics)
      finish(out.slot)
    case .linear(let out, let x, let rows, let step):
      guard let dy = readGradient(out) else { return }
      linearBackward(dy, x: x, rows: rows, step: step)
      finish(out)
    case .rotary(let x, let table, let headDimension):
      guard readGradient(x.slot) != nil else { return }
      rotate(writeGradient(x.slot).pointer, x, table: table, headDimension: headDimension, backward: true)
    case .attention(let out, let query, let key, let value, let step, let logSumExp):
      guard let dy = readGradient(out) else { return }
      attentionBackward(dy, out: out, query: query, key: key, value: value, step: step, logSumExp: logSumExp)
      finish(out)
    case .activation(let out, let gate, let up, let kind, let count):
      guard let dy = readGradient(out) else { return }
      activationBackward(dy, gate: gate, up: up, kind: kind, count: count)
      finish(out)
    case .add(let out, let x, let z, let scale, let count):
      guard readGradient(out) != nil else { return }
      addBackward(out: out, x: x, z: z, scale: scale, count: count)
      finish(out)
    }
  }

  /// An operation's output gradient has been used.
  private func finish(_ slot: Int) {
    if !kept.contains(slot) { releaseGradient(slot) }
  }

  /// Adds the gradient of `source` to that of `slot`, or shares it where there is none yet.
  func passGradient(from source: Int, to slot: Int, count: Int) {
    if nodes[slot].gradient < 0 {
      shareGradient(of: source, with: slot)
    } else if let dy = readGradient(source) {
      let (pointer, _) = writeGradient(slot)
      addScaled(pointer, pointer, 1, dy, count: count)
    }
  }
}
