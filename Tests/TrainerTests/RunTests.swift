import Core
import Foundation
import TestSupport
import Testing
import Trainer

@Suite struct RunTests {
  @Test func learnsAndSavesAModelThatOpens() throws {
    let small = try SmallRun()
    let (done, events) = try small.run([("steps", "40"), ("validation_fraction", "0.1"), ("eval_every", "20")])
    #expect(done.reason == .finished)
    #expect(done.message == nil)
    #expect(events.steps.map(\.step) == Array(1...40))
    let first = try #require(events.steps.first), last = try #require(events.steps.last)
    #expect(abs(first.loss - 5.56) < 0.3)
    #expect(last.loss < first.loss - 1)
    #expect(events.all.count { if case .validation = $0 { true } else { false } } == 2)
    let files = try ModelFiles.open(small.out)
    #expect(files.configuration.vocabularySize == 260)
    #expect(files.configuration.architecture == "llama")
    // The log holds what was said, to the last digit.
    #expect(RunFolder(small.out).events() == events.all)
  }

  @Test func oneSeedIsOneRunAtAnyNumberOfThreads() throws {
    let small = try SmallRun()
    var results: [[UInt8]] = []
    for (name, settings) in [
      ("a", [("threads", "1")]), ("b", [("threads", "3")]), ("c", [("threads", "2"), ("seed", "2")]),
    ] {
      let (done, _) = try small.run(settings, out: small.folder.file(name))
      results.append(try weights(done.out))
    }
    #expect(results[0] == results[1])
    #expect(results[0] != results[2])
  }

  @Test func resumedIsUnbroken() throws {
    let small = try SmallRun()
    // Ten steps at once, with a checkpoint at five; epochs end within both halves.
    let settings = [("save_every", "5"), ("batch_size", "100"), ("accumulation", "2"), ("validation_fraction", "0.1")]
    let (whole, all) = try small.run(settings)
    let final = try weights(whole.out)
    #expect(RunFolder(small.out).checkpoints.map(\.step) == [5, 10])

    // The same run as a crash after step seven leaves it.
    let copy = small.folder.file("crashed")
    try FileManager.default.copyItem(atPath: small.out, toPath: copy)
    try FileManager.default.removeItem(atPath: copy + "/final")
    try FileManager.default.removeItem(atPath: copy + "/checkpoints/step-000010")
    try FileManager.default.copyItem(
      atPath: copy + "/checkpoints/step-000005", toPath: copy + "/checkpoints/step-000007.123.tmp")
    let lines = try String(contentsOfFile: copy + "/events.jsonl", encoding: .utf8).split(separator: "\n")
    let cut = lines.filter { !$0.contains("\"done\"") }.prefix(10).joined(separator: "\n") + "\n{\"event\":\"st"
    try cut.write(toFile: copy + "/events.jsonl", atomically: true, encoding: .utf8)

    let run = try TrainingRun(resuming: copy, tokenizer: ByteTokenizer())
    let collector = EventCollector()
    run.start { collector.add($0) }
    let done = run.wait()
    #expect(done.reason == .finished, "\(done.message ?? "")")
    #expect(collector.steps.map(\.step) == Array(6...10))
    #expect(collector.steps.map(\.loss) == all.steps.dropFirst(5).map(\.loss))
    #expect(collector.steps.map(\.gradNorm) == all.steps.dropFirst(5).map(\.gradNorm))
    #expect(collector.steps.map(\.lr) == all.steps.dropFirst(5).map(\.lr))
    #expect(collector.steps.map(\.epoch) == all.steps.dropFirst(5).map(\.epoch))
    #expect(try weights(done.out) == final)
    #expect(!FileManager.default.fileExists(atPath: copy + "/checkpoints/step-000007.123.tmp"))
    let history = RunFolder(copy).events().compactMap { if case .step(let step) = $0 { step.step } else { nil } }
    #expect(history == Array(1...10))
  }

  @Test func killedBeforeItsFirstCheckpointItBeginsAgain() throws {
    let small = try SmallRun()
    let (whole, _) = try small.run()
    let final = try weights(whole.out)
    try FileManager.default.removeItem(atPath: small.out + "/final")
    let run = try TrainingRun(resuming: small.out, tokenizer: ByteTokenizer())
    run.start { _ in }
    #expect(try weights(run.wait().out) == final)
    let history = RunFolder(small.out).events().compactMap { if case .step(let step) = $0 { step.step } else { nil } }
    #expect(history == Array(1...10))
  }

