import Core
import Foundation
import TestSupport
import Testing

@Suite struct ModelFilesTests {
  @Test func opensChatletF32() throws {
    guard let path = Fixtures.path("models/chatlet/chatlet-f32.gguf") else { return }
    let files = try ModelFiles.open(path)
    #expect(files.name == "chatlet")
    #expect(files.quantization == "F32")
    #expect(files.plan.parameters.count == files.source.tensors.count)
    #expect(files.chatTemplate?.contains("<|im_start|>") == true)
    #expect(files.configuration.eosTokenIDs == [2])
    let norm = files.rows(of: files.plan.finalNorm.weight)
    #expect(norm.rows == 1 && norm.columns == 256)
    #expect(norm.values().allSatisfy { $0.isFinite })
  }

  /// GGUF's rows of q and k, put back in Hugging Face's order, are the safetensors' rows.
  @Test func interleavedRowsComeBackInOrder() throws {
    guard let gguf = Fixtures.path("models/chatlet/chatlet-f32.gguf"), let folder = Fixtures.path("models/chatlet")
    else { return }
    let a = try ModelFiles.open(gguf)
    let b = try ModelFiles.open(folder)
    #expect(a.plan == b.plan)
    for id in a.plan.parameters.indices {
      let x = a.rows(of: id)
      let y = b.rows(of: id)
      var mine = [Float](repeating: 0, count: x.columns)
      var theirs = mine
      for row in 0..<x.rows {
        x.read(row: row, into: &mine)
        y.read(row: row, into: &theirs)
        #expect(mine == theirs, "\(a.plan.parameters[id].name), row \(row)")
        if let raw = x.rawRow(row) {
          #expect(raw.loadUnaligned(as: Float.self) == mine[0])
        } else {
          #expect(a.plan.parameters[id].role == .norm)
        }
      }
    }
  }

  @Test(arguments: [
    ("gpt2", "gpt2"), ("llama", "llama"), ("llama-bf16", "llama"), ("llama-f16", "llama"), ("llama-sharded", "llama"),
    ("llama-tied-rope3", "llama"), ("qwen2", "qwen2"), ("gemma3_text", "gemma3_text"), ("mistral", "mistral"),
    ("qwen3", "qwen3"), ("gemma2", "gemma2"), ("phi3", "phi3"), ("smollm3", "smollm3"),
  ])
  func opensTinyModels(_ name: String, _ architecture: String) throws {
    guard let path = Fixtures.path("models/tiny/\(name)") else { return }
    let files = try ModelFiles.open(path)
    let c = files.configuration
    #expect(c.architecture == architecture)
    #expect(c.vocabularySize == 512 && c.hiddenSize == 64 && c.heads == 4)
    #expect(files.name == name)
    #expect(c.bosTokenID == 1 && c.eosTokenIDs == [2])
    #expect(files.tokenizerSource == nil)
    for id in files.plan.parameters.indices {
      let rows = files.rows(of: id)
      #expect(rows.rows * rows.columns == files.plan.parameters[id].count)
      #expect(!rows.values().contains { !$0.isFinite })
    }
    // Every value of the file belongs to one parameter.
    let values = files.source.tensors.reduce(0) { $0 + $1.count }
    #expect(files.plan.parameters.reduce(0) { $0 + $1.count } == values)
  }

