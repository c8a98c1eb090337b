import CKernels
import Synchronization

/// Runs a model's ``BlockPlan``: steps over slices of any number of sequences at once, over weights as they are stored
/// and a paged cache of keys and values.
///
/// The numbers of a sequence depend on its tokens and the weights only: not on what else is in the batch, on how a
/// prompt is cut into steps, or on the number of threads. One step runs at a time; callers on other threads wait for
/// their turn.
public final class Engine: @unchecked Sendable {
  public let plan: BlockPlan
  public let pool: ThreadPool
  /// Where the keys and values of this engine's sequences live.
  public let pagePool: PagePool
  /// The most tokens a sequence may hold.
  public let contextLength: Int

  private let current: Mutex<WeightStore>
  private let turn = TurnLock()
  private let workspace: Workspace
  let kernels: UnsafePointer<gbx_kernels>

  /// - Parameter context: the longest sequence, in tokens; nil: what the model was made for.
  public init(weights: WeightStore, pool: ThreadPool, cache: CacheType = .f16, context: Int? = nil) {
    plan = weights.plan
    self.pool = pool
    pagePool = PagePool(layout: PageLayout(plan, type: cache))
    let limit = max(1, plan.configuration.contextLength)
    contextLength = max(1, plan.positionEmbedding == nil ? context ?? limit : min(context ?? limit, limit))
    current = Mutex(weights)
    kernels = Kernels.current.table
    workspace = Workspace(plan, cache: cache)
  }

  /// The weights in use.
  public var weights: WeightStore { current.withLock { $0 } }
  /// Pages of another epoch must be recomputed before use.
  public var epoch: UInt64 { weights.epoch }
  public var cache: CacheType { pagePool.layout.type }

  /// An empty sequence.
  public func makePages() -> PageTable { PageTable(pool: pagePool) }

  /// Puts other weights of the same shape in place, from the next step on. Pages computed with the old ones are
  /// refused until ``refresh(_:progress:isCancelled:)``.
  /// - Throws: ``EngineError/differentPlan``.
  public func swap(weights: WeightStore) throws {
    guard weights.plan.parameters == plan.parameters && weights.plan.steps == plan.steps else {
      throw EngineError.differentPlan
    }
    current.withLock { $0 = weights }
  }

  /// Recomputes what a sequence holds of other weights, from its token ids.
  public func refresh(
    _ pages: PageTable, progress: (_ done: Int, _ of: Int) -> Void = { _, _ in }, isCancelled: () -> Bool = { false }
  ) throws {
    let tokens = pages.tokens
    let logits = Logits()
    while true {
      let valid = pages.validCount(epoch: epoch)
      pages.truncate(to: valid)
      progress(valid, tokens.count)
      if valid == tokens.count { return }
      let end = min(tokens.count, valid + 256)
      do {
        let slice = SequenceSlice(tokens: Array(tokens[valid..<end]), pages: pages, wants: .none)
        try step([slice], into: logits, isCancelled: isCancelled)
      } catch EngineError.stalePages {
        // Swapped again meanwhile: begin anew with the newest weights.
      }
    }
  }

  /// One step, with logits of its own.
  public func step(_ slices: [SequenceSlice], probe: (any Probe)? = nil) throws -> Logits {
    let logits = Logits()
    try step(slices, into: logits, probe: probe)
    return logits
  }

  /// Processes the slices' tokens: their keys and values are added to their pages, and `logits` are filled with a row
  /// for each position asked for, slices in order.
  ///
  /// - Parameter isCancelled: asked between layers.
  /// - Throws: ``EngineError``, ``OutOfMemory``, or ``FormatError`` where the model's file was cut short; pages are then
  ///   as they were.
  public func step(
    _ slices: [SequenceSlice], into logits: Logits, probe: (any Probe)? = nil, isCancelled: () -> Bool = { false }
  ) throws {
    turn.lock()
    defer { turn.unlock() }
    let weights = self.weights
    try check(slices, epoch: weights.epoch)
    MappedFile.watch()
    do {
      for slice in slices { try slice.pages.reserve(slice.tokens.count, epoch: weights.epoch) }
      var pass = try ForwardPass(
        engine: self, weights: weights, workspace: workspace, slices: slices, probe: probe)
      try pass.run(into: logits, isCancelled: isCancelled)
      try weights.checkRead()
    } catch {
      for slice in slices { slice.pages.rollback() }
      throw error
    }
    for slice in slices { slice.pages.commit(slice.tokens) }
  }

  private func check(_ slices: [SequenceSlice], epoch: UInt64) throws {
    let vocabulary = plan.configuration.vocabularySize
    for (i, slice) in slices.enumerated() {
      guard !slice.tokens.isEmpty else { throw EngineError.emptySlice }
      guard slice.pages.pool === pagePool else { throw EngineError.foreignPages }
      for other in slices[..<i] where other.pages === slice.pages { throw EngineError.sharedTable }
      let held = slice.pages.count
      guard slice.tokens.count <= contextLength - held else {
        throw EngineError.contextOverflow(held: held, added: slice.tokens.count, limit: contextLength)
      }
      let valid = slice.pages.validCount(epoch: epoch)
      guard valid == held else { throw EngineError.stalePages(held: held, valid: valid) }
      for token in slice.tokens where token < 0 || Int(token) >= vocabulary {
        throw EngineError.tokenOutOfRange(token, vocabulary: vocabulary)
      }
    }
  }
}
