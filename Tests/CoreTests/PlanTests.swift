import Core
import Testing

@Suite struct PlanTests {
  @Test func tiedEmbeddingsShareTheHead() {
    var c = ModelConfiguration(
      architecture: "llama", vocabularySize: 10, hiddenSize: 8, intermediateSize: 16, layers: 2, heads: 2,
      keyValueHeads: 1, headDimension: 4, contextLength: 32)
    c.rope = RopeConfiguration(base: 10_000, dimensions: 4)
    #expect(BlockPlan(c).head.weight != BlockPlan(c).tokenEmbedding)
    c.tiedEmbeddings = true
    let plan = BlockPlan(c)
    #expect(plan.head.weight == plan.tokenEmbedding)
    #expect(plan.steps.count == 4)
  }
}
