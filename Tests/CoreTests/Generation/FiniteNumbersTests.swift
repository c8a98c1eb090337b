import Core
import Foundation
import TestSupport
import Testing

/// Numbers that are not finite are an error in one sentence, never an empty reply.
@Suite struct FiniteNumbersTests {
  @Test func allPlacesAreLookedAt() {
    for bad in [Float.nan, -.nan, .infinity, -.infinity, .signalingNaN] {
      for place in [0, 1, 6, 16, 32] {
        var values = (0..<33).map { Float($0) - 16 }
        #expect(values.withUnsafeBufferPointer { LogProbability.areFinite($0) })
        values[place] = bad
        #expect(!values.withUnsafeBufferPointer { LogProbability.areFinite($0) })
      }
    }
    for fine in [Float.greatestFiniteMagnitude, -.greatestFiniteMagnitude, .leastNonzeroMagnitude, 0, -0.0] {
      #expect([fine].withUnsafeBufferPointer { LogProbability.areFinite($0) })
    }
    #expect([Float]().withUnsafeBufferPointer { LogProbability.areFinite($0) })
  }

  /// - Parameter value: put into the row of token 7 of the embedding.
  private func model(_ value: Float, _ folder: TemporaryFolder) throws -> LoadedModel {
    var c = SyntheticModelTests.configuration("llama")
    c.tiedEmbeddings = false
    let plan = BlockPlan(c)
    var values = SyntheticModelTests.parameters(plan)
    values[plan.tokenEmbedding][7 * 32 + 3] = value
    try HuggingFaceWriter.write(
      plan: plan, parameters: { id in values[id].withUnsafeBufferPointer { $0 } }, to: folder.file("m"))
    return try LoadedModel.load(folder.file("m"), threads: 1)
  }

  @Test(arguments: [Float.nan, .infinity]) func generationAndScoresSayIt(_ value: Float) throws {
    let folder = TemporaryFolder()
    let model = try model(value, folder)
    func generate(_ prompt: [TokenID], _ temperature: Float) -> (ids: [TokenID], failure: String?) {
      var parameters = GenerateParameters()
      parameters.temperature = temperature
      parameters.maxTokens = 3
      parameters.ignoreEndOfSequence = true
      var result: (ids: [TokenID], failure: String?) = ([], nil)
      Generator(engine: model.engine, tokenizer: nil).generate(
        prompt: prompt, pages: model.engine.makePages(), parameters: parameters
      ) {
        if case .token(let token) = $0 { result.ids.append(token.id) }
        if case .failed(let why) = $0 { result.failure = why }
      }
      return result
    }
    for temperature in [Float(0), 1] {
      let failed = generate([1, 7], temperature)
      #expect(failed.ids.isEmpty)
      #expect(failed.failure?.contains("not finite") == true)
      // The same model is fine where the damaged row is not used.
      #expect(generate([1, 2], 0).failure == nil)
    }
    #expect(throws: EngineError.notFinite) { _ = try Scorer(engine: model.engine).score([1, 7, 2]) }
    #expect(throws: EngineError.notFinite) { _ = try Scorer(engine: model.engine).negativeLogLikelihood([1, 7, 2]) }
    var rows = 0
    try Scorer(engine: model.engine).forEachRow(of: [1, 7], needsFinite: false) { _, _ in rows += 1 }
    #expect(rows == 2)
  }
}
