import Foundation
import TestSupport
import Testing

/// The built program, run as a user would.
enum Program {
  struct Result {
    var output: String
    var error: String
    var code: Int32
    var lines: [String] { output.split(separator: "\n").map(String.init) }
  }

  static let path = BuiltProgram.path

  static func run(_ arguments: [String], input: String = "") throws -> Result? {
    let path = try #require(path, "the program was not built beside the tests")
    let process = Process()
    process.executableURL = URL(fileURLWithPath: path)
    process.arguments = arguments
    let folder = TemporaryFolder()
    let paths = ["in", "out", "err"].map { folder.file($0) }
    try Data(input.utf8).write(to: URL(fileURLWithPath: paths[0]))
    for path in paths.dropFirst() { _ = FileManager.default.createFile(atPath: path, contents: nil) }
    process.standardInput = FileHandle(forReadingAtPath: paths[0])
    process.standardOutput = FileHandle(forWritingAtPath: paths[1])
    process.standardError = FileHandle(forWritingAtPath: paths[2])
    try process.run()
    process.waitForEnd()
    func text(_ path: String) -> String {
      String(decoding: FileManager.default.contents(atPath: path) ?? Data(), as: UTF8.self)
    }
    return Result(output: text(paths[1]), error: text(paths[2]), code: process.terminationStatus)
  }

  static func object(_ line: String) throws -> [String: Any] {
    try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
  }
}

@Suite struct CommandLineTests {
  @Test(arguments: [
    ["nonsense"], ["watch", "x"], ["tokenize"], ["generate", "--temperature", "hot"],
    ["generate", "-m", "x", "--top-p", "2"], ["template"], ["train"], ["train", "--data", "x", "--set", "steps"],
    ["snapshot", "--size", "0x0"], ["bench", "decode", "-m", "x", "--runs", "0"],
  ])
  func usageErrorsExitWithTwo(arguments: [String]) throws {
    guard let result = try Program.run(arguments) else { return }
    #expect(result.code == 2)
    #expect(result.output.isEmpty && !result.error.isEmpty)
  }

  @Test(arguments: [
    ["tokenize", "-t", "/nowhere/tokenizer.json"], ["generate", "-m", "/nowhere\u{1B}[31m.gguf", "-p", "a"],
    ["models", "show", "/dev/null"], ["train", "--data", "/nowhere.txt"], ["template", "nowhere.jinja", "-p", "a"],
    ["tokenize", "-t", "/tmp", "/tmp"],
  ])
  func failuresAreOneSentence(arguments: [String]) throws {
    guard let result = try Program.run(arguments) else { return }
    #expect(result.code == 1)
    #expect(result.output.isEmpty)
    #expect(result.error.split(separator: "\n").count == 1)
    #expect(!result.error.utf8.contains(0x1B))
  }

  @Test func helpIsAskedFor() throws {
    guard let result = try Program.run(["--help"]) else { return }
    #expect(result.code == 0)
    #expect(result.output.contains("tokenize") && result.error.isEmpty)
  }

  @Test func templatesAnswerLineByLine() throws {
    let requests = """
      {"messages": [{"role": "user", "content": "Hi \\u001b[31m"}], "add_generation_prompt": true}

      {"messages": [{"role": "king", "content": "Hi"}]}
      not json
      {"messages": [{"role": "user", "content": [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]}]}
      """
    guard let result = try Program.run(["template", "chatml", "--jsonl", "-"], input: requests) else { return }
    #expect(result.code == 1)
    #expect(!result.output.utf8.contains(0x1B))
    let answers = try result.lines.map(Program.object)
    try #require(answers.count == 4)
    #expect(
      answers[0]["text"] as? String == "<|im_start|>user\nHi \u{1B}[31m<|im_end|>\n<|im_start|>assistant\n")
    #expect((answers[1]["error"] as? String)?.contains("king") == true)
    #expect(answers[2]["error"] is String)
    #expect(answers[3]["text"] as? String == "<|im_start|>user\nab<|im_end|>\n")
  }

  @Test func plainOutputIsInert() throws {
    guard let result = try Program.run(["template", "raw", "-p", "a\u{1B}[2Jb\tc"]) else { return }
    #expect(result.code == 0)
    #expect(result.output == "a␛[2Jb\tc\n")
  }

  @Test func aReplyIsToldWhole() throws {
    guard let model = Fixtures.path("models/chatlet/chatlet-q8_0.gguf") else { return }
    let request =
      #"{"messages": [{"role": "user", "content": "Hi"}], "temperature": 0, "max_tokens": 4, "top_logprobs": 2}"#
    let requests = [request, #"{"messages": 3}"#, request].joined(separator: "\n")
    guard let result = try Program.run(["chat", "-m", model, "--jsonl", "-"], input: requests) else { return }
    #expect(result.code == 1)
    let answers = try result.lines.map(Program.object)
    try #require(answers.count == 3)
    #expect(answers[0]["rendered"] as? String == "<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\n")
    #expect((answers[0]["ids"] as? [Int])?.count == 4)
    #expect((answers[0]["logprobs"] as? [Double])?.count == 4)
    #expect((answers[0]["top"] as? [[[String: Any]]])?.allSatisfy { $0.count == 2 } == true)
    #expect(answers[0]["finish"] as? String == "length")
    #expect(answers[1]["error"] is String)
    #expect(answers[0]["ids"] as? [Int] == answers[2]["ids"] as? [Int])
  }

  @Test func aSeedRepeats() throws {
    guard let model = Fixtures.path("models/chatlet/chatlet-q8_0.gguf") else { return }
    func draw(_ seed: String) throws -> [Int]? {
      let arguments = [
        "generate", "-m", model, "-p", "The", "-n", "12", "--temperature", "1.5", "--seed", seed, "--json",
      ]
      return try Program.run(arguments).flatMap { try Program.object($0.output)["ids"] as? [Int] }
    }
    guard let first = try draw("7") else { return }
    #expect(try draw("7") == first)
    #expect(try draw("8") != first)
  }

  @Test func aModelWithoutTokenizerTakesIds() throws {
    guard let model = Fixtures.path("models/tiny/llama") else { return }
    guard let result = try Program.run(["score", "-m", model, "--ids", "1,2,3", "--json"]) else { return }
    let answer = try Program.object(result.output)
    #expect((answer["logprobs"] as? [Any])?.first is NSNull)
    #expect(answer["tokens"] as? Int == 2)
    #expect(try Program.run(["generate", "-m", model, "-p", "text"])?.code == 1)
    #expect(try Program.run(["logits", "-m", model, "--ids", "99999"])?.code == 1)
  }
}
