import Core
import Foundation
import TestSupport
import Testing

@Suite struct SafeTensorsTests {
  private func open(_ header: String, data: Int, headerLength: UInt64? = nil) throws -> SafeTensorsFolder {
    let folder = TemporaryFolder()
    let path = folder.file("x.safetensors")
    var bytes = Data()
    withUnsafeBytes(of: (headerLength ?? UInt64(header.utf8.count)).littleEndian) { bytes.append(contentsOf: $0) }
    bytes.append(contentsOf: header.utf8)
    bytes.append(Data(repeating: 0x3F, count: data))
    try bytes.write(to: URL(fileURLWithPath: path))
    return try SafeTensorsFolder(path: path)
  }

  private func refusal(_ header: String, data: Int, headerLength: UInt64? = nil) -> String {
    do {
      _ = try open(header, data: data, headerLength: headerLength)
      return "accepted"
    } catch {
      return "\(error)"
    }
  }

  @Test func readsTensorsAndSkipsOthers() throws {
    let header = """
      {"__metadata__":{"format":"pt"},"b":{"dtype":"BF16","shape":[2],"data_offsets":[8,12]},\
      "a":{"dtype":"F32","shape":[1,2],"data_offsets":[0,8]},\
      "mask":{"dtype":"BOOL","shape":[3],"data_offsets":[12,15]},\
      "scalar":{"dtype":"F16","shape":[],"data_offsets":[15,17]},\
      "none":{"dtype":"F32","shape":[0,4],"data_offsets":[17,17]}}
      """
    let file = try open(header, data: 17)
    #expect(file.tensors.map(\.name) == ["a", "b", "scalar", "none"])
    #expect(file.tensor(named: "a")?.shape == [1, 2])
    #expect(file.tensor(named: "scalar")?.count == 1)
    #expect(file.otherTensors == ["mask": "BOOL"])
  }

  @Test(arguments: [
    (#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}"#, 7, "cut short"),
    (#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}"#, 9, "9 bytes of data"),
    (#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}}"#, 12, "expected byte 0"),
    (#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}"#, 4, "as type and shape say"),
    (
      #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"b":{"dtype":"F32","shape":[1],"data_offsets":[2,6]}}"#,
      6, "begins at byte 2"
    ),
    (
      #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"b":{"dtype":"F32","shape":[1],"data_offsets":[8,12]}}"#,
      12, "begins at byte 8"
    ),
    (
      #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}"#,
      8, "stands twice"
    ),
    (#"{"a":{"dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,0]}}"#, 0, "counted"),
    (#"{"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}}"#, 4, "no whole number"),
    (#"{"a":{"dtype":"Q9","shape":[1],"data_offsets":[0,4]}}"#, 4, "dtype Q9"),
    (#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,0]}}"#, 4, "data_offsets"),
    (#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}"#, 4, "x.safetensors"),
    (#"[1]"#, 4, "no JSON object"),
  ])
  func refuses(header: String, data: Int, complaint: String) {
    let message = refusal(header, data: data)
    #expect(message.contains(complaint), "\(message)")
  }

  @Test func refusesHeadersBeyondTheFile() {
    #expect(refusal("{}", data: 0, headerLength: .max).contains("a header of"))
    #expect(refusal("{}", data: 0, headerLength: 3).contains("cut short"))
  }

  @Test func survivesCuts() throws {
    guard let path = Fixtures.path("models/tiny/llama/model.safetensors"),
      let whole = FileManager.default.contents(atPath: path)
    else { return }
    let folder = TemporaryFolder()
    let target = folder.file("model.safetensors")
    for cut in [0, 3, 7, 8, 24, 600, whole.count / 3, whole.count - 1] {
      try whole.prefix(cut).write(to: URL(fileURLWithPath: target))
      #expect(throws: FormatError.self) { try SafeTensorsFolder(path: target) }
    }
  }

  @Test func shardsAreCheckedAgainstTheirIndex() throws {
    guard let source = Fixtures.path("models/tiny/llama-sharded") else { return }
    let folder = TemporaryFolder()
    let copy = folder.file("model")
    try FileManager.default.copyItem(atPath: source, toPath: copy)
    #expect(try SafeTensorsFolder(path: copy).tensors.count == 21)
    let index = copy + "/model.safetensors.index.json"
    let text = try String(contentsOfFile: index, encoding: .utf8)
    try text.replacingOccurrences(of: "model-00004-of-00004", with: "../model-00004-of-00004")
      .write(toFile: index, atomically: false, encoding: .utf8)
    let outside = #expect(throws: FormatError.self) { try SafeTensorsFolder(path: copy) }
    #expect(outside?.description.contains("plain file name") == true)
    try text.replacingOccurrences(of: "\"lm_head.weight\"", with: "\"lm_head.other\"")
      .write(toFile: index, atomically: false, encoding: .utf8)
    let missing = #expect(throws: FormatError.self) { try SafeTensorsFolder(path: copy) }
    #expect(missing?.description.contains("lm_head.other") == true)
    try FileManager.default.removeItem(atPath: copy + "/model-00002-of-00004.safetensors")
    #expect(throws: FormatError.self) { try SafeTensorsFolder(path: copy) }
  }
}
