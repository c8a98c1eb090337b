import Core
import Foundation
import TestSupport
import Testing

/// Whatever is called, files that Glassbox did not make keep every byte.
@Suite struct OverwritingCommandsTests {
  /// A folder of a stranger: plain files, a folder, a link, and names that Glassbox writes too.
  private struct Documents {
    let folder = TemporaryFolder()
    private let contents: [String: String] = [
      "letter.txt": "Dear", "photos/2024/a.jpg": "jpg", "config.json": "{}", "tokenizer.json": "mine",
      "model.safetensors": "mine", "a.gguf": "mine", "vocab.json": "mine", "run.json.txt": "mine", ".hidden": "mine",
    ]

    init() throws {
      for (name, text) in contents {
        let url = URL(fileURLWithPath: folder.file("documents/" + name))
        try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(text.utf8).write(to: url)
      }
      try FileManager.default.createSymbolicLink(
        atPath: folder.file("documents/link.gguf"), withDestinationPath: "a.gguf")
      try FileManager.default.createSymbolicLink(atPath: folder.file("linked"), withDestinationPath: "documents")
      try Data("one two three four five six seven eight nine ten\n".utf8).write(
        to: URL(fileURLWithPath: folder.file("text.txt")))
    }

    var path: String { folder.file("documents") }

    /// - Parameter but: names that may have been replaced.
    func isUntouched(but: Set<String> = []) throws -> Bool {
      try contents.allSatisfy { name, text in
        try but.contains(name) || String(contentsOfFile: path + "/" + name, encoding: .utf8) == text
      } && FileManager.default.destinationOfSymbolicLink(atPath: path + "/link.gguf") == "a.gguf"
        && FileManager.default.destinationOfSymbolicLink(atPath: folder.file("linked")) == "documents"
    }

    var names: [String] {
      (try? FileManager.default.subpathsOfDirectory(atPath: path).sorted()) ?? []
    }
  }

  @Test func noCommandTouchesAFolderOfOthers() throws {
    guard let model = Fixtures.path("models/tiny/llama"), let gguf = Fixtures.path("models/chatlet/chatlet-q8_0.gguf")
    else { return }
    let documents = try Documents()
    let before = documents.names
    let text = documents.folder.file("text.txt")
    for target in [documents.path, documents.path + "/", documents.folder.file("linked")] {
      let commands = [
        ["models", "convert", model, target], ["models", "convert", gguf, target],
        ["models", "quantize", model, target, "F16"],
        ["models", "convert", model, target + "/a.gguf"], ["models", "convert", model, target + "/link.gguf"],
        ["models", "quantize", model, target + "/a.gguf", "F16"],
        ["models", "quantize", model, target + "/link.gguf", "F16"],
        ["train", "--data", text, "--out", target, "--set", "steps=1"],
        ["tokenizer", "train", text, "--vocab", "270", "--out", target],
        ["train", "--data", text, "--out", target + "/letter.txt", "--set", "steps=1"],
        ["tokenizer", "train", text, "--vocab", "270", "--out", target + "/letter.txt"],
        ["models", "convert", model, target + "/letter.txt"],
      ]
      for command in commands {
        guard let result = try Program.run(command) else { return }
        #expect(result.code == 1, "\(command)")
        #expect(result.error.split(separator: "\n").count == 1, "\(command): \(result.error)")
        #expect(try documents.isUntouched(), "\(command)")
        #expect(documents.names == before, "\(command)")
      }
    }
    // What to do is said.
    let result = try #require(try Program.run(["models", "convert", model, documents.path]))
    #expect(result.error.contains("--force"))
  }