  @Test func readsWhatTellsTinyModelsApart() throws {
    guard let root = Fixtures.path("models/tiny") else { return }
    func configuration(_ name: String) throws -> ModelConfiguration {
      try ModelFiles.open(root + "/" + name).configuration
    }
    let gemma = try configuration("gemma3_text")
    #expect(gemma.slidingWindows == [16, 16, 16, nil])
    #expect(gemma.rope?.base == 1_000_000 && gemma.localRope?.base == 10_000)
    #expect(gemma.embeddingScale == 8 && gemma.normWeightOffset == 1 && gemma.queryKeyNorm && gemma.tiedEmbeddings)
    #expect(gemma.attentionScale.map { abs($0 - 1 / Float(32).squareRoot()) < 1e-7 } == true)
    let llama = try configuration("llama-tied-rope3")
    #expect(
      llama.rope?.scaling
        == .llama3(factor: 8, lowFrequencyFactor: 1, highFrequencyFactor: 4, originalContext: 64))
    #expect(llama.tiedEmbeddings)
    let mistral = try configuration("mistral")
    #expect(mistral.slidingWindows == [16, 16])
    let qwen = try configuration("qwen2")
    #expect(qwen.queryKeyValueBias)
    let gemma2 = try configuration("gemma2")
    #expect(gemma2.attentionSoftcap == 50 && gemma2.finalSoftcap == 30 && gemma2.slidingWindows == [16, nil])
    let smollm3 = try configuration("smollm3")
    #expect(smollm3.layersWithoutRope == [false, false, false, true] && smollm3.rope?.base == 2_000_000)
    let gpt2 = try configuration("gpt2")
    #expect(
      gpt2.positions == .learned && gpt2.norm == .layer && gpt2.activation == .geluTanh && gpt2.contextLength == 256)
  }

  /// Conv1D's `[inputs, outputs]` with q, k and v side by side becomes three matrices `[outputs, inputs]`.
  @Test func splitsAndTransposesFusedProjections() throws {
    guard let path = Fixtures.path("models/tiny/gpt2") else { return }
    let files = try ModelFiles.open(path)
    let fused = try #require(files.source.tensor(named: "transformer.h.1.attn.c_attn.weight"))
    let id = try #require(files.plan.parameter(named: "blocks.1.attention.key.weight"))
    let key = files.rows(of: id).values()
    for (row, column) in [(0, 0), (5, 63), (63, 17)] {
      let expected = fused.bytes.loadUnaligned(fromByteOffset: (column * 192 + 64 + row) * 4, as: Float.self)
      #expect(key[row * 64 + column] == expected)
    }
    let bias = try #require(files.source.tensor(named: "transformer.h.1.attn.c_attn.bias"))
    let valueBias = try #require(files.plan.parameter(named: "blocks.1.attention.value.bias"))
    #expect(files.rows(of: valueBias).values()[3] == bias.bytes.loadUnaligned(fromByteOffset: 131 * 4, as: Float.self))
  }

  @Test func refusesWhatItCannotRun() throws {
    if let root = Fixtures.path("models/tiny") {
      let error = #expect(throws: FormatError.self) { _ = try ModelFiles.open(root + "/mixtral") }
      #expect(error?.description.contains("\"mixtral\"") == true)
      #expect(error?.description.contains("gemma3_text") == true)
    }
    let folder = TemporaryFolder()
    try Data(#"{"model_type": "bert", "hidden_size": 384}"#.utf8).write(
      to: URL(fileURLWithPath: folder.file("config.json")))
    let error = #expect(throws: FormatError.self) { _ = try ModelFiles.open(folder.path) }
    #expect(error?.description.contains("encoder") == true)
    #expect(throws: FormatError.self) { _ = try ModelFiles.open(folder.file("absent.gguf")) }
    try Data().write(to: URL(fileURLWithPath: folder.file("empty.gguf")))
    let empty = #expect(throws: FormatError.self) { _ = try ModelFiles.open(folder.file("empty.gguf")) }
    #expect(empty?.description.contains("empty file") == true)
  }

  @Test func vocabularyOnlyFilesAreRefusedAsModels() throws {
    guard let root = Fixtures.root else { return }
    let folder = root.appendingPathComponent("tokenizers/gpt2")
    let names = try FileManager.default.contentsOfDirectory(atPath: folder.path).filter { $0.hasSuffix(".gguf") }
    for name in names {
      let path = folder.appendingPathComponent(name).path
      let file = try GGUFFile(path: path)
      #expect(file["tokenizer.ggml.tokens"]?.array?.count == 50257)
      let error = #expect(throws: FormatError.self) { _ = try ModelFiles.open(path) }
      #expect(error?.description.contains("vocabulary") == true)
    }
  }
}
