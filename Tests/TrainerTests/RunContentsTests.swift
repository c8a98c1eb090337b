import Core
import Foundation
import TestSupport
import Testing
import Trainer

/// What a run learns from, what it says about it, and what it saves.
@Suite struct RunContentsTests {
  private let folder = TemporaryFolder()

  private func write(_ text: String, _ name: String) throws -> String {
    try text.write(toFile: folder.file(name), atomically: true, encoding: .utf8)
    return folder.file(name)
  }

  private func row(_ question: String, _ answer: String) -> String {
    "{\"messages\": [{\"role\": \"user\", \"content\": \"\(question)\"}, {\"role\": \"assistant\", \"content\": \"\(answer)\"}]}\n"
  }

  private func train(
    _ data: String, _ settings: [(String, String)], tokenizer: (any Tokenizer)? = nil, out: String = "run"
  ) throws -> (done: TrainingEvent.Done, start: TrainingEvent.Start?, steps: [TrainingEvent.Step]) {
    let base = [
      ("data", data), ("out", folder.file(out)), ("steps", "2"), ("batch_size", "3"), ("context_length", "64"),
      ("model.layers", "1"), ("model.hidden_size", "32"), ("threads", "2"), ("save_every", "0"), ("eval_every", "0"),
      ("sample_every", "0"), ("validation_fraction", "0"),
    ]
    let run = try TrainingRun(
      TrainingConfiguration(settings: (base + settings).map { (key: $0.0, value: $0.1) }), tokenizer: tokenizer)
    let events = EventCollector()
    run.start { events.add($0) }
    let done = run.wait()
    let start = events.all.compactMap { if case .start(let start) = $0 { start } else { nil } }.first
    return (done, start, events.steps)
  }

  private func json(_ path: String) throws -> JSON { try JSON.load(path) }

  @Test func rowsThatDoNotFitAreCounted() throws {
    let long = String(repeating: "word ", count: 40)
    // Fits; is cut within its reply; its reply lies beyond; has no reply.
    let data = try write(
      row("q", "r") + row("q", long) + row(long, "r")
        + "{\"messages\": [{\"role\": \"user\", \"content\": \"alone\"}]}\n", "rows.jsonl")
    let (done, start, _) = try train(data, [("recipe", "sft")], tokenizer: ByteTokenizer())
    #expect(done.reason == .finished, "\(done.message ?? "")")
    #expect(start?.rows == 4 && start?.rowsCut == 1 && start?.rowsDropped == 2)

    let only = try write(row(long, "r"), "long.jsonl")
    let (failed, _, _) = try train(only, [("recipe", "sft")], tokenizer: ByteTokenizer(), out: "none")
    // ChatML around 200 bytes: the reply's first token is the 238th of 240.
    #expect(failed.message?.contains("no reply begins within context_length 64") == true, "\(failed.message ?? "")")
    let needed = try #require(failed.message?.split(separator: " ").compactMap { Int($0) }.dropFirst().first)
    let (fits, again, _) = try train(
      only, [("recipe", "sft"), ("context_length", "\(needed)")], tokenizer: ByteTokenizer(), out: "fits")
    #expect(fits.reason == .finished && again?.rowsCut == 1)
    let (short, _, _) = try train(
      only, [("recipe", "sft"), ("context_length", "\(needed - 1)")], tokenizer: ByteTokenizer(), out: "short")
    #expect(short.reason == .failed)
  }

