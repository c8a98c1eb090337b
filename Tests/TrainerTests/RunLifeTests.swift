import Core
import Foundation
import TestSupport
import Testing

@testable import Trainer

/// What becomes of a run when the world around it misbehaves.
@Suite struct RunLifeTests {
  private func resume(
    _ path: String, _ settings: [(String, String)] = []
  ) throws -> (done: TrainingEvent.Done, events: [TrainingEvent]) {
    let run = try TrainingRun(
      resuming: path, settings: settings.map { (key: $0.0, value: $0.1) }, tokenizer: ByteTokenizer())
    let collector = EventCollector()
    run.start { collector.add($0) }
    return (run.wait(), collector.all)
  }

  private func alerts(_ events: [TrainingEvent], _ kind: TrainingEvent.Alert.Kind) -> [TrainingEvent.Alert] {
    events.compactMap { if case .alert(let alert) = $0, alert.kind == kind { alert } else { nil } }
  }

  private func changes(_ events: [TrainingEvent]) -> [TrainingEvent.Change] {
    events.compactMap { if case .change(let change) = $0 { change } else { nil } }
  }

  @Test func theBestEvaluationIsWhatComesOut() throws {
    let small = try SmallRun(text: String(SmallRun.text.prefix(600)))
    // Little text and a high rate: the held-out loss soon rises.
    let (done, events) = try small.run([
      ("steps", "400"), ("validation_fraction", "0.3"), ("eval_every", "10"), ("early_stopping_patience", "4"),
      ("learning_rate", "0.02"),
    ])
    #expect(done.reason == .earlyStopping)
    let validations = events.all.compactMap { if case .validation(let v) = $0 { v } else { nil } }
    let best = try #require(validations.min { $0.loss < $1.loss })
    #expect(done.bestStep == best.step && done.bestLoss == best.loss)
    #expect(done.step > best.step)
    let folder = RunFolder(small.out)
    let checkpoint = folder.checkpoint(step: best.step)
    #expect(try weights(folder.finalFolder) == weights(checkpoint))
    #expect(try weights(folder.lastFolder) != weights(folder.finalFolder))
    #expect(!FileManager.default.fileExists(atPath: folder.finalFolder + "/training_state.json"))
    // … and what comes out is as good as was said: evaluated again on the same rows.
    #expect(FileSystem.isFile(folder.finalFolder + "/config.json"))
  }

  @Test func everyEventSaysWhen() throws {
    let small = try SmallRun()
    let before = Date().timeIntervalSince1970
    let (_, events) = try small.run([("steps", "2")])
    for event in events.all {
      let time = try #require(event.wallTime)
      #expect(time >= before - 1 && time <= Date().timeIntervalSince1970 + 1)
      #expect(event.json["wall_time"]?.double == time)
    }
  }

  @Test func oneProcessAtATime() throws {
    let small = try SmallRun()
    _ = try small.run([("save_every", "5")])
    let held = try TrainingRun(resuming: small.out, tokenizer: ByteTokenizer())
    #expect(throws: TrainingError.self) { try TrainingRun(resuming: small.out, tokenizer: ByteTokenizer()) }
    do {
      _ = try TrainingRun(resuming: small.out, tokenizer: ByteTokenizer())
    } catch {
      #expect("\(error)".contains("process \(getpid())"))
    }
    held.start { _ in }
    held.wait()
    // Let go with the end.
    #expect(try resume(small.out).done.reason == .finished)
  }

