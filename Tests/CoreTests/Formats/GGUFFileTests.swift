import Core
import Foundation
import TestSupport
import Testing

/// Builds GGUF bytes, right or wrong.
struct GGUFBytes {
  var bytes: [UInt8] = []

  mutating func add<T: FixedWidthInteger>(_ value: T) { withUnsafeBytes(of: value.littleEndian) { bytes += $0 } }
  mutating func add(_ text: String) {
    add(UInt64(text.utf8.count))
    bytes += Array(text.utf8)
  }

  init(version: UInt32 = 3, tensors: UInt64, keys: UInt64) {
    bytes = Array("GGUF".utf8)
    add(version)
    add(tensors)
    add(keys)
  }

  mutating func tensor(_ name: String, dimensions: [UInt64], type: UInt32, offset: UInt64) {
    add(name)
    add(UInt32(dimensions.count))
    for dimension in dimensions { add(dimension) }
    add(type)
    add(offset)
  }

  mutating func data(_ count: Int, alignment: Int = 32) {
    while bytes.count % alignment != 0 { bytes.append(0) }
    bytes += [UInt8](repeating: 1, count: count)
  }
}

@Suite struct GGUFFileTests {
  private func open(_ bytes: [UInt8]) throws -> GGUFFile {
    let folder = TemporaryFolder()
    let path = folder.file("x.gguf")
    try Data(bytes).write(to: URL(fileURLWithPath: path))
    return try GGUFFile(path: path)
  }

  private func refusal(_ bytes: [UInt8]) -> String {
    do {
      _ = try open(bytes)
      return "accepted"
    } catch {
      return "\(error)"
    }
  }

  @Test func readsEveryKindOfValue() throws {
    var g = GGUFBytes(version: 2, tensors: 1, keys: 6)
    g.add("a"); g.add(UInt32(1)); g.add(Int8(-3))
    g.add("b"); g.add(UInt32(10)); g.add(UInt64(1) << 40)
    g.add("c"); g.add(UInt32(6)); g.add(Float(0.5).bitPattern)
    g.add("d"); g.add(UInt32(9)); g.add(UInt32(8)); g.add(UInt64(2)); g.add("x"); g.add("é")
    g.add("e"); g.add(UInt32(9)); g.add(UInt32(9)); g.add(UInt64(1)); g.add(UInt32(3)); g.add(UInt64(2));
    g.add(Int16(-1)); g.add(Int16(7))
    g.add("general.alignment"); g.add(UInt32(4)); g.add(UInt32(64))
    g.tensor("t", dimensions: [4, 2], type: 0, offset: 0)
    g.data(32, alignment: 64)
    let file = try open(g.bytes)
    #expect(file.version == 2 && file.alignment == 64)
    #expect(file["a"]?.int == -3 && file["b"]?.int == 1 << 40 && file["c"]?.double == 0.5)
    #expect(file["d"]?.array?.strings() == ["x", "é"])
    #expect(file["e"]?.array?.arrays()?.first?.integers() == [-1, 7])
    #expect(file.tensor(named: "t")?.shape == [2, 4])
    #expect(file.keys == ["a", "b", "c", "d", "e", "general.alignment"])
  }

  @Test func refusesWrongHeads() {
    #expect(refusal([]).contains("no GGUF magic"))
    #expect(refusal(GGUFBytes(version: 4, tensors: 0, keys: 0).bytes).contains("version 4"))
    #expect(refusal(GGUFBytes(version: UInt32(3).byteSwapped, tensors: 0, keys: 0).bytes).contains("big-endian"))
    #expect(refusal(GGUFBytes(tensors: .max, keys: 0).bytes).contains("tensors"))
    #expect(refusal(GGUFBytes(tensors: 0, keys: 1 << 60).bytes).contains("keys"))
  }

  @Test func refusesLengthsBeyondTheFile() {
    var long = GGUFBytes(tensors: 0, keys: 1)
    long.add(UInt64.max)
    long.bytes += [UInt8](repeating: 65, count: 40)
    #expect(refusal(long.bytes).contains("bytes of name"))
    var list = GGUFBytes(tensors: 0, keys: 1)
    list.add("k"); list.add(UInt32(9)); list.add(UInt32(4)); list.add(UInt64.max / 2)
    #expect(refusal(list.bytes).contains("elements"))
    var nested = GGUFBytes(tensors: 0, keys: 1)
    nested.add("k"); nested.add(UInt32(9))
    for _ in 0..<100 { nested.add(UInt32(9)); nested.add(UInt64(1)) }
    #expect(refusal(nested.bytes).contains("nested"))
  }

