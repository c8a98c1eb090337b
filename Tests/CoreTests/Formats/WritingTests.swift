import Core
import Foundation
import TestSupport
import Testing

@Suite struct WritingTests {
  private struct Stop: Error {}

  @Test func aFailedWriteLeavesTheOldFile() throws {
    let folder = TemporaryFolder()
    let path = folder.file("a.txt")
    try AtomicFile.write("old", to: path)
    #expect(throws: Stop.self) {
      try AtomicFile.write(to: path) { writer in
        try writer.write("new")
        throw Stop()
      }
    }
    #expect(try String(contentsOfFile: path, encoding: .utf8) == "old")
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["a.txt"])
    #expect(throws: WriteError.self) { try AtomicFile.write("x", to: folder.file("none/b.txt")) }
  }

  @Test func largeWritesArriveWhole() throws {
    let folder = TemporaryFolder()
    let path = folder.file("large")
    let piece = (0..<700_001).map { UInt8(truncatingIfNeeded: $0) }
    try AtomicFile.write(to: path) { writer in
      for _ in 0..<3 { try writer.write(piece) }
      try writer.write(UInt32(0x0403_0201))
      try writer.pad(to: 32)
      #expect(writer.count % 32 == 0)
    }
    let bytes = try Data(contentsOf: URL(fileURLWithPath: path))
    #expect(bytes.prefix(2_100_003) == Data(piece + piece + piece))
    #expect(Array(bytes[2_100_003..<2_100_007]) == [1, 2, 3, 4])
  }

  @Test func aFailedFolderLeavesTheOldOne() throws {
    let folder = TemporaryFolder()
    let path = folder.file("deep/model")
    try AtomicFolder.write(to: path) { try AtomicFile.write("1", to: $0 + "/config.json") }
    #expect(throws: Stop.self) {
      try AtomicFolder.write(to: path) { _ in throw Stop() }
    }
    #expect(try String(contentsOfFile: path + "/config.json", encoding: .utf8) == "1")
    try AtomicFolder.write(to: path) { try AtomicFile.write("2", to: $0 + "/other.json") }
    #expect(try FileManager.default.contentsOfDirectory(atPath: path).sorted() == [".glassbox", "other.json"])
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.file("deep")) == ["model"])
  }

  /// Every half-precision number survives, and those between go to the even neighbour.
  @Test func halfPrecisionIsExact() {
    var bytes = [UInt8](repeating: 0, count: 2)
    func encode(_ value: Float) -> UInt16 {
      withUnsafePointer(to: value) { ValueEncoder.encode($0, count: 1, as: .f16, into: &bytes) }
      return UInt16(bytes[0]) | UInt16(bytes[1]) << 8
    }
    for bits in UInt16(0)..<0x7C00 {
      var value: Float = 0
      withUnsafeBytes(of: bits.littleEndian) { dequantize(type: .f16, from: $0.baseAddress!, count: 1, into: &value) }
      if encode(value) != bits || encode(-value) != bits | 0x8000 { Issue.record("\(bits)") }
    }
    #expect(encode(65519) == 0x7BFF && encode(65520) == 0x7C00 && encode(.infinity) == 0x7C00)
    #expect(encode(1 + 1.0 / 2048) == 0x3C00 && encode(1 + 3.0 / 2048) == 0x3C02)
    #expect(encode(Float(sign: .plus, exponent: -25, significand: 1)) == 0)
    #expect(encode(Float(sign: .plus, exponent: -25, significand: 1.5)) == 1)
    #expect(encode(.nan) & 0x7C00 == 0x7C00 && encode(.nan) & 0x3FF != 0)
  }

  @Test func quantisedValuesAreNearAndNeverTrap() {
    let values = (0..<64).map { i in i == 5 ? Float.nan : i == 9 ? .infinity : Float(sin(Double(i)) * 3) }
    for (type, bound) in [(TensorType.q8_0, Float(0.013)), (.q4_0, 0.4)] {
      var bytes = [UInt8](repeating: 0, count: type.byteCount(of: 64) ?? 0)
      ValueEncoder.encode(values, count: 64, as: type, into: &bytes)
      var back = [Float](repeating: 0, count: 64)
      dequantize(type: type, from: bytes, count: 64, into: &back)
      for i in 0..<64 where values[i].isFinite { #expect(abs(back[i] - values[i]) <= bound, "\(type.name) \(i)") }
      #expect(!back.contains { !$0.isFinite })
    }
  }

  /// The same bytes as the kernels' own encoder.
  @Test func q8IsTheSameEverywhere() {
    let values = (0..<320).map { Float(sin(Double($0) * 1.7)) * Float(1 + $0 % 7) }
    var a = [UInt8](repeating: 0, count: 340)
    var b = a
    ValueEncoder.encode(values, count: 320, as: .q8_0, into: &a)
    quantizeQ8_0(values, count: 320, into: &b)
    #expect(a == b)
  }
}
