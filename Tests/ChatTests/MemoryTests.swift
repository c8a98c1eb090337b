import Core
import Foundation
import TestSupport
import Testing

/// Memory that cannot be had is a sentence.
@Suite struct MemoryTests {
  @Test func sizesThatCannotBe() throws {
    for count in [Int.max, Int.max / 4, 1 << 60, 1 << 47] {
      #expect(throws: OutOfMemory.self) { try AlignedBuffer<Float>(trying: count) }
    }
    #expect(throws: OutOfMemory.self) { try AlignedBuffer<Float>(count: Int.max / 2, from: MemoryRegion()) }
    #expect(throws: OutOfMemory.self) { try OutOfMemory.check(1 << 60, for: "nothing") }
    #expect(throws: OutOfMemory.self) { try Activations(columns: 1 << 30, capacity: 1 << 28) }
    let memory = try AlignedBuffer<Float>(trying: 1000)
    withExtendedLifetime(memory) { #expect(memory.buffer.allSatisfy { $0 == 0 }) }
    let sentence = OutOfMemory(bytes: 3 << 30, purpose: "the weights of x").description
    #expect(sentence.contains("3 GB for the weights of x"))
  }

  /// Under every limit the program answers or says a sentence; it never traps.
  @Test func limitsOfAddressSpace() throws {
    let path = try #require(BuiltProgram.path)
    guard let model = Fixtures.path("models/chatlet/chatlet-q8_0.gguf") else { return }
    for command in [
      "generate -m \(model) -p hello -n 2 --context 1000000 --temperature 0",
      "generate -m \(model) -n 2 --temperature 0 --ids \((0..<1500).map { "\($0 % 200)" }.joined(separator: ","))",
    ] {
      for limit in [150_000, 180_000, 200_000, 220_000, 250_000, 400_000] {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/bin/bash")
        process.arguments = ["-c", "ulimit -c 0; ulimit -v \(limit); exec timeout -k 1 60 \(path) \(command)"]
        let errors = Pipe()
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = FileHandle.nullDevice
        process.standardError = errors
        try process.run()
        let text = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        // Below what the program's own libraries need, the system's loader speaks.
        let isLoader = process.terminationStatus == 127
        #expect(isLoader || process.terminationStatus <= 1, "\(limit): \(text.suffix(400))")
      }
    }
  }
}
