import Core
import Foundation
import TestSupport
import Testing

/// Logits against the official libraries' on the fixtures.
@Suite struct ReferenceTests {
  private static let architectures = [
    "gpt2", "llama", "llama-bf16", "llama-f16", "llama-sharded", "llama-tied-rope3", "qwen2", "gemma3_text",
  ]

  private func ids(_ value: Any?) -> [TokenID] { (value as? [Int] ?? []).map(TokenID.init) }
  private func floats(_ value: Any?) -> [Float] { (value as? [Double] ?? []).map(Float.init) }
  private func distance(_ a: [Float], _ b: [Float]) -> Float {
    a.count == b.count && a.allSatisfy { $0.isFinite }
      ? zip(a, b).reduce(0) { max($0, abs($1.0 - $1.1)) } : .infinity
  }

  private func greedy(_ engine: Engine, _ prompt: [TokenID], _ count: Int) -> [TokenID] {
    var parameters = GenerateParameters.greedy
    parameters.maxTokens = count
    parameters.ignoreEndOfSequence = true
    var drawn: [TokenID] = []
    Generator(engine: engine, tokenizer: nil).generate(
      prompt: prompt, pages: engine.makePages(), parameters: parameters
    ) { if case .token(let t) = $0 { drawn.append(t.id) } }
    return drawn
  }

  @Test(arguments: architectures) func tinyModel(_ name: String) throws {
    guard let path = Fixtures.path("models/tiny/\(name)"),
      let expected = Fixtures.json("models/tiny/\(name)/expected.json")
    else { return }
    let model = try LoadedModel.load(path, exact: true)
    for case let test as [String: Any] in expected["cases"] as? [Any] ?? [] {
      let prompt = ids(test["input_ids"])
      let logits = try model.engine.step([.init(tokens: prompt, pages: model.engine.makePages(), wants: .all)])
      #expect(distance(logits.array(logits.rows - 1), floats(test["logits_last"])) < 1e-3)
      #expect(distance(logits.array(0), floats(test["logits_first"])) < 1e-3)
      for (i, want) in (test["argmax_per_position"] as? [Int] ?? []).enumerated() {
        #expect(logits[i][want] > (logits[i].max() ?? 0) - 2e-3)
      }
      let score = try Scorer(engine: model.engine).score(prompt)
      #expect(abs(score.nll - (test["mean_nll"] as? Double ?? .nan)) < 1e-4)
      let path = ids(test["greedy_24"])
      #expect(greedy(model.engine, prompt, path.count) == path)
    }
  }

  private static let kinds = [
    "F32", "F16", "BF16", "Q8_0", "Q6_K", "Q5_K_M", "Q5_0", "Q5_1", "Q4_K_M", "Q4_0", "Q4_1", "Q3_K_M",
  ]

  @Test(arguments: kinds) func chatlet(_ kind: String) throws {
    guard let all = Fixtures.json("models/chatlet/expected.gguf.json"),
      let expected = (all["files"] as? [String: Any])?[kind] as? [String: Any],
      let path = Fixtures.path("models/chatlet/\(expected["file"] as? String ?? "")")
    else { return }
    let model = try LoadedModel.load(path)
    let limit: Float = ["F32", "F16", "BF16"].contains(kind) ? 0.05 : 0.4
    for case let test as [String: Any] in expected["cases"] as? [Any] ?? [] {
      let prompt = ids(test["prompt_ids"])
      let logits = try model.engine.step([.init(tokens: prompt, pages: model.engine.makePages())])
      #expect(distance(logits.array(0), floats(test["first_token_logits"])) < limit)
      expectPath(greedy(model.engine, prompt, ids(test["greedy_ids"]).count), test, margin: 0.5)
    }
  }

  /// The same tokens up to where the best two were close.
  private func expectPath(_ got: [TokenID], _ test: [String: Any], margin: Double) {
    let want = ids(test["greedy_ids"])
    guard let fork = zip(got, want).enumerated().first(where: { $1.0 != $1.1 })?.offset else { return }
    let margins = test["top1_minus_top2_logit"] as? [Double] ?? []
    #expect(fork < margins.count && margins[fork] < margin, "leaves at \(fork)")
  }

  @Test(arguments: [
    ("smollm2-135m-instruct-q4_1", "SmolLM2-135M-Instruct.Q4_1.gguf"),
    ("gemma-3-270m-q4_k_m", "gemma-3-270m-q4_k_m.gguf"),
  ])
  func realModel(_ name: String, _ file: String) throws {
    guard let folder = ProcessInfo.processInfo.environment["GLASSBOX_MODELS"],
      FileManager.default.fileExists(atPath: folder + "/" + file),
      let expected = Fixtures.json("reference/\(name).json")
    else { return }
    let model = try LoadedModel.load(folder + "/" + file)
    for case let test as [String: Any] in expected["cases"] as? [Any] ?? [] {
      let prompt = ids(test["prompt_ids"])
      let logits = try model.engine.step([.init(tokens: prompt, pages: model.engine.makePages())])
      var differences: [Double] = []
      let top = Dictionary(
        uniqueKeysWithValues: LogProbability.top(10, in: logits[0]).map { (Int($0.id), Double($0.logprob)) })
      for case let best as [String: Any] in test["first_token_top10"] as? [Any] ?? [] {
        if let id = best["id"] as? Int, let want = best["logprob"] as? Double, let got = top[id] {
          differences.append(abs(want - got))
        }
      }
      #expect(differences.count >= 7)
      #expect((differences.max() ?? 9) < 0.8)
      #expect(differences.reduce(0, +) / Double(max(1, differences.count)) < 0.3)
      expectPath(greedy(model.engine, prompt, ids(test["greedy_ids"]).count), test, margin: 0.6)
    }
  }
}
