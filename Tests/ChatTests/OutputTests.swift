import Core
import Foundation
import TestSupport
import Testing

/// What the program writes, and what it does where it cannot.
@Suite struct OutputTests {
  /// Runs a line of the shell in which `$G` is the program.
  private func shell(_ line: String) throws -> Program.Result? {
    let path = try #require(Program.path, "the program was not built beside the tests")
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/bin/bash")
    process.arguments = ["-c", "ulimit -c 0; " + line]
    var environment = ProcessInfo.processInfo.environment
    environment["G"] = path
    let folder = TemporaryFolder()
    environment["HOME"] = folder.path
    environment["XDG_DATA_HOME"] = folder.path
    process.environment = environment
    let paths = ["out", "err"].map { folder.file($0) }
    for path in paths { _ = FileManager.default.createFile(atPath: path, contents: nil) }
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = FileHandle(forWritingAtPath: paths[0])
    process.standardError = FileHandle(forWritingAtPath: paths[1])
    try process.run()
    process.waitForEnd()
    func text(_ path: String) -> String {
      String(decoding: FileManager.default.contents(atPath: path) ?? Data(), as: UTF8.self)
    }
    return Program.Result(output: text(paths[0]), error: text(paths[1]), code: process.terminationStatus)
  }

  @Test(arguments: ["eval", "watch", "embed", "serve", "chatt", "models.gguf"])
  func anUnknownCommandIsNamed(word: String) throws {
    guard let result = try Program.run([word, "x"]) else { return }
    #expect(result.code == 2)
    #expect(result.output.isEmpty)
    #expect(result.error.contains("no command '\(word)'") && result.error.split(separator: "\n").count == 1)
    if word == "chatt" { #expect(result.error.contains("nearest one is 'glassbox chat'")) }
  }

  @Test func anUnknownCommandOfACommand() throws {
    guard let result = try Program.run(["models", "shwo", "x"]) else { return }
    #expect(result.code == 2)
    #expect(result.error.contains("nearest one is 'glassbox models show'"))
  }

  @Test func outputThatCannotBeWrittenIsAFailure() throws {
    for target in ["> /dev/full", ">&-"] {
      guard let result = try shell("$G template raw -p hello \(target)") else { return }
      #expect(result.code == 1, "\(target)")
      #expect(result.error.contains("Standard output cannot be written: "), "\(target)")
      #expect(result.error.split(separator: "\n").count == 1)
    }
    // A reader that has gone is told as every tool tells it.
    guard let piped = try shell("(sleep 0.3; $G template raw -p hello; echo $? >&2) | true") else { return }
    #expect(piped.error == "141\n")
  }

  @Test func trainingEndsWithAFailureWhereItsEventsCannotBeWritten() throws {
    guard let tokenizer = Fixtures.path("models/chatlet/chatlet-q8_0.gguf") else { return }
    let folder = TemporaryFolder()
    let data = folder.file("data.txt")
    try String(repeating: "the cat sat on the mat\n", count: 40).write(toFile: data, atomically: true, encoding: .utf8)
    let settings = [
      "steps=3", "context_length=16", "batch_size=2", "model.layers=1", "model.hidden_size=16", "model.heads=2",
      "tokenizer=\(tokenizer)",
    ].map { "--set \($0)" }.joined(separator: " ")
    guard
      let result = try shell(
        "$G train --json --recipe pretrain --data \(data) --out \(folder.file("run")) \(settings) > /dev/full")
    else { return }
    #expect(result.code == 1)
    #expect(result.error.contains("Standard output cannot be written: "))
  }

  @Test func jsonHoldsNothingThatSteersATerminal() throws {
    let text = "a\u{202E}b\u{2066}c\u{200F}d\u{61C}e\u{9B}f\u{7F}g\u{2028}h\u{A0}é用\u{2010}\u{2065}"
    let written = JSON.string(text).serialized()
    #expect(
      written
        == "\"a\\u202eb\\u2066c\\u200fd\\u061ce\\u009bf\\u007fg\\u2028h\u{A0}é用\u{2010}\u{2065}\"")
    #expect(try JSON.parse(Array(written.utf8)).string == text)
    for value in (0..<0x3000).compactMap({ Unicode.Scalar(UInt32($0)) }) {
      let one = "x\(Character(value))y"
      #expect(try JSON.parse(Array(JSON.string(one).serialized().utf8)).string == one)
    }
  }

  @Test func detokenizeIntoAPipeGivesTheBytes() throws {
    guard let tokenizer = Fixtures.path("models/chatlet/chatlet-q8_0.gguf") else { return }
    let folder = TemporaryFolder()
    let file = folder.file("text")
    let bytes = Data("a\tb\r\n\u{1B}[31mred\u{7}\u{202E} 用\u{0}end".utf8)
    try bytes.write(to: URL(fileURLWithPath: file))
    let back = folder.file("back")
    guard
      let result = try shell(
        "$G tokenize -t \(tokenizer) --no-parse-special \(file) | $G detokenize -t \(tokenizer) > \(back)")
    else { return }
    #expect(result.code == 0, "\(result.error)")
    #expect(FileManager.default.contents(atPath: back) == bytes)
  }
}
