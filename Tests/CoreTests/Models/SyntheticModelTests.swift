import Core
import Foundation
import TestSupport
import Testing

/// Models made here, so that a clone without fixtures tests every architecture's way through both formats.
@Suite struct SyntheticModelTests {
  static let architectures = ["llama", "mistral", "gpt2", "qwen2", "qwen3", "gemma2", "gemma3_text", "phi3"]

  static func configuration(_ architecture: String) -> ModelConfiguration {
    var c = ModelConfiguration(
      architecture: architecture, vocabularySize: 40, hiddenSize: 32, intermediateSize: 64, layers: 4, heads: 4,
      keyValueHeads: 2, headDimension: 8, contextLength: 64)
    c.rope = RopeConfiguration(base: 10_000, dimensions: 8)
    c.normEpsilon = 1e-6
    c.bosTokenID = 1
    c.eosTokenIDs = [2]
    switch architecture {
    case "llama":
      c.rope?.scaling = .linear(factor: 2)
      c.tiedEmbeddings = true
    case "mistral", "phi3":
      c.slidingWindows = [16, 16, 16, 16]
    case "gpt2":
      c.rope = nil
      c.positions = .learned
      c.norm = .layer
      c.gatedMLP = false
      c.activation = .geluTanh
      c.keyValueHeads = 4
      c.queryKeyValueBias = true
      c.outputBias = true
      c.mlpBias = true
      c.tiedEmbeddings = true
    case "qwen2": c.queryKeyValueBias = true
    case "qwen3": c.queryKeyNorm = true
    case "gemma2", "gemma3_text":
      c.normWeightOffset = 1
      c.postNorms = true
      c.embeddingScale = Float(32).squareRoot()
      c.activation = .geluTanh
      c.attentionScale = 1 / Float(8).squareRoot()
      c.tiedEmbeddings = true
      if architecture == "gemma2" {
        c.attentionSoftcap = 50
        c.finalSoftcap = 30
        c.slidingWindows = [16, nil, 16, nil]
      } else {
        c.queryKeyNorm = true
        c.localRope = RopeConfiguration(base: 10_000, dimensions: 8)
        c.rope?.base = 1_000_000
        c.slidingWindows = [16, 16, nil, 16]
      }
    default: break
    }
    return c
  }

  /// Values that tell every place of every parameter apart.
  static func parameters(_ plan: BlockPlan) -> [[Float]] {
    plan.parameters.enumerated().map { id, specification in
      (0..<specification.count).map { Float(($0 * 7 + id * 131) % 2048 - 1024) / 1024 }
    }
  }

  @Test(arguments: architectures)
  func throughHuggingFace(_ architecture: String) throws {
    let plan = BlockPlan(Self.configuration(architecture))
    let values = Self.parameters(plan)
    let folder = TemporaryFolder()
    let path = folder.file("model")
    for dtype in [TensorType.f32, .bf16] {
      try HuggingFaceWriter.write(
        plan: plan, parameters: { id in values[id].withUnsafeBufferPointer { $0 } }, dtype: dtype,
        chatTemplate: "{{ messages }}", extraFiles: [("state.json", Array("{}".utf8))], to: path)
      let files = try ModelFiles.open(path)
      #expect(files.plan == plan)
      #expect(files.quantization == dtype.name)
      #expect(files.chatTemplate == "{{ messages }}")
      #expect(FileManager.default.fileExists(atPath: path + "/state.json"))
      for id in values.indices {
        let read = files.rows(of: id).values()
        if dtype == .f32 {
          #expect(read == values[id], "\(plan.parameters[id].name)")
        } else {
          #expect(zip(read, values[id]).allSatisfy { abs($0 - $1) <= abs($1) / 256 })
        }
      }
    }
    let left = try FileManager.default.contentsOfDirectory(atPath: folder.path)
    #expect(left == ["model"], "nothing but the folder stays: \(left)")
  }

  @Test(arguments: architectures)
  func throughGGUF(_ architecture: String) throws {
    let plan = BlockPlan(Self.configuration(architecture))
    let values = Self.parameters(plan)
    let folder = TemporaryFolder()
    let path = folder.file("model.gguf")
    for (type, tolerance) in [(TensorType.f32, Float(1e-6)), (.f16, 1e-3), (.q8_0, 0.006), (.q4_0, 0.14)] {
      try ModelConverter.writeGGUF(
        plan: plan, parameters: { id in values[id].withUnsafeBufferPointer { $0 } }, type: type, name: "made here",
        tokenizer: nil, chatTemplate: nil, to: path)
      let files = try ModelFiles.open(path)
      #expect(files.name == "made here" && files.quantization == type.name && files.tokenizerSource == nil)
      #expect(files.plan.parameters == plan.parameters && files.plan.steps.count == plan.steps.count)
      #expect(files.configuration.slidingWindows == plan.configuration.slidingWindows)
      for id in values.indices {
        let read = files.rows(of: id).values()
        #expect(zip(read, values[id]).allSatisfy { abs($0 - $1) <= tolerance }, "\(plan.parameters[id].name)")
      }
    }
  }

  /// A row read alone, a range of rows and the whole agree, also where the file is transposed or fused.
  @Test(arguments: ["gpt2", "phi3", "llama"])
  func rowsAgreeHoweverTheyAreRead(_ architecture: String) throws {
    let plan = BlockPlan(Self.configuration(architecture))
    let values = Self.parameters(plan)
    let folder = TemporaryFolder()
    try HuggingFaceWriter.write(
      plan: plan, parameters: { id in values[id].withUnsafeBufferPointer { $0 } }, to: folder.file("hf"))
    let files = try ModelFiles.open(folder.file("hf"))
    for id in plan.parameters.indices {
      let rows = files.rows(of: id)
      let whole = rows.values()
      var row = [Float](repeating: 0, count: rows.columns)
      for i in 0..<rows.rows {
        rows.read(row: i, into: &row)
        #expect(row[...] == whole[(i * rows.columns)..<((i + 1) * rows.columns)])
      }
    }
  }
}