  @Test func forceReplacesFilesOfTheSameNamesAlone() throws {
    guard let model = Fixtures.path("models/tiny/llama") else { return }
    let documents = try Documents()
    guard let result = try Program.run(["models", "convert", model, documents.path, "--force"]) else { return }
    #expect(result.code == 0 && result.error.contains("Wrote"))
    #expect(try documents.isUntouched(but: ["config.json", "model.safetensors"]))
    // A stranger's tokenizer.json lies beside it, so the model alone is opened.
    #expect(throws: Never.self) { try ModelFiles.open(documents.path) }
    // Through a link, which stays one.
    #expect(try Program.run(["models", "convert", model, documents.path + "/link.gguf", "--force"])?.code == 0)
    #expect(try documents.isUntouched(but: ["config.json", "model.safetensors", "a.gguf"]))
    #expect(try Program.run(["logits", "-m", documents.path + "/a.gguf", "--ids", "1"])?.code == 0)
    let text = documents.folder.file("text.txt")
    let train = ["tokenizer", "train", text, "--vocab", "270", "--out", documents.path, "--force"]
    #expect(try Program.run(train)?.code == 0)
    #expect(
      try documents.isUntouched(but: ["config.json", "model.safetensors", "a.gguf", "tokenizer.json", "vocab.json"]))
    let made = documents.names.filter { $0.hasSuffix(".tmp") || $0.hasSuffix(".old") || $0.hasSuffix(".checkpoint") }
    #expect(made.isEmpty)
  }

  /// A model is never written over itself, by no name of it.
  @Test func aModelIsNotWrittenOverItself() throws {
    guard let model = Fixtures.path("models/tiny/llama"), let gguf = Fixtures.path("models/chatlet/chatlet-q8_0.gguf")
    else { return }
    let folder = TemporaryFolder()
    try FileManager.default.copyItem(atPath: model, toPath: folder.file("m"))
    try FileManager.default.copyItem(atPath: gguf, toPath: folder.file("m.gguf"))
    for (link, target) in [("link", "m"), ("link.gguf", "m.gguf")] {
      try FileManager.default.createSymbolicLink(atPath: folder.file(link), withDestinationPath: target)
    }
    func contents() throws -> [String: Data] {
      var result: [String: Data] = [:]
      for name in try FileManager.default.subpathsOfDirectory(atPath: folder.path) {
        result[name] = FileManager.default.contents(atPath: folder.file(name))
      }
      return result
    }
    let before = try contents()
    for (from, to) in [
      ("m", "m"), ("m", "m/"), ("m", "link"), ("link", "m"), ("m.gguf", "m.gguf"), ("m.gguf", "link.gguf"),
      ("link.gguf", "m.gguf"), ("m/model.safetensors", "m"), ("m", "m/../m"),
    ] {
      for force in [[], ["--force"]] {
        let command = ["models", "convert", folder.file(from), folder.file(to)] + force
        guard let result = try Program.run(command) else { return }
        #expect(result.code == 1 && !result.error.contains("Wrote"), "\(command): \(result.error)")
        #expect(try contents() == before, "\(command)")
      }
    }
  }

  @Test func devicesAndPipesAreNotReplaced() throws {
    guard let model = Fixtures.path("models/tiny/llama") else { return }
    let folder = TemporaryFolder()
    #expect(mkfifo(folder.file("p.gguf"), 0o600) == 0)
    for command in [
      ["models", "quantize", model, folder.file("p.gguf"), "F16", "--force"],
      ["models", "convert", model, folder.file("p.gguf"), "--force"],
      ["train", "--data", model + "/config.json", "--out", folder.file("p.gguf")],
    ] {
      guard let result = try Program.run(command) else { return }
      #expect(result.code == 1 && result.error.contains("a pipe"), "\(command): \(result.error)")
    }
    let kind = try FileManager.default.attributesOfItem(atPath: folder.file("p.gguf"))[.type] as? FileAttributeType
    #expect(kind != .typeRegular)
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["p.gguf"])
  }

  /// A new run may have an empty folder, and nothing else.
  @Test func aRunTakesAnEmptyFolder() throws {
    let folder = TemporaryFolder()
    let text = folder.file("text.txt")
    try Data("one two three four five six seven eight nine ten\n".utf8).write(to: URL(fileURLWithPath: text))
    try FileManager.default.createDirectory(atPath: folder.file("out"), withIntermediateDirectories: false)
    let command = [
      "train", "--data", text, "--out", folder.file("out"), "--set", "steps=2", "--set", "context_length=8", "--set",
      "model.layers=1", "--set", "model.hidden_size=16", "--set", "model.vocabulary=270",
    ]
    guard let result = try Program.run(command) else { return }
    #expect(result.code == 0, "\(result.error)")
    let again = try #require(try Program.run(command))
    #expect(again.code == 1 && again.error.contains("--resume"))
  }
}
