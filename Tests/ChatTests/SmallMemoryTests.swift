import Foundation
import TestSupport
import Testing

/// Under every limit of memory a command answers or says a sentence: small blocks too, of which the runtime would trap.
@Suite struct SmallMemoryTests {
  @Test func noCommandTraps() throws {
    let path = try #require(BuiltProgram.path)
    guard let model = Fixtures.path("models/chatlet/chatlet-q8_0.gguf") else { return }
    let folder = TemporaryFolder()
    let data = folder.file("data.jsonl")
    let rows = (0..<60).map { "{\"text\": \"the quick brown fox jumps over the lazy dog number \($0)\"}\n" }.joined()
    try rows.write(toFile: data, atomically: true, encoding: .utf8)
    // What the program itself takes before it does anything, in kB: below it the system's loader speaks or ends it.
    let base = try Self.least(path)
    let commands = [
      "generate -m \(model) -p hello -n 2 --temperature 0",
      "tokenize -t \(model) \(data)",
      "models show \(model) --json",
      "models convert \(model) \(folder.file("out.gguf")) --type f32 --force",
      "train --recipe pretrain --data \(data) --out \(folder.file("run"))-LIMIT --set steps=2 "
        + "--set context_length=32 --set model.layers=1 --set model.hidden_size=32",
    ]
    for command in commands {
      for limit in stride(from: base + 1000, to: base + 60_000, by: 3700) {
        let line = command.replacingOccurrences(of: "LIMIT", with: "\(limit)")
        let (code, errors) = try Self.run("exec timeout -k 1 60 \(path) \(line)", limit: limit)
        #expect(code == 0 || code == 1, "\(command) within \(limit) kB: \(code): \(errors.suffix(600))")
        if code == 1 { #expect(errors.contains("glassbox: "), "\(command) within \(limit) kB") }
      }
    }
  }

  private static func least(_ path: String) throws -> Int {
    var (low, high) = (10_000, 1_000_000)
    while high - low > 500 {
      let middle = (low + high) / 2
      if try run("exec \(path) --help", limit: middle).code == 0 { high = middle } else { low = middle }
    }
    return high
  }

  private static func run(_ line: String, limit: Int) throws -> (code: Int32, errors: String) {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/bin/bash")
    process.arguments = ["-c", "ulimit -c 0; ulimit -v \(limit); \(line)"]
    let errors = Pipe()
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = FileHandle.nullDevice
    process.standardError = errors
    try process.run()
    let text = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    return (process.terminationReason == .exit ? process.terminationStatus : 128 + process.terminationStatus, text)
  }
}
