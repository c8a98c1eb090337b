import Foundation
import TestSupport
import Testing

@testable import Core

/// Only plain files are opened, and one that is cut short while it is open is told.
@Suite struct PlainFileTests {
  private func error(_ body: () throws -> Void) -> String {
    do {
      try body()
      return ""
    } catch {
      return "\(error)"
    }
  }

  @Test func pipesDevicesAndFoldersAreRefusedAtOnce() throws {
    let folder = TemporaryFolder()
    #expect(mkfifo(folder.file("pipe"), 0o600) == 0)
    try FileManager.default.createSymbolicLink(atPath: folder.file("link"), withDestinationPath: "pipe")
    for (path, word) in [
      (folder.file("pipe"), "a pipe"), (folder.file("link"), "a pipe"), ("/dev/null", "a device"),
      (folder.path, "a folder"), (folder.file("absent"), "cannot be opened"),
    ] {
      #expect(error { _ = try MappedFile(path: path) }.contains(word))
      #expect(error { _ = try PlainFile.bytes(path, limit: 10) }.contains(word))
    }
  }

  /// A pipe under any name that a model's or tokenizer's folder may have.
  @Test(arguments: [
    "config.json", "model.safetensors", "model.safetensors.index.json", "generation_config.json", "chat_template.jinja",
    "chat_template.json", "tokenizer.json", "tokenizer_config.json", "tokenizer.model", "vocab.json",
  ])
  func aPipeInAModelFolderIsSaid(_ name: String) throws {
    let folder = TemporaryFolder()
    let plan = BlockPlan(SyntheticModelTests.configuration("llama"))
    let values = SyntheticModelTests.parameters(plan)
    try HuggingFaceWriter.write(
      plan: plan, parameters: { id in values[id].withUnsafeBufferPointer { $0 } }, to: folder.file("hf"))
    let path = folder.file("hf/" + name)
    try? FileManager.default.removeItem(atPath: path)
    #expect(mkfifo(path, 0o600) == 0)
    // Files that are not needed may be passed over; nothing may wait.
    let opened = error { _ = try LoadedModel.load(folder.file("hf")) }
    if ["config.json", "model.safetensors", "generation_config.json", "tokenizer.json"].contains(name) {
      #expect(opened.contains("a pipe"))
    }
    _ = error { _ = try ModelSummary(folder.file("hf")) }
    _ = error { _ = try TokenizerLoader.load(path: folder.file("hf")) }
  }

  @Test func textsOfATrainingAreOpenedTheSameWay() throws {
    let folder = TemporaryFolder()
    #expect(mkfifo(folder.file("a.txt"), 0o600) == 0)
    #expect(error { _ = try TrainingCorpus(paths: [folder.file("a.txt")]) }.contains("not a file"))
  }

  @Test func aFileCutShortWhileOpenIsTold() throws {
    let folder = TemporaryFolder()
    let path = folder.file("data")
    try Data(repeating: 7, count: 1 << 20).write(to: URL(fileURLWithPath: path))
    let file = try MappedFile(path: path)
    let other = try MappedFile(path: path)
    #expect(file.bytes[1 << 19] == 7)
    #expect(truncate(path, 100_000) == 0)
    #expect(error { try file.checkUnchanged() }.contains("became shorter"))
    // What is gone reads as zeros; what is there stays.
    let sum = file.bytes.reduce(0) { $0 + Int($1) }
    #expect(sum >= 7 * 100_000 && sum < 7 << 20)
    #expect(error { try file.checkRead() }.contains("became shorter"))
    #expect(error { try other.checkRead() }.isEmpty)
    #expect(error { _ = try other.withBytes { $0.last } }.contains("became shorter"))
    // Another file is not concerned.
    try Data(repeating: 7, count: 5000).write(to: URL(fileURLWithPath: folder.file("whole")))
    let whole = try MappedFile(path: folder.file("whole"))
    #expect(try whole.withBytes { $0.count } == 5000)
  }

  /// The engine says so, and goes on with another model.
  @Test func aModelCutShortWhileInUseFailsInASentence() throws {
    let folder = TemporaryFolder()
    var c = SyntheticModelTests.configuration("llama")
    c.vocabularySize = 4096
    let plan = BlockPlan(c)
    let values = SyntheticModelTests.parameters(plan)
    func write(_ name: String) throws {
      try ModelConverter.writeGGUF(
        plan: plan, parameters: { id in values[id].withUnsafeBufferPointer { $0 } }, type: .f32, name: "m",
        tokenizer: nil, chatTemplate: nil, to: folder.file(name))
    }
    try write("a.gguf")
    try write("b.gguf")
    let model = try LoadedModel.load(folder.file("a.gguf"), threads: 1)
    let before = try model.engine.step([.init(tokens: [1], pages: model.engine.makePages())])
    #expect(LogProbability.areFinite(before[0]))
    #expect(truncate(folder.file("a.gguf"), 8192) == 0)
    let said = error { _ = try model.engine.step([.init(tokens: [4000], pages: model.engine.makePages())]) }
    #expect(said.contains("became shorter"))
    #expect(error { _ = try LoadedModel.load(folder.file("a.gguf")) }.contains("a.gguf"))
    let next = try LoadedModel.load(folder.file("b.gguf"), threads: 1)
    #expect(try next.engine.step([.init(tokens: [4000], pages: next.engine.makePages())]).rows == 1)
    // Cut short between opening and loading.
    let files = try ModelFiles.open(folder.file("b.gguf"))
    #expect(truncate(folder.file("b.gguf"), 8192) == 0)
    #expect(error { _ = try LoadedModel(files: files) }.contains("became shorter"))
  }
}
