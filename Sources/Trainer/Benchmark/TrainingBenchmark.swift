import Core

/// Speed of whole training steps (forward, backward, AdamW) on fixed works, the same that the PyTorch anchors do.
public struct TrainingBenchmark: Sendable {
  public struct Case: Sendable {
    public let name: String
    public let summary: String
    public let batch: Int
    public let context: Int
    let configuration: ModelConfiguration
  }

  public struct Result: Sendable {
    public let name: String
    public let parameters: Int
    public let tokensPerStep: Int
    public let threads: Int
    /// Tokens a second of each step after the warm-up.
    public let runs: [Double]
    /// Resident memory of the process at the end.
    public let memoryBytes: Int
    public let lastLoss: Double

    public var median: Double {
      let sorted = runs.sorted()
      return sorted.isEmpty ? 0 : sorted[sorted.count / 2]
    }
    public var min: Double { runs.min() ?? 0 }
    public var max: Double { runs.max() ?? 0 }
  }

  public static let cases: [Case] = [textbook, llama, gpt2]

  /// - Parameters:
  ///   - name: a letter of ``cases``.
  ///   - repetitions: steps measured, after two that are not.
  /// - Throws: ``TrainingError`` for a case that is not there.
  public static func run(case name: String, threads: Int? = nil, repetitions: Int = 8) throws -> Result {
    guard let work = cases.first(where: { $0.name == name }) else {
      throw TrainingError.value(
        key: "case", found: "'\(name)'", expected: "one of \(cases.map(\.name).joined(separator: ", "))")
    }
    let pool = ThreadPool(threads: threads ?? ThreadPool.processors)
    let plan = BlockPlan(work.configuration)
    let slab = ParameterSlab(plan.parameters)
    slab.initialize(for: plan, seed: 0)
    let model = PlanModel(plan: plan, parameters: slab)
    let tape = Tape(parameters: slab, pool: pool)
    let optimizer = AdamW()
    var random = RandomGenerator(seed: 1)
    let vocabulary = UInt64(work.configuration.vocabularySize)
    func draw() -> [TokenID] { (0..<work.context).map { _ in TokenID(random.next() % vocabulary) } }
    var runs: [Double] = []
    var loss = 0.0
    for step in 1...(repetitions + 2) {
      var batch = Batch()
      for _ in 0..<work.batch { batch.append(ids: draw()[...], targets: draw()[...]) }
      let start = monotonicClock()
      loss = model.loss(batch, on: tape, scale: 1 / Float(batch.supervisedCount)).mean
      optimizer.update(slab, rate: 1e-3, gradientScale: 1, step: step, pool: pool)
      slab.clearGradients()
      if step > 2 { runs.append(Double(batch.tokenCount) / (monotonicClock() - start)) }
    }
    return Result(
      name: work.name, parameters: slab.parameterCount, tokensPerStep: work.batch * work.context,
      threads: pool.threads, runs: runs, memoryBytes: residentMemory(), lastLoss: loss)
  }

  private static let textbook: Case = {
    var c = ModelConfiguration(
      architecture: "llama", vocabularySize: 32_011, hiddenSize: 128, intermediateSize: 512, layers: 2, heads: 8,
      keyValueHeads: 8, headDimension: 16, contextLength: 30)
    c.activation = .relu
    c.gatedMLP = false
    c.mlpBias = true
    c.rope = RopeConfiguration(base: 10_000, dimensions: 16)
    return Case(
      name: "a", summary: "textbook decoder, 8.6 M parameters, 128 × 30 tokens", batch: 128, context: 30,
      configuration: c)
  }()

  private static let llama: Case = {
    var c = ModelConfiguration(
      architecture: "llama", vocabularySize: 4096, hiddenSize: 256, intermediateSize: 768, layers: 6, heads: 8,
      keyValueHeads: 8, headDimension: 32, contextLength: 256)
    c.rope = RopeConfiguration(base: 10_000, dimensions: 32)
    return Case(
      name: "c", summary: "Llama style, 7.2 M parameters, 16 × 256 tokens", batch: 16, context: 256, configuration: c)
  }()

  private static let gpt2: Case = {
    var c = ModelConfiguration(
      architecture: "gpt2", vocabularySize: 50_257, hiddenSize: 768, intermediateSize: 3072, layers: 12, heads: 12,
      keyValueHeads: 12, headDimension: 64, contextLength: 1024)
    c.norm = .layer
    c.positions = .learned
    c.activation = .geluTanh
    c.gatedMLP = false
    c.queryKeyValueBias = true
    c.outputBias = true
    c.mlpBias = true
    c.tiedEmbeddings = true
    return Case(name: "d", summary: "GPT-2, 124 M parameters, 4 × 128 tokens", batch: 4, context: 128, configuration: c)
  }()
}
