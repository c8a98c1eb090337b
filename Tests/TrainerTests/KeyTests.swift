import Core
import Foundation
import TestSupport
import Testing
import Trainer

/// What is set is obeyed, or refused with what was meant.
@Suite struct KeyTests {
  private func refusal(_ body: () throws -> Void) -> String {
    do {
      try body()
      return ""
    } catch {
      return "\(error)"
    }
  }

  @Test(arguments: [
    ("lr", "learning_rate"), ("warmup_ratio", "warmup_steps"), ("gradient_accumulation_steps", "accumulation"),
    ("max_steps", "steps"), ("num_train_epochs", "epochs"), ("per_device_train_batch_size", "batch_size"),
    ("max_grad_norm", "grad_clip"), ("block_size", "context_length"), ("n_layer", "model.layers"),
    ("hidden_size", "model.hidden_size"), ("optimizer.lr", "learning_rate"), ("learning-rate", "learning_rate"),
    ("model.n_head", "model.heads"), ("eval_steps", "eval_every"), ("lr_scheduler_type", "schedule"),
    ("learningRate", "learning_rate"), ("wamup_steps", "warmup_steps"),
  ])
  func unknownKeysNameTheOneThatWasMeant(_ key: String, _ meant: String) {
    var c = TrainingConfiguration()
    #expect(refusal { try c.set(key, "1") } == "There is no training key '\(key)'; did you mean '\(meant)'?")
  }

  @Test func whatDoesNotWorkYetIsNeitherOfferedNorAccepted() {
    #expect(!ConfigurationKey.all.contains { $0.name.hasPrefix("lora") })
    #expect(ConfigurationKey.named("dtype")?.kind == .choice(["f32"]))
    for (key, value) in [("lora.rank", "8"), ("lora.alpha", "16"), ("dtype", "bf16")] {
      #expect(throws: TrainingError.self) { try TrainingConfiguration(settings: [(key, value)]) }
    }
    let toml = "data = \"a\"\n[lora]\nrank = 8\n"
    #expect(
      refusal { _ = try TrainingConfiguration(toml: toml, file: "r.toml") }.hasPrefix("r.toml, line 3: 'lora.rank'"))
  }

  @Test(arguments: [
    ("data = \"a\"\nlr = 3\n", "r.toml, line 2: There is no training key 'lr'; did you mean 'learning_rate'?"),
    (
      "[model]\nlayers = 2\nwidth = 3\n",
      "r.toml, line 3: There is no training key 'model.width'; did you mean 'model.hidden_size'?"
    ),
    ("# steps = 1\n\nsteps = 0", "r.toml, line 3: 'steps' is '0', but it must be a whole number, 1 or more."),
    ("recipe = \"magic\"", "r.toml, line 1: 'recipe' is 'magic', but it must be one of pretrain, sft."),
    ("steps = 1\nepochs = 2", "r.toml, line 1: 'steps' and 'epochs' are both given, but only one of them can count."),
  ])
  func mistakesInAFileAreToldWithTheirLine(_ toml: String, _ sentence: String) {
    #expect(refusal { _ = try TrainingConfiguration(toml: toml, file: "r.toml") } == sentence)
  }

  @Test func anOverrideTakesThePlaceOfItsAlternative() throws {
    let c = try TrainingConfiguration(toml: "steps = 5", file: "r.toml", overrides: [("epochs", "2")])
    #expect(c.steps == nil && c.epochs == 2)
    let d = try TrainingConfiguration(toml: "epochs = 5", file: "r.toml", overrides: [("steps", "7")])
    #expect(d.steps == 7)
  }

  @Test(arguments: [
    String(repeating: "a.", count: 30_000) + "a = 1", "[" + String(repeating: "a.", count: 30_000) + "a]",
    "a = " + String(repeating: "[", count: 30_000), "a = " + String(repeating: "{a=", count: 30_000),
    "x = 1\n[" + String(repeating: "b.", count: 40) + "b]\n" + String(repeating: "c . ", count: 100) + "c = 2",
  ])
  func nestingIsBounded(_ toml: String) {
    #expect(refusal { _ = try TrainingConfiguration(toml: toml, file: "r.toml") }.contains("nested deeper than 64"))
    #expect(throws: TOMLNesting.TooDeep.self) { try TOMLNesting.check(toml) }
  }

  @Test func ordinaryTextsNestLittle() throws {
    try TOMLNesting.check("a = \"\(String(repeating: "[", count: 200))\" # \(String(repeating: "[", count: 200))\n")
    try TOMLNesting.check("a = '''\n\(String(repeating: "[.", count: 200))\n'''\nb.c = [1.5, 2.5, {d = \"\\\"[\"}]")
    try TOMLNesting.check((0..<500).map { "[t\($0).x]\nv = [\($0).5]\n" }.joined())
  }

  @Test func theManualPageIsThatOfTheKeys() throws {
    let page = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().appendingPathComponent("docs/training-keys.md")
    #expect(try String(contentsOf: page, encoding: .utf8) == KeyReference.markdown, "make docs")
    for key in ConfigurationKey.all { #expect(KeyReference.plain.contains("  \(key.name) ")) }
  }

  @Test func runsOfOlderVersionsAreStillRead() throws {
    let small = try SmallRun()
    _ = try small.run([("steps", "1")])
    let file = small.out + "/run.json"
    let text = try String(contentsOfFile: file, encoding: .utf8)
    try text.replacingOccurrences(of: "{\n", with: "{\n  \"lora.rank\": \"8\",\n").write(
      toFile: file, atomically: true, encoding: .utf8)
    #expect(try RunFolder(small.out).configuration().steps == 1)
  }

  @Test func theFirstProblemOfAFormNamesItsKey() throws {
    let folder = TemporaryFolder()
    try "text".write(toFile: folder.file("a.txt"), atomically: true, encoding: .utf8)
    func problem(_ settings: [(String, String)]) -> String? {
      TrainingConfiguration.firstProblem(
        in: ([("data", folder.file("a.txt"))] + settings).map { (key: $0.0, value: $0.1) })?.key
    }
    #expect(problem([]) == nil)
    #expect(problem([("tokenizer", "bytes"), ("recipe", "sft")]) == nil)
    #expect(problem([("data", "/nowhere/x.txt")]) == "data")
    #expect(problem([("base", "/nowhere")]) == "base")
    #expect(problem([("tokenizer", "/nowhere")]) == "tokenizer")
    #expect(problem([("validation_data", "/nowhere")]) == "validation_data")
    #expect(problem([("steps", "none")]) == "steps")
    #expect(problem([("model.heads", "3")]) == "model.heads")
    #expect(problem([("steps", "1"), ("epochs", "1")]) == "epochs")
    #expect(problem([("data", "")]) == "data")
  }
}
