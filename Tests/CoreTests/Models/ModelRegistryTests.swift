import Core
import Foundation
import TestSupport
import Testing

@Suite struct ModelRegistryTests {
  private func write(_ text: String, _ path: String) throws {
    let url = URL(fileURLWithPath: path)
    try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(text.utf8).write(to: url)
  }

  @Test func findsModelsInTheUsualPlaces() throws {
    let home = TemporaryFolder()
    let hub = home.path + "/.cache/huggingface/hub/models--org--small-model"
    try write("{}", hub + "/snapshots/aaa/config.json")
    try write("1234", hub + "/snapshots/aaa/model.safetensors")
    try write("{}", hub + "/snapshots/bbb/config.json")
    try write("123", hub + "/snapshots/bbb/model.safetensors")
    try write("aaa\n", hub + "/refs/main")
    try write("{}", home.path + "/.cache/huggingface/hub/models--org--tokenizer-only/snapshots/a/tokenizer.json")
    try write("GGUF", home.path + "/models/deep/in/tiny.Q8_0.gguf")
    try write("GGUF", home.path + "/models/mmproj-model.gguf")
    try write("GGUF", home.path + "/.lmstudio/models/someone/repo/chat.gguf")
    let manifest = #"{"layers": [{"mediaType": "application/vnd.ollama.image.model", "digest": "sha256:abc"}]}"#
    try write(manifest, home.path + "/.ollama/models/manifests/registry.ollama.ai/library/qwen/0.5b")
    try write("not json", home.path + "/.ollama/models/manifests/registry.ollama.ai/library/qwen/odd")
    try write("GGUF", home.path + "/.ollama/models/blobs/sha256-abc")
    let environment = ["HOME": home.path, "GLASSBOX_MODELS": home.path + "/models"]
    let found = ModelRegistry.discover { environment[$0] }.filter { $0.origin != .starter }
    #expect(found.map(\.name) == ["tiny.Q8_0", "org/small-model", "chat", "qwen:0.5b"])
    #expect(found.map(\.origin) == [.own, .huggingFace, .lmStudio, .ollama])
    #expect(found[1].path.hasSuffix("/snapshots/aaa") && found[1].bytes == 4)
    #expect(ModelRegistry.discover { _ in nil }.allSatisfy { $0.origin == .starter })
  }

  @Test func resolvesTheNewestWeightsOfARun() throws {
    let folder = TemporaryFolder()
    let run = folder.file("run-1")
    try write("{}", run + "/checkpoints/step-000900/config.json")
    try write("{}", run + "/checkpoints/step-1000000/config.json")
    try write("{}", run + "/checkpoints/step-2000000.77-1.tmp/config.json")
    #expect(try ModelRegistry.resolve(run) == run + "/checkpoints/step-1000000")
    #expect(try ModelRegistry.resolve(run + "/checkpoints/step-000900") == run + "/checkpoints/step-000900")
    try write("{}", run + "/final/config.json")
    #expect(try ModelRegistry.resolve(run) == run + "/final")
    #expect(throws: FormatError.self) { try ModelRegistry.resolve("no-such-model-anywhere") }
    #expect(throws: FormatError.self) { try ModelRegistry.resolve(folder.file("absent.gguf")) }
  }
}
