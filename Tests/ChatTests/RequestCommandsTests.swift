import Foundation
import TestSupport
import Testing

/// Requests and numbers at the command line.
@Suite struct RequestCommandsTests {
  /// null is as not given, for every key of every command.
  @Test func nullIsAsNotGiven() throws {
    guard let model = Fixtures.path("models/chatlet/chatlet-q8_0.gguf") else { return }
    let sampling = [
      "max_tokens", "temperature", "top_k", "top_p", "min_p", "repetition_penalty", "frequency_penalty",
      "presence_penalty", "seed", "stop", "ignore_eos", "top_logprobs",
    ]
    let cases: [(command: [String], request: String, keys: [String])] = [
      (["generate", "-m", model, "-n", "3", "--temperature", "0"], #""prompt": "a""#, sampling + ["ids"]),
      (["generate", "-m", model, "-n", "3", "--temperature", "0"], #""ids": [5]"#, ["prompt"]),
      (
        ["chat", "-m", model, "-n", "3", "--temperature", "0"], #""messages": [{"role": "user", "content": "a"}]"#,
        sampling + ["template"]
      ),
      (["score", "-m", model], #""text": "a b""#, ["ids", "top_logprobs"]),
      (["logits", "-m", model], #""ids": [5, 6]"#, ["last"]),
      (
        ["tokenize", "-t", model], #""text": "a b""#,
        ["add_special", "parse_special", "explain", "pair", "truncate", "pad"]
      ),
      (["detokenize", "-t", model], #""ids": [5, 6]"#, ["skip_special"]),
      (
        ["template", "chatml"], #""messages": [{"role": "user", "content": "a"}]"#,
        ["add_generation_prompt", "bos_token", "eos_token"]
      ),
    ]
    for (command, request, keys) in cases {
      let lines = ["{\(request)}"] + keys.map { "{\(request), \"\($0)\": null}" }
      let input = lines.joined(separator: "\n")
      guard let result = try Program.run(command + ["--jsonl", "-"], input: input) else { return }
      #expect(result.code == 0, "\(command): \(result.output)")
      let answers = try result.lines.map { line in
        var answer = try Program.object(line)
        answer["timings"] = nil
        return try JSONSerialization.data(withJSONObject: answer, options: .sortedKeys)
      }
      #expect(answers.count == lines.count && Set(answers).count == 1, "\(command)")
    }
  }

  @Test func theFixtureOfNullKeysIsAnswered() throws {
    guard let model = Fixtures.path("models/chatlet/chatlet-q8_0.gguf"),
      let file = Fixtures.path("faults/null-keys.jsonl")
    else { return }
    guard let result = try Program.run(["generate", "-m", model, "--jsonl", file]) else { return }
    #expect(result.code == 0 && result.lines.count == 5)
    #expect(!result.output.contains("error"))
  }

  @Test func aModelOfNaNSaysSoInOneSentence() throws {
    guard let model = Fixtures.path("faults/nan-norm.gguf") else { return }
    for arguments in [
      ["generate", "-m", model, "--ids", "3,9", "-n", "3", "--json"], ["generate", "-m", model, "--ids", "3,9"],
      ["score", "-m", model, "--ids", "3,9"], ["score", "-m", model, "--ids", "3,9", "--json"],
    ] {
      guard let result = try Program.run(arguments) else { return }
      #expect(result.code == 1 && result.output.isEmpty)
      #expect(result.error.contains("not finite") && result.error.split(separator: "\n").count == 1)
    }
    let lines = try #require(
      try Program.run(["generate", "-m", model, "--jsonl", "-"], input: #"{"ids": [3, 9], "max_tokens": 3}"#))
    #expect(lines.code == 1 && lines.output.contains("not finite"))
    // What a model says is told as it is.
    let logits = try #require(try Program.run(["logits", "-m", model, "--ids", "3", "--json"]))
    #expect(logits.code == 0 && logits.output.contains("NaN"))
  }

  @Test func anEmptyTextIsNotScored() throws {
    guard let model = Fixtures.path("models/chatlet/chatlet-q8_0.gguf") else { return }
    guard let result = try Program.run(["score", "-m", model]) else { return }
    #expect(result.code == 1 && result.output.isEmpty && result.error.contains("nothing to score"))
    let json = try #require(try Program.run(["score", "-m", model, "--json"]))
    #expect(json.code == 0 && json.output.contains(#""nll": NaN"#) && json.output.contains(#""perplexity": NaN"#))
  }

  /// A pipe as text or requests is fair; a pipe in a folder is not waited for.
  @Test func streamsAreReadWhereTheyAreGiven() throws {
    let program = try #require(Program.path)
    guard let model = Fixtures.path("models/chatlet/chatlet-q8_0.gguf") else { return }
    let folder = TemporaryFolder()
    func shell(_ script: String) throws -> String {
      let process = Process()
      process.executableURL = URL(fileURLWithPath: "/bin/bash")
      process.arguments = ["-c", script]
      let output = Pipe()
      process.standardOutput = output
      process.standardError = FileHandle.nullDevice
      try process.run()
      let data = output.fileHandleForReading.readDataToEndOfFile()
      process.waitForEnd()
      return String(decoding: data, as: UTF8.self)
    }
    let wanted = try #require(try Program.run(["tokenize", "-t", model], input: "Hello")).output
    #expect(try shell("'\(program)' tokenize -t '\(model)' <(printf Hello)") == wanted)
    let pipe = folder.file("pipe")
    #expect(
      try shell("mkfifo '\(pipe)'; (printf Hello > '\(pipe)' &) ; '\(program)' tokenize -t '\(model)' '\(pipe)'")
        == wanted)
    for arguments in [
      ["models", "show", folder.path], ["generate", "-m", folder.path, "-p", "a"], ["tokenize", "-t", folder.path],
      ["train", "--data", folder.file("rows.jsonl"), "--out", folder.file("out")],
      ["train", "--data", folder.path, "--out", folder.file("out")],
    ] {
      for name in ["config.json", "tokenizer.json", "rows.jsonl"] {
        #expect(mkfifo(folder.file(name), 0o600) == 0)
        defer { unlink(folder.file(name)) }
        #expect(try Program.run(arguments)?.code == 1, "\(arguments) \(name)")
      }
    }
  }
}