  @Test func conversationsGetTheTokensThatEndThem() throws {
    let text = try write(SmallRun.text, "text.txt")
    // A base model whose vocabulary knows no chat.
    let (base, _, _) = try train(text, [("tokenizer", "bytes"), ("context_length", "128")], out: "base")
    #expect(base.reason == .finished, "\(base.message ?? "")")
    let data = try write(String(repeating: row("hi", "Hello!"), count: 6), "chat.jsonl")
    let (done, start, steps) = try train(
      data,
      [
        ("recipe", "sft"), ("base", folder.file("base")), ("steps", "150"), ("learning_rate", "0.02"),
        ("schedule", "constant"),
      ], out: "chat")
    #expect(done.reason == .finished, "\(done.message ?? "")")
    #expect(start?.vocabularySize == 259)
    #expect(start?.notes.contains { $0.contains("<|im_start|> and <|im_end|>: added") } == true)
    #expect((steps.last?.loss ?? 9) < 0.05)

    let model = try LoadedModel.load(folder.file("chat"), threads: 1)
    let tokenizer = try #require(model.tokenizer)
    let end = try #require(tokenizer.id(of: "<|im_end|>"))
    #expect(model.files.configuration.vocabularySize == 259 && tokenizer.vocabularySize == 259)
    #expect(model.files.configuration.eosTokenIDs == [end])
    let final = folder.file("chat/final")
    #expect(try json(final + "/config.json")["eos_token_id"]?.int == Int(end))
    #expect(try json(final + "/generation_config.json")["eos_token_id"]?.int == Int(end))
    #expect(try json(final + "/tokenizer_config.json")["eos_token"]?.string == "<|im_end|>")
    #expect(try json(final + "/tokenizer_config.json")["chat_template"] == nil)
    #expect(FileManager.default.fileExists(atPath: final + "/chat_template.jinja"))

    // It answers, and stops.
    let template = try ChatTemplate.choose(name: nil, jinja: model.chatTemplate) { _ in true }
    let prompt = try template.render([Message(.user, "hi")]).encode(with: tokenizer)
    var parameters = GenerateParameters()
    parameters.temperature = 0
    parameters.maxTokens = 30
    var text2 = ""
    var finish: Generation.FinishReason?
    Generator(engine: model.engine, tokenizer: tokenizer).generate(
      prompt: prompt, pages: model.engine.makePages(), parameters: parameters, isCancelled: { false }
    ) { event in
      switch event {
      case .token(let token): text2 += token.text
      case .text(let rest): text2 += rest
      case .done(let reason, _): finish = reason
      default: break
      }
    }
    #expect(text2 == "Hello!" && finish == .stop)
  }

  @Test func aModelIsTaughtInItsOwnTemplate() throws {
    let text = try write(SmallRun.text, "text.txt")
    _ = try train(text, [("tokenizer", "bytes")], out: "base")
    // Zephyr's marks are plain text; its turns end with the model's end token.
    let jinja =
      "{% for m in messages %}{% if m['role'] == 'user' %}{{ '<|user|>\n' + m['content'] + eos_token }}"
      + "{% else %}{{ '<|assistant|>\n' + m['content'] + eos_token }}{% endif %}{% endfor %}"
    try jinja.write(
      toFile: folder.file("base/final/chat_template.jinja"), atomically: true, encoding: .utf8)
    let data = try write(row("hi", "Hello!"), "chat.jsonl")
    let (done, start, _) = try train(data, [("recipe", "sft"), ("base", folder.file("base"))], out: "chat")
    #expect(done.reason == .finished, "\(done.message ?? "")")
    #expect(start?.vocabularySize == 257 && start?.notes.contains { $0.contains("ChatML") } == false)
    let files = try ModelFiles.open(folder.file("chat"))
    #expect(files.chatTemplate == jinja)
    #expect(files.configuration.eosTokenIDs == [256])
  }

  @Test func anotherVocabularyIsRefused() throws {
    let text = try write(SmallRun.text, "text.txt")
    _ = try train(text, [("tokenizer", "bytes")], out: "base")
    let (foreign, _, _) = try train(
      text, [("base", folder.file("base")), ("tokenizer", "chars:" + text)], out: "foreign")
    #expect(foreign.message?.contains("is not that of the model") == true)
    let (same, _, _) = try train(
      text, [("base", folder.file("base")), ("tokenizer", folder.file("base/final/tokenizer.json"))], out: "same")
    #expect(same.reason == .finished, "\(same.message ?? "")")
  }

