import Core
import Foundation
import TestSupport
import Testing

@Suite struct WriterTests {
  /// A model written and read again has the same plan and the same values.
  @Test(arguments: [
    "gpt2", "llama", "llama-bf16", "llama-sharded", "llama-tied-rope3", "qwen2", "gemma3_text", "mistral", "qwen3",
    "gemma2", "phi3", "smollm3",
  ])
  func huggingFaceRoundTrip(_ name: String) throws {
    guard let path = Fixtures.path("models/tiny/\(name)") else { return }
    let temporary = TemporaryFolder()
    let original = try ModelFiles.open(path)
    let output = keep(name + "-hf") ?? temporary.file("out")
    try ModelConverter.convert(original, to: output)
    let again = try ModelFiles.open(output)
    #expect(again.plan == original.plan)
    #expect(again.quantization == original.quantization)
    for id in original.plan.parameters.indices {
      #expect(again.rows(of: id).values() == original.rows(of: id).values())
    }
  }

  @Test(arguments: ["gpt2", "llama", "llama-tied-rope3", "qwen2", "gemma3_text", "mistral", "qwen3", "gemma2", "phi3"])
  func ggufRoundTrip(_ name: String) throws {
    guard let path = Fixtures.path("models/tiny/\(name)") else { return }
    let temporary = TemporaryFolder()
    let original = try ModelFiles.open(path)
    let output = keep(name + ".gguf") ?? temporary.file("out.gguf")
    try ModelConverter.convert(original, to: output, type: .f32)
    let again = try ModelFiles.open(output)
    #expect(again.quantization == "F32")
    #expect(again.plan.parameters == original.plan.parameters)
    #expect(again.configuration.slidingWindows == original.configuration.slidingWindows)
    #expect(zip(attention(again.plan), attention(original.plan)).allSatisfy { agree($0, $1) })
    for id in original.plan.parameters.indices {
      let a = original.rows(of: id).values()
      let b = again.rows(of: id).values()
      // Gemma's norms are stored as w + 1 there, which rounds.
      #expect(zip(a, b).allSatisfy { abs($0 - $1) < 1e-6 }, "\(original.plan.parameters[id].name)")
    }
  }

  private func attention(_ plan: BlockPlan) -> [AttentionStep] {
    plan.steps.compactMap { if case .attention(let step) = $0 { step } else { nil } }
  }

  /// The same attention, frequencies up to rounding.
  private func agree(_ a: AttentionStep, _ b: AttentionStep) -> Bool {
    let x = a.rotary?.inverseFrequencies ?? []
    let y = b.rotary?.inverseFrequencies ?? []
    return x.count == y.count && zip(x, y).allSatisfy { abs($0 - $1) <= 1e-6 * abs($1) }
      && abs(a.scale - b.scale) < 1e-7 && a.window == b.window && a.softcap == b.softcap
      && (a.queryNorm == nil) == (b.queryNorm == nil)
  }

  @Test func chatletKeepsItsTokenizerAndTemplate() throws {
    guard let path = Fixtures.path("models/chatlet"), let gguf = Fixtures.path("models/chatlet/chatlet-f32.gguf")
    else { return }
    let temporary = TemporaryFolder()
    let output = keep("chatlet-q8.gguf") ?? temporary.file("out.gguf")
    let original = try ModelFiles.open(path)
    try ModelConverter.quantize(original, to: output, type: .q8_0)
    let again = try GGUFFile(path: output)
    let reference = try GGUFFile(path: gguf)
    for key in ["tokens", "merges"] {
      #expect(again["tokenizer.ggml." + key]?.array?.strings() == reference["tokenizer.ggml." + key]?.array?.strings())
    }
    #expect(
      again["tokenizer.ggml.token_type"]?.array?.integers()
        == reference["tokenizer.ggml.token_type"]?.array?.integers())
    for key in ["tokenizer.ggml.model", "tokenizer.ggml.pre", "tokenizer.chat_template"] {
      #expect(again[key]?.string == reference[key]?.string)
    }
    let files = try ModelFiles.open(output)
    #expect(files.quantization == "Q8_0")
    #expect(files.configuration.eosTokenIDs == original.configuration.eosTokenIDs)
    let folder = keep("chatlet-hf") ?? temporary.file("folder")
    try ModelConverter.convert(ModelFiles.open(gguf), to: folder, type: .f32)
    let back = try ModelFiles.open(folder)
    #expect(back.chatTemplate == original.chatTemplate)
  }

  /// The vocabulary of every kind that can be written, there and back, gives the same ids and texts.
  @Test(arguments: ["tokenizers/smollm2", "tokenizers/llama2", "models/chatlet"])
  func tokenizersSurviveBothFormats(_ name: String) throws {
    guard let folder = Fixtures.path(name) else { return }
    let original = try TokenizerLoader.load(path: folder + "/tokenizer.json")
    // A model of one layer around the vocabulary, whose last ids stand for nothing.
    var c = SyntheticModelTests.configuration("llama")
    c.vocabularySize = original.vocabularySize + 3
    c.hiddenSize = 8
    c.intermediateSize = 8
    c.layers = 1
    c.heads = 1
    c.keyValueHeads = 1
    let plan = BlockPlan(c)
    let zeros = [Float](repeating: 0, count: plan.parameters.map(\.count).max() ?? 0)
    func parameters(_ id: ParameterID) -> UnsafeBufferPointer<Float> {
      zeros.withUnsafeBufferPointer { UnsafeBufferPointer(rebasing: $0[..<plan.parameters[id].count]) }
    }
    let temporary = TemporaryFolder()
    let gguf = temporary.file("model.gguf")
    try ModelConverter.writeGGUF(
      plan: plan, parameters: parameters, type: .f16, name: name, tokenizer: .folder(folder), chatTemplate: nil,
      to: gguf)
    let files = try ModelFiles.open(gguf)
    let back = temporary.file("back")
    try ModelConverter.convert(files, to: back)
    let texts = [
      "Hello, world!  It's 1234567 o'clock\n\n\tfunc f(x) { return x }", "naïve Ünïcödé 漢字かな 🙂🙃", "   ", "a",
      "<|im_start|>user<s>\r\n x",
    ]
    for path in [gguf, back + "/tokenizer.json"] {
      let tokenizer = try TokenizerLoader.load(path: path)
      for text in texts {
        let ids = try original.encode(text)
        #expect(try tokenizer.encode(text) == ids, "\(path): \(text)")
        #expect(tokenizer.decode(ids, skipSpecialTokens: false) == original.decode(ids, skipSpecialTokens: false))
      }
    }
  }

  /// Where `GLASSBOX_KEEP_WRITTEN` names a folder, what is written stays there for other programs to load.
  private func keep(_ name: String) -> String? {
    ProcessInfo.processInfo.environment["GLASSBOX_KEEP_WRITTEN"].map { folder in
      try? FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
      return folder + "/" + name
    }
  }
}