  @Test func aVocabularyLearntFromTheDataComesWithTheModel() throws {
    let small = try SmallRun()
    let settings = [("model.vocabulary", "300"), ("save_every", "2"), ("steps", "4")]
    let run = try TrainingRun(small.configuration(settings))
    let collector = EventCollector()
    run.start { collector.add($0) }
    let done = run.wait()
    #expect(done.reason == .finished, "\(done.message ?? "")")
    let model = try LoadedModel.load(small.out, threads: 1)
    let tokenizer = try #require(model.tokenizer)
    // A text this short may run out of pairs before the size asked for.
    #expect((270...300).contains(tokenizer.vocabularySize))
    #expect(model.files.configuration.vocabularySize == tokenizer.vocabularySize)
    #expect(tokenizer.id(of: "<|im_start|>") != nil)
    let text = "the quick brown fox counts 7 lazy dogs"
    #expect(try tokenizer.encode(text).count < text.utf8.count / 2)
    #expect(try tokenizer.decode(tokenizer.encode(text), skipSpecialTokens: false) == text)

    // Resumed, it reads the same tokens.
    try FileManager.default.removeItem(atPath: small.out + "/checkpoints/step-000004")
    let again = try TrainingRun(resuming: small.out)
    let more = EventCollector()
    again.start { more.add($0) }
    #expect(again.wait().reason == .finished)
    #expect(more.steps.map(\.loss) == collector.steps.suffix(2).map(\.loss))
  }

  @Test func obeysWhileItRuns() throws {
    let small = try SmallRun()
    let configuration = try small.configuration([
      ("steps", "100000"), ("schedule", "constant"), ("warmup_steps", "0"), ("validation_fraction", "0.1"),
    ])
    let run = try TrainingRun(configuration, tokenizer: ByteTokenizer())
    let collector = EventCollector()
    let asked = Mailbox<Int>()
    run.start { event in
      collector.add(event)
      if case .step(let step) = event, step.step <= 3 { asked.send(step.step) }
    }
    while let step = asked.receive(), step < 3 {}
    run.pause()
    run.setLearningRate(0.002)
    run.evaluateNow()
    run.checkpointNow()
    #expect(run.latestWeights()?.plan.configuration.hiddenSize == 32)
    while !run.isPaused { usleep(1000) }
    let before = collector.steps.count
    #expect(!RunFolder(small.out).checkpoints.isEmpty)
    #expect(collector.all.contains { if case .validation = $0 { true } else { false } })
    usleep(30_000)
    #expect(collector.steps.count == before)
    run.resume()
    while collector.steps.count < before + 2 { usleep(1000) }
    run.stop()
    let done = run.wait()
    #expect(done.reason == .stopped)
    #expect(run.latestWeights() == nil)
    #expect(collector.steps.first?.lr == 0.01)
    #expect(collector.steps.last?.lr == 0.002)
    // What was stopped can be chatted with, and goes on from where it was.
    #expect(RunFolder(small.out).checkpoints.last?.step == done.step)
    #expect(done.out.hasSuffix("step-" + String(repeating: "0", count: 6 - "\(done.step)".count) + "\(done.step)"))
    let on = try TrainingRun(
      resuming: small.out, settings: [("steps", "\(done.step + 1)")], tokenizer: ByteTokenizer())
    let more = EventCollector()
    on.start { more.add($0) }
    #expect(on.wait().reason == .finished)
    #expect(more.steps.map(\.lr) == [0.002])
  }

  @Test func keepsTheNewestCheckpointsAndTheBest() throws {
    let small = try SmallRun()
    _ = try small.run([("steps", "8"), ("save_every", "1"), ("learning_rate", "0.3"), ("grad_clip", "0")])
    let steps = RunFolder(small.out).checkpoints.map(\.step)
    #expect(steps.suffix(3) == [6, 7, 8])
    #expect(steps.count <= 4)
  }