  @Test(arguments: ["bytes", "chars:", "words:"]) func tokenizersMadeOnTheSpotAreSaved(_ kind: String) throws {
    let text = try write(SmallRun.text, "text.txt")
    let name = kind == "bytes" ? kind : kind + text
    let (done, start, _) = try train(text, [("tokenizer", name)])
    #expect(done.reason == .finished, "\(done.message ?? "")")
    let made = try TokenizerLoader.load(path: name)
    #expect(start?.vocabularySize == made.vocabularySize + 1)
    let saved = try #require(LoadedModel.load(folder.file("run"), threads: 1).tokenizer)
    for sample in ["the quick brown fox", "Line 7: lazy dogs.\n", "ünknown ☃"] {
      let ids = try made.encode(sample, parseSpecialTokens: false)
      #expect(try saved.encode(sample, parseSpecialTokens: false) == ids)
      #expect(saved.decode(ids, skipSpecialTokens: false) == made.decode(ids, skipSpecialTokens: false))
    }
  }

  @Test(arguments: [
    ("none", "rms", "smollm3"), ("none", "layer", "glassbox"), ("rope", "layer", "glassbox"),
    ("learned", "rms", "glassbox"), ("rope", "rms", "llama"), ("learned", "layer", "gpt2"),
  ])
  func positionsAreObeyed(_ positions: String, _ norm: String, _ type: String) throws {
    let text = try write(SmallRun.text, "text.txt")
    let (done, start, steps) = try train(
      text, [("tokenizer", "bytes"), ("model.positions", positions), ("model.norm", norm), ("steps", "3")])
    #expect(done.reason == .finished, "\(done.message ?? "")")
    #expect(start?.notes.contains { $0.contains("model_type \"glassbox\"") } == (type == "glassbox"))
    let files = try ModelFiles.open(folder.file("run"))
    #expect(files.configuration.architecture == type)
    #expect(files.configuration.positions.rawValue == positions && files.configuration.norm.rawValue == norm)
    let rotates = files.plan.steps.contains { if case .attention(let a) = $0 { a.rotary != nil } else { false } }
    #expect(rotates == (positions == "rope"))
    if type == "smollm3" {
      #expect(try json(folder.file("run/final/config.json"))["no_rope_layers"] == [0])
    }
    // The engine reads back what the tape trained.
    let model = try LoadedModel.load(folder.file("run"), threads: 1, exact: true)
    let ids = try #require(model.tokenizer).encode("the quick brown fox counts")
    let trained = PlanModel(files)
    let logits = trained.logits(ids, on: Tape(parameters: trained.parameters, pool: ThreadPool(threads: 1)))
    let rows = try model.engine.step([SequenceSlice(tokens: ids, pages: model.engine.makePages(), wants: .all)])
    let engine = ids.indices.flatMap { rows.array($0) }
    #expect(logits.count == engine.count)
    #expect(zip(logits, engine).allSatisfy { abs($0 - $1) < 1e-3 })
    #expect(steps.count == 3)
    if type == "glassbox" {
      #expect(throws: WriteError.self) { try ModelConverter.convert(files, to: folder.file("x.gguf")) }
    }
  }

  @Test func settingsWithoutEffectAreSaid() throws {
    let text = try write(SmallRun.text, "text.txt")
    _ = try train(text, [("tokenizer", "bytes")], out: "base")
    let (_, start, _) = try train(
      text, [("base", folder.file("base")), ("early_stopping_patience", "3")], out: "next")
    #expect(start?.notes.contains { $0.contains("model.* keys") } == true)
    #expect(start?.notes.contains { $0.contains("early_stopping_patience has no effect") } == true)
  }

  @Test func everyCheckpointHasItsTokenizer() throws {
    let text = try write(SmallRun.text, "text.txt")
    let (done, _, _) = try train(text, [("tokenizer", "bytes"), ("save_every", "1")])
    #expect(done.reason == .finished)
    try FileManager.default.removeItem(atPath: folder.file("run/tokenizer"))
    for (_, path) in RunFolder(folder.file("run")).checkpoints {
      #expect(try LoadedModel.load(path, threads: 1).tokenizer?.vocabularySize == 257)
    }
  }
}