  @Test func whatChangesOnTheWayIsObeyedRecordedAndTold() throws {
    let small = try SmallRun()
    _ = try small.run([("save_every", "5"), ("schedule", "constant"), ("warmup_steps", "0")])
    let (done, events) = try resume(small.out, [("steps", "14"), ("learning_rate", "0.001"), ("batch_size", "2")])
    #expect(done.step == 14)
    let told = changes(events)
    #expect(Set(told.map(\.key)) == ["steps", "learning_rate", "batch_size"])
    let rate = try #require(told.first { $0.key == "learning_rate" })
    #expect(rate.from == "0.01" && rate.to == "0.001" && rate.step == 10)
    let steps = events.compactMap { if case .step(let step) = $0 { step } else { nil } }
    #expect(steps.map(\.step) == [11, 12, 13, 14])
    #expect(steps.allSatisfy { $0.lr == 0.001 })
    #expect(steps[1].tokens - steps[0].tokens == 2 * 24)
    // Kept for the next time, and said once.
    let again = try resume(small.out)
    #expect(again.done.step == 14 && changes(again.events).isEmpty)
    #expect(try RunFolder(small.out).configuration().steps == 14)
    #expect(
      rate.step == RunFolder(small.out).events().compactMap { if case .change(let c) = $0 { c } else { nil } }[0].step)
    // As JSON numbers.
    let line = try JSON.parse(Array(TrainingEvent.change(rate).jsonLine.utf8))
    #expect(line["to"]?.double == 0.001 && line["event"]?.string == "change")
  }

  @Test(arguments: [
    ("data", "other.txt"), ("model.layers", "2"), ("base", "starter"), ("tokenizer", "x"), ("out", "y"), ("seed", "3"),
    ("context_length", "32"), ("recipe", "sft"),
  ])
  func whatCannotChangeIsRefused(key: String, value: String) throws {
    let small = try SmallRun()
    _ = try small.run([("steps", "2")])
    let before = try Data(contentsOf: URL(fileURLWithPath: small.out + "/run.json"))
    do {
      _ = try TrainingRun(resuming: small.out, settings: [(key: key, value: value)], tokenizer: ByteTokenizer())
      Issue.record("\(key) was taken")
    } catch {
      #expect("\(error)".contains("'\(key)'"))
    }
    #expect(try Data(contentsOf: URL(fileURLWithPath: small.out + "/run.json")) == before)
  }

  @Test func aRateFromTheKeyboardIsRecorded() throws {
    let small = try SmallRun()
    let run = try TrainingRun(
      small.configuration([("steps", "100000"), ("schedule", "constant"), ("warmup_steps", "0")]),
      tokenizer: ByteTokenizer())
    let collector = EventCollector()
    let asked = Mailbox<Int>()
    run.start { event in
      collector.add(event)
      if case .step(let step) = event, step.step <= 2 { asked.send(step.step) }
    }
    while let step = asked.receive(), step < 2 {}
    run.setLearningRate(0.004)
    for _ in 0..<20_000 where collector.steps.last?.lr != 0.004 { usleep(1000) }
    run.stop()
    run.wait()
    let change = try #require(changes(collector.all).first)
    #expect(change.key == "learning_rate" && change.from == "0.01" && change.to == "0.004")
    #expect(try RunFolder(small.out).configuration().learningRate == 0.004)
    #expect(collector.steps.last?.lr == 0.004)
  }

  @Test(arguments: [
    "model.safetensors", "training_state.json", "training_state.safetensors", "config.json", "bit",
    "no generation_config.json",
  ])
  func aDamagedCheckpointIsPassedOver(name: String) throws {
    let small = try SmallRun()
    let (whole, _) = try small.run([("save_every", "4"), ("steps", "10")])
    let final = try weights(whole.out)
    let newest = RunFolder(small.out).checkpoint(step: 10)
    if name.hasPrefix("no ") {
      try FileManager.default.removeItem(atPath: newest + "/" + name.dropFirst(3))
    } else {
      let file = newest + "/" + (name == "bit" ? "model.safetensors" : name)
      var bytes = try Data(contentsOf: URL(fileURLWithPath: file))
      if name == "bit" { bytes[bytes.count - 5] ^= 0x10 } else { bytes = bytes.prefix(bytes.count / 2) }
      try bytes.write(to: URL(fileURLWithPath: file))
    }
    let (done, events) = try resume(small.out)
    #expect(done.reason == .finished && done.step == 10)
    let told = alerts(events, .damaged)
    #expect(told.count == 1 && told[0].message.contains("step-000010") && told[0].step == 8)
    #expect(try weights(done.out) == final)
    // Kept for whoever wants to look at it.
    #expect(FileManager.default.fileExists(atPath: newest + ".damaged"))
    #expect(
      RunFolder(small.out).events().compactMap { if case .step(let s) = $0 { s.step } else { nil } } == Array(1...10))
  }

  @Test func allCheckpointsDamagedIsNoNewBeginning() throws {
    let small = try SmallRun()
    _ = try small.run([("save_every", "5")])
    for (_, path) in RunFolder(small.out).checkpoints {
      try FileManager.default.removeItem(atPath: path + "/model.safetensors")
    }
    let (done, _) = try resume(small.out)
    #expect(done.reason == .failed)
    #expect(done.message?.contains("none of its checkpoints can be used") == true)
  }

  @Test func aDiskThatTakesNothingEndsNoRun() throws {
    let small = try SmallRun()
    let run = try TrainingRun(small.configuration([("save_every", "4"), ("steps", "10")]), tokenizer: ByteTokenizer())
    let collector = EventCollector()
    let checkpoints = small.out + "/checkpoints"
    run.start { event in
      collector.add(event)
      // A file where the folder of checkpoints was: nothing can be written there.
      if case .step(let step) = event, step.step == 2 {
        try? FileManager.default.removeItem(atPath: checkpoints)
        _ = FileManager.default.createFile(atPath: checkpoints, contents: nil)
      }
      if case .alert(let alert) = event, alert.kind == .unsaved {
        try? FileManager.default.removeItem(atPath: checkpoints)
      }
    }
    let done = run.wait()
    #expect(done.reason == .finished, "\(done.message ?? "")")
    #expect(alerts(collector.all, .unsaved).count == 1)
    #expect(alerts(collector.all, .saved).count == 1)
    #expect(RunFolder(small.out).checkpoints.map(\.step) == [4, 8, 10])
    let (whole, _) = try small.run([("save_every", "4"), ("steps", "10")], out: small.folder.file("undisturbed"))
    #expect(try weights(done.out) == weights(whole.out))
    #expect(RunFolder(small.out).events() == collector.all)
  }

  @Test(arguments: [true, false])
  func aFolderThatIsMovedOrDeletedLosesNothing(isMoved: Bool) throws {
    let small = try SmallRun()
    let run = try TrainingRun(small.configuration([("save_every", "4"), ("steps", "10")]), tokenizer: ByteTokenizer())
    let collector = EventCollector()
    let out = small.out
    let elsewhere = small.folder.file("elsewhere")
    run.start { event in
      collector.add(event)
      if case .step(let step) = event, step.step == 6 {
        if isMoved {
          try? FileManager.default.moveItem(atPath: out, toPath: elsewhere)
        } else {
          try? FileManager.default.removeItem(atPath: out)
        }
      }
    }
    let done = run.wait()
    #expect(done.reason == .finished, "\(done.message ?? "")")
    let there = isMoved ? elsewhere : small.out
    #expect(FileSystem.resolved(done.out) == FileSystem.resolved(there + "/final"))
    #expect(alerts(collector.all, .moved).count == 1)
    #expect(RunFolder(there).events() == collector.all)
    #expect(RunFolder(there).isRun)
    #expect(!FileManager.default.fileExists(atPath: isMoved ? small.out : elsewhere))
    #expect(try resume(there, [("steps", "11")]).done.step == 11)
  }

  @Test func otherDataAreTold() throws {
    let small = try SmallRun()
    _ = try small.run([("save_every", "5"), ("steps", "10")])
    #expect(alerts(try resume(small.out, [("steps", "11")]).events, .dataChanged).isEmpty)
    try SmallRun.text.replacingOccurrences(of: "fox", with: "cat").write(
      toFile: small.folder.file("text.txt"), atomically: true, encoding: .utf8)
    #expect(alerts(try resume(small.out, [("steps", "12")]).events, .dataChanged).count == 1)
  }

  @Test func leftoversOfTheEndAreTidied() throws {
    let small = try SmallRun()
    _ = try small.run([("save_every", "5")])
    for name in ["final.77.tmp", "last.77-3.tmp", "final.12.old"] {
      try FileManager.default.createDirectory(atPath: small.out + "/" + name, withIntermediateDirectories: true)
    }
    try "mine".write(toFile: small.out + "/notes.tmp", atomically: true, encoding: .utf8)
    _ = try resume(small.out, [("steps", "11")])
    let names = try FileManager.default.contentsOfDirectory(atPath: small.out)
    #expect(!names.contains { $0.hasPrefix("final.") || $0.hasPrefix("last.") })
    #expect(names.contains("notes.tmp"))
  }

  @Test func pathsAreRecordedFromTheRootOn() throws {
    let small = try SmallRun()
    let here = FileManager.default.currentDirectoryPath
    var configuration = try small.configuration([("steps", "1")])
    let up = String(repeating: "../", count: here.split(separator: "/").count)
    configuration.data = [up + small.folder.file("text.txt").dropFirst()]
    let run = try TrainingRun(configuration, tokenizer: ByteTokenizer())
    run.start { _ in }
    run.wait()
    #expect(try RunFolder(small.out).configuration().data.allSatisfy { $0.hasPrefix("/") })
  }
}
