import Core
import Foundation
import TestSupport
import Testing
import Trainer

/// One plan, two executors: the inference engine and the training tape give the same logits for every model that both
/// can run, so that whatever can be chatted with can be taught.
@Suite struct ParityTests {
  private let pool = ThreadPool(threads: 2)

  private func text(_ count: Int, vocabulary: Int) -> [TokenID] {
    var random = RandomGenerator(seed: 21)
    return (0..<count).map { _ in TokenID(random.next() % UInt64(vocabulary)) }
  }

  /// Largest difference of any logit, over all positions of a text that the engine reads in pieces.
  private func difference(
    _ plan: BlockPlan, _ slab: ParameterSlab, engine: Engine, _ ids: [TokenID]
  ) throws -> Float {
    let taught = PlanModel(plan: plan, parameters: slab).logits(ids, on: Tape(parameters: slab, pool: pool))
    let pages = engine.makePages()
    var worst: Float = 0
    var at = 0
    for size in [ids.count / 2, 1, ids.count - ids.count / 2 - 1] {
      let logits = try engine.step([.init(tokens: Array(ids[at..<at + size]), pages: pages, wants: .all)])
      for row in 0..<size {
        for (column, value) in logits[row].enumerated() {
          let other = taught[(at + row) * plan.head.outputs + column]
          worst = max(worst, (value - other).isFinite ? abs(value - other) : .infinity)
        }
      }
      at += size
    }
    return worst
  }

  @Test func everyTinyModel() throws {
    guard let folder = Fixtures.path("models/tiny") else { return }
    var compared: Set<String> = []
    for name in try FileManager.default.contentsOfDirectory(atPath: folder).sorted() {
      // What cannot be opened cannot be chatted with either.
      guard let files = try? ModelFiles.open(folder + "/" + name) else { continue }
      let slab = ParameterSlab(files.plan.parameters, isTrainable: { _ in false })
      for id in files.plan.parameters.indices {
        let rows = files.rows(of: id)
        if let base = slab.value(id).baseAddress { rows.read(0..<rows.rows, into: base) }
      }
      let engine = Engine(weights: try WeightStore(files, exact: true, pool: pool), pool: pool, cache: .f32)
      let ids = text(45, vocabulary: files.configuration.vocabularySize)
      let worst = try difference(files.plan, slab, engine: engine, ids)
      #expect(worst < 2e-4, "\(name)")
      compared.insert(name)
    }
    #expect(
      compared.isSuperset(of: [
        "gpt2", "llama", "llama-bf16", "llama-f16", "llama-sharded", "llama-tied-rope3", "qwen2", "gemma3_text",
      ]))
  }

  @Test func everyFeatureOfThePlan() throws {
    var c = ModelConfiguration(
      architecture: "llama", vocabularySize: 53, hiddenSize: 48, intermediateSize: 80, layers: 3, heads: 4,
      keyValueHeads: 2, headDimension: 12, contextLength: 128)
    c.rope = RopeConfiguration(base: 10_000, dimensions: 12)
    c.localRope = RopeConfiguration(base: 500, dimensions: 8)
    c.slidingWindows = [7, nil, 40]
    c.attentionScale = 0.2
    c.attentionSoftcap = 5
    c.finalSoftcap = 3
    c.queryKeyNorm = true
    c.queryKeyValueBias = true
    c.outputBias = true
    c.mlpBias = true
    c.postNorms = true
    c.embeddingScale = 2
    c.normWeightOffset = 1
    for activation in [Activation.silu, .gelu, .geluTanh, .relu] {
      c.activation = activation
      c.gatedMLP = activation != .relu
      c.tiedEmbeddings = activation == .silu
      c.norm = activation == .gelu ? .layer : .rms
      try check(c)
    }
    c.positions = .learned
    c.rope = nil
    c.localRope = nil
    try check(c)
  }

  /// Blocks whose attention and MLP read the same residual.
  @Test func parallelBlocks() throws {
    var c = ModelConfiguration(
      architecture: "llama", vocabularySize: 31, hiddenSize: 32, intermediateSize: 64, layers: 2, heads: 2,
      keyValueHeads: 2, headDimension: 16, contextLength: 64)
    c.rope = RopeConfiguration(base: 10_000, dimensions: 8)
    var plan = BlockPlan(c)
    plan.steps = stride(from: 0, to: plan.steps.count, by: 2).compactMap { i in
      if case .attention(var a) = plan.steps[i], case .mlp(let m) = plan.steps[i + 1] {
        a.residualMultiplier = 0.5
        return .parallel(a, m)
      }
      return nil
    }
    #expect(plan.steps.count == 2)
    try check(plan)
  }

  private func check(_ configuration: ModelConfiguration) throws { try check(BlockPlan(configuration)) }

  /// The engine on a snapshot of the tape's own parameters.
  private func check(_ plan: BlockPlan) throws {
    let slab = ParameterSlab(plan.parameters)
    var random = RandomGenerator(seed: 4)
    for (id, parameter) in plan.parameters.enumerated() {
      for i in slab.value(id).indices {
        slab.value(id)[i] = parameter.role == .norm ? 1 + 0.3 * random.gaussian() : 0.15 * random.gaussian()
      }
    }
    let weights = try WeightStore(plan: plan, pool: pool) { UnsafeBufferPointer(slab.value($0)) }
    let engine = Engine(weights: weights, pool: pool, cache: .f32)
    let ids = text(60, vocabulary: plan.head.outputs)
    #expect(try difference(plan, slab, engine: engine, ids) < 2e-4)
  }
}
