import Core

/// Small models with invented weights, for what needs no reference.
enum EngineFixture {
  static let vocabulary = 61

  static func configuration(layers: Int = 2) -> ModelConfiguration {
    var c = ModelConfiguration(
      architecture: "llama", vocabularySize: vocabulary, hiddenSize: 48, intermediateSize: 80, layers: layers, heads: 4,
      keyValueHeads: 2, headDimension: 12, contextLength: 2048)
    c.rope = RopeConfiguration(base: 10_000, dimensions: 12)
    return c
  }

  /// Every feature the plan knows, in one model that nobody would train.
  static func everything() -> ModelConfiguration {
    var c = configuration()
    c.slidingWindows = [40, nil]
    c.localRope = RopeConfiguration(base: 500, dimensions: 8)
    c.attentionScale = 0.2
    c.attentionSoftcap = 5
    c.finalSoftcap = 3
    c.queryKeyNorm = true
    c.queryKeyValueBias = true
    c.outputBias = true
    c.mlpBias = true
    c.postNorms = true
    c.embeddingScale = 2
    c.tiedEmbeddings = true
    c.normWeightOffset = 1
    c.activation = .geluTanh
    return c
  }

  static func weights(_ configuration: ModelConfiguration, seed: UInt64 = 1) -> WeightStore {
    let plan = BlockPlan(configuration)
    var random = RandomGenerator(seed: seed)
    let values = plan.parameters.map { parameter in
      (0..<parameter.count).map { _ in
        let x = Float(random.next() >> 40) / Float(1 << 24) - 0.5
        return parameter.role == .norm ? 1 + x : 0.5 * x
      }
    }
    // swift-format-ignore: NeverUseForceTry
    return try! WeightStore(plan: plan, pool: ThreadPool(threads: 1)) { id in
      values[id].withUnsafeBufferPointer { $0 }
    }
  }

  static func weights(seed: UInt64 = 1, layers: Int = 2) -> WeightStore {
    weights(configuration(layers: layers), seed: seed)
  }

  static func engine(
    _ configuration: ModelConfiguration = configuration(), cache: CacheType = .f16, threads: Int = 1,
    context: Int? = nil
  ) -> Engine {
    Engine(weights: weights(configuration), pool: ThreadPool(threads: threads), cache: cache, context: context)
  }
}