  @Test func refusesNamesThatStandTwice() {
    var keys = GGUFBytes(tensors: 0, keys: 2)
    for _ in 0..<2 { keys.add("k"); keys.add(UInt32(0)); keys.add(UInt8(1)) }
    #expect(refusal(keys.bytes).contains("stands twice"))
    var tensors = GGUFBytes(tensors: 2, keys: 0)
    tensors.tensor("t", dimensions: [4], type: 0, offset: 0)
    tensors.tensor("t", dimensions: [4], type: 0, offset: 32)
    tensors.data(64)
    #expect(refusal(tensors.bytes).contains("stands twice"))
  }

  @Test(arguments: [
    ([UInt64(4)], UInt32(0), UInt64(8), "a multiple of 32"),
    ([16], 0, 32, "ends"),
    ([16], 0, UInt64.max - 31, "offset"),
    ([UInt64.max / 4, 8], 0, 0, "counted"),
    ([0, 4], 0, 0, "at least 1"),
    ([33], 8, 0, "a multiple of 32"),
    ([256], 16, 0, "IQ2_XXS"),
    ([1, 1, 1, 1, 1], 0, 0, "dimensions"),
  ])
  func refusesTensors(dimensions: [UInt64], type: UInt32, offset: UInt64, complaint: String) {
    var g = GGUFBytes(tensors: 1, keys: 0)
    g.tensor("t", dimensions: dimensions, type: type, offset: offset)
    g.data(64)
    #expect(refusal(g.bytes).contains(complaint), "\(refusal(g.bytes))")
  }

  @Test func refusesOverlapsAndBadAlignment() {
    var g = GGUFBytes(tensors: 2, keys: 0)
    g.tensor("a", dimensions: [16], type: 0, offset: 0)
    g.tensor("b", dimensions: [16], type: 0, offset: 32)
    g.data(96)
    #expect(refusal(g.bytes).contains("overlaps"))
    var odd = GGUFBytes(tensors: 0, keys: 1)
    odd.add("general.alignment"); odd.add(UInt32(4)); odd.add(UInt32(24))
    #expect(refusal(odd.bytes).contains("power of two"))
  }

  @Test func messagesCarryNoControlCharacters() {
    var g = GGUFBytes(tensors: 1, keys: 0)
    g.tensor("\u{1B}[31mred\nline", dimensions: [33], type: 8, offset: 0)
    g.data(64)
    let message = refusal(g.bytes)
    #expect(!message.contains("\u{1B}") && !message.contains("\n") && message.contains("red"))
  }

  /// Whatever is cut off or bent, opening a model ends in a model or in one sentence.
  @Test func survivesDamage() throws {
    guard let path = Fixtures.path("models/chatlet/chatlet-q4_0.gguf"),
      let whole = FileManager.default.contents(atPath: path)
    else { return }
    let folder = TemporaryFolder()
    let target = folder.file("damaged.gguf")
    func attempt(_ bytes: Data, mustFail: Bool, _ what: String) throws {
      try bytes.write(to: URL(fileURLWithPath: target))
      do {
        let files = try ModelFiles.open(target)
        #expect(!mustFail, "\(what) was taken as whole")
        for id in files.plan.parameters.indices { _ = files.rows(of: id).values().count }
      } catch {
        #expect(error is FormatError)
        #expect(!"\(error)".contains("\n"))
      }
    }
    var cuts = Array(stride(from: 0, to: 30_000, by: 997)) + [3, 8, 24, whole.count / 3, whole.count / 2]
    cuts += [whole.count - 1, whole.count - 33]
    for cut in cuts { try attempt(whole.prefix(cut), mustFail: true, "a file of \(cut) bytes") }
    let patterns: [[UInt8]] = [
      Array(repeating: 0xFF, count: 8), Array(repeating: 0, count: 8), Array(repeating: 0xFF, count: 7) + [0x7F],
    ]
    for k in 0..<60 {
      var bent = whole
      let at = (k * 7919) % 4096
      bent.replaceSubrange(at..<(at + 8), with: patterns[k % 3])
      try attempt(bent, mustFail: false, "a file bent at \(at)")
    }
  }
}
