import Core
import Testing
import Trainer
import TUI

/// A run that ends before it began.
@Suite struct FailedStartTests {
  private let failed = TrainingEvent.done(
    .init(reason: .failed, out: "/runs/new", step: 0, message: "there is no data"))
  private var start: TrainingEvent {
    .start(
      .init(
        run: "new", recipe: "pretrain", out: "/runs/new", totalSteps: 10, resumedAt: 0, parameters: 1,
        trainableParameters: 1, trainTokens: 9, tokensPerStep: 2, vocabularySize: 4))
  }

  @Test func aFailedStartLeavesNoRunInThePane() {
    var train = TrainState()
    train.starts("new")
    #expect(train.run?.isLive == true)
    train.apply(failed)
    let isTakenBack = train.takeBackStart()
    #expect(isTakenBack && train.run == nil)
    let isTakenBackAgain = train.takeBackStart()
    #expect(!isTakenBackAgain)
  }

  @Test func whatWasShownBeforeIsShownAgain() {
    var train = TrainState()
    train.run = Samples.run(steps: 10, of: 10)
    train.run?.status = .past
    let name = train.run?.name
    train.starts("new")
    train.apply(failed)
    let isTakenBack = train.takeBackStart()
    #expect(isTakenBack && train.run?.name == name && train.run?.steps.count == 10 && train.run?.status == .past)
    // A run that was to go on has its past, and is not dead for it.
    var past = Samples.run(steps: 5, of: 10)
    past.status = .past
    train.starts("old", past: past)
    train.apply(failed)
    let isResumeTakenBack = train.takeBackStart()
    #expect(isResumeTakenBack && train.run?.steps.count == 5 && train.run?.status == .past)
  }

  @Test func aRunThatBeganStays() {
    var train = TrainState()
    train.starts("new")
    train.apply(start)
    train.apply(failed)
    let isTakenBack = train.takeBackStart()
    #expect(!isTakenBack && train.run?.status == .done(.failed))
  }
}