  @Test func samplesComeFromTheEngine() throws {
    let small = try SmallRun()
    let (_, events) = try small.run([
      ("steps", "60"), ("sample_every", "60"), ("sample_prompts", "Line 1\nthe quick"), ("context_length", "100"),
    ])
    let samples = events.all.compactMap { if case .sample(let sample) = $0 { sample } else { nil } }
    #expect(samples.map(\.prompt) == ["Line 1", "the quick"])
    #expect(samples.allSatisfy { !$0.text.isEmpty && $0.step == 60 })
  }

  @Test func stopsEarlyWhenValidationNoLongerFalls() throws {
    let small = try SmallRun()
    let (done, events) = try small.run([
      ("steps", "200"), ("validation_fraction", "0.2"), ("eval_every", "1"), ("early_stopping_patience", "2"),
      ("learning_rate", "0"),
    ])
    #expect(done.reason == .earlyStopping)
    #expect(events.steps.count == 3)
  }

  @Test func aSecondRunDoesNotOverwriteTheFirst() throws {
    let small = try SmallRun()
    _ = try small.run([("steps", "1")])
    #expect(throws: TrainingError.self) { try small.run([("steps", "1")]) }
  }

  @Test(arguments: ["", "\n", "x"]) func tooLittleTextIsOneSentence(_ text: String) throws {
    let small = try SmallRun(text: text)
    let (done, _) = try small.run()
    if text == "" {
      #expect(done.reason == .failed)
      #expect(done.message?.hasSuffix(".") == true)
      #expect(!FileManager.default.fileExists(atPath: small.out))
    } else {
      // With the end token there is something to predict.
      #expect(done.reason == .finished)
    }
  }

  @Test func whatIsNotUTF8IsRefusedWithItsPlace() throws {
    let small = try SmallRun()
    var bytes = Data([0xEF, 0xBB, 0xBF, 0x00, 0xFF, 0xFE, 0xC3, 0x28, 0xED, 0xA0, 0x80, 0x1B, 0x5B])
    bytes.append(contentsOf: (0..<2000).map { UInt8(truncatingIfNeeded: $0 * 37) })
    _ = FileManager.default.createFile(atPath: small.folder.file("text.txt"), contents: bytes)
    let done = try small.run([("steps", "2")]).done
    #expect(done.reason == .failed)
    #expect(done.message?.contains("text.txt, line 1, byte 3: a zero byte") == true)
  }

  @Test func eventsSurviveTheirJSON() throws {
    let events: [TrainingEvent] = [
      .start(
        .init(
          run: "r", recipe: "sft", out: "/tmp/\u{1B}x", totalSteps: 3, resumedAt: 1, parameters: 5,
          trainableParameters: 4, trainTokens: 9, tokensPerStep: 2, vocabularySize: 11)),
      .step(
        .init(
          step: 1, epoch: 0.125, tokens: 4, loss: 1 / 3, perplexity: .infinity, lr: 1e-7, gradNorm: 2.0 / 7,
          tokensPerSecond: 12345.678901234, elapsedSeconds: 0.1, memoryBytes: 1 << 40)),
      .validation(.init(step: 2, loss: 1.5, perplexity: 4.4816890703, best: true)),
      .sample(.init(step: 2, prompt: "a\n\"b\"", text: "ü🎵")),
      .checkpoint(.init(step: 2, path: "/x", best: false)),
      .alert(.init(step: 2, kind: .nonFinite, message: "m")),
      .done(.init(reason: .earlyStopping, out: "/x", step: 2, loss: 1, validationLoss: nil, message: nil)),
    ]
    for event in events {
      #expect(!event.jsonLine.utf8.contains(0x1B))
      #expect(TrainingEvent(jsonLine: Array(event.jsonLine.utf8)) == event)
    }
    let broken = TrainingEvent.step(
      .init(
        step: 1, epoch: 0, tokens: 0, loss: .nan, perplexity: .nan, lr: 0, gradNorm: -.infinity, tokensPerSecond: 0,
        elapsedSeconds: 0, memoryBytes: 0))
    #expect(broken.jsonLine.contains("\"loss\": NaN"))
    guard case .step(let step)? = TrainingEvent(jsonLine: Array(broken.jsonLine.utf8)) else {
      Issue.record("a step with NaN must be read")
      return
    }
    #expect(step.loss.isNaN && step.gradNorm == -.infinity)
  }
}
