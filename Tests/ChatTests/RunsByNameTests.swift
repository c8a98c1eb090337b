import Foundation
import TestSupport
import Testing

/// Runs are found by name, wherever they were saved, and go on by name.
@Suite struct RunsByNameTests {
  @Test func runsAreFoundWhereverTheyWereSaved() throws {
    #expect(Program.path != nil)
    let folder = TemporaryFolder()
    let text = folder.file("text.txt")
    try Data((1...300).map(String.init).joined(separator: "\n").utf8).write(to: URL(fileURLWithPath: text))
    func run(_ arguments: [String]) throws -> Program.Result {
      let process = Process()
      process.executableURL = URL(fileURLWithPath: try #require(Program.path))
      process.arguments = arguments
      process.environment = ProcessInfo.processInfo.environment.merging(
        ["XDG_DATA_HOME": folder.file("data"), "HOME": folder.path, "GLASSBOX_MODELS": folder.file("none")]
      ) { $1 }
      let names = ["out", "err"].map { folder.file($0) }
      for name in names { _ = FileManager.default.createFile(atPath: name, contents: nil) }
      process.standardInput = FileHandle.nullDevice
      process.standardOutput = FileHandle(forWritingAtPath: names[0])
      process.standardError = FileHandle(forWritingAtPath: names[1])
      try process.run()
      process.waitForEnd()
      let texts = names.map { String(decoding: FileManager.default.contents(atPath: $0) ?? Data(), as: UTF8.self) }
      return Program.Result(output: texts[0], error: texts[1], code: process.terminationStatus)
    }
    func train(_ out: [String]) throws -> Program.Result {
      let settings = ["steps=2", "context_length=8", "model.layers=1", "model.hidden_size=16", "model.vocabulary=270"]
      return try run(["train", "--data", text] + out + settings.flatMap { ["--set", $0] })
    }
    for out in [["--out", folder.file("elsewhere/mine")], []] { #expect(try train(out).code == 0) }
    let list = try Program.object(run(["models", "list", "--json"]).output)["models"] as? [[String: Any]] ?? []
    let runs = list.filter { $0["origin"] as? String == "run" }
    #expect(runs.count == 2 && runs.allSatisfy { ($0["bytes"] as? Int ?? 0) > 0 })
    for name in runs.compactMap({ $0["name"] as? String }) {
      #expect(try run(["models", "show", name]).output.contains("llama"))
      #expect(try run(["generate", "-m", name, "-p", "1", "-n", "2"]).code == 0)
    }
    #expect(runs.contains { $0["name"] as? String == "mine" })
    let resumed = try run(["train", "--resume", "mine", "--set", "steps=4"])
    #expect(resumed.code == 0 && resumed.output.contains("step 4"), "\(resumed.error)")

    // Two of one name: a folder must say which. One that is gone is forgotten.
    #expect(try train(["--out", folder.file("other/mine")]).code == 0)
    for arguments in [
      ["models", "show", "mine"], ["train", "--resume", "mine"], ["generate", "-m", "mine", "-p", "1"],
    ] {
      let result = try run(arguments)
      #expect(result.code == 1)
      #expect(result.error.contains("other/mine") && result.error.contains("elsewhere/mine"), "\(result.error)")
    }
    try FileManager.default.removeItem(atPath: folder.file("other"))
    #expect(try run(["models", "show", "mine"]).code == 0)
    #expect(try run(["train", "--resume", "nothing-of-this-name"]).code == 1)
  }
}
