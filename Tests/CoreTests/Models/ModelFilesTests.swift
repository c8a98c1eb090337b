import Core
import TestSupport
import Testing

@Suite struct ModelFilesTests {
  @Test func opensChatletF32() throws {
    guard let path = Fixtures.path("models/chatlet/chatlet-f32.gguf") else { return }
    let files = try ModelFiles.open(path)
    #expect(files.name == "Chatlet")
    #expect(files.quantization == "F32")
    #expect(files.plan.parameters.count == files.source.tensors.count)
    #expect(files.chatTemplate?.contains("<|im_start|>") == true)
    #expect(files.configuration.eosTokenIDs == [2])
    let norm = files.rows(of: files.plan.finalNorm.weight)
    #expect(norm.rows == 1 && norm.columns == 256)
    #expect(norm.values().allSatisfy { $0.isFinite })
  }
}
