import Testing
import Trainer

@testable import TUI

@Suite struct PanesRunCurvesTests {
  private func smoothed(_ values: [Double], weight: Double) -> [Double] {
    var average = MovingAverage(weight: weight)
    return values.map { average.add($0) }
  }

  @Test func pointByPointIsAsAllAtOnce() {
    let run = Samples.run(steps: 300, of: 300)
    var whole = RunCurves()
    whole.update(run, axis: .step, perplexity: false, smoothing: 0.9)
    var growing = RunCurves()
    for count in stride(from: 1, through: 300, by: 7) {
      var part = run
      part.steps = Array(run.steps.prefix(count))
      part.validations = run.validations.filter { $0.step <= count }
      growing.update(part, axis: .step, perplexity: false, smoothing: 0.9)
    }
    growing.update(run, axis: .step, perplexity: false, smoothing: 0.9)
    #expect(growing.smooth.ys == whole.smooth.ys)
    #expect(growing.validation.xs == whole.validation.xs)
    #expect(whole.validation.xs == [50, 100, 150, 200, 250, 300])
    #expect(whole.smooth.ys == smoothed(run.steps.map(\.loss), weight: 0.9))
    // The curve in one line is kept up to date as well, and begins again with a run that was cut back.
    #expect(run.losses.values == smoothed(run.steps.map(\.loss), weight: 0.8))
    var cut = run
    cut.steps.removeLast(100)
    #expect(cut.losses.values == Array(run.losses.values.prefix(200)))
    cut.steps[150] = run.steps[10]
    cut.steps.removeLast(49)
    #expect(cut.losses.values == smoothed(cut.steps.map(\.loss), weight: 0.8))
  }

  @Test func smoothingIsDebiasedAndPassesWhatIsNotFinite() {
    // TensorBoard's rule: last = last·w + x·(1−w), shown as last / (1 − wⁿ) over the finite points.
    let out = smoothed([4, 2, .nan, 2], weight: 0.5)
    #expect(out[0] == 4)
    #expect(abs(out[1] - (4 * 0.25 + 2 * 0.5) / 0.75) < 1e-12)
    #expect(out[2].isNaN)
    #expect(abs(out[3] - (4 * 0.125 + 2 * 0.25 + 2 * 0.5) / 0.875) < 1e-12)
  }

  @Test func aResumedRunSaysItsLastStepsAgain() {
    var run = Samples.run(steps: 120, of: 300)
    var curves = RunCurves()
    curves.update(run, axis: .step, perplexity: false, smoothing: 0.5)
    run.apply(
      .start(
        .init(
          run: "sft-07", recipe: "sft", out: "runs/sft-07", totalSteps: 300, resumedAt: 100, parameters: 1,
          trainableParameters: 1, trainTokens: 1, tokensPerStep: 1, vocabularySize: 1)))
    #expect(run.lastStep == 100)
    curves.update(run, axis: .step, perplexity: false, smoothing: 0.5)
    #expect(curves.raw.xs.last == 100)
    #expect(curves.validation.xs == [50, 100])
  }

  @Test func otherAxesPlaceValidationsByTheirStep() {
    let run = Samples.run(steps: 100, of: 100)
    var curves = RunCurves()
    curves.update(run, axis: .tokens, perplexity: true, smoothing: 0)
    #expect(curves.validation.xs == [50 * 2048, 100 * 2048])
    #expect(curves.raw.ys[0] > 10)
  }

  @Test func namesAreShortened() {
    #expect(RunView(name: "pretrain-2026-11-21-092527").shortName == "pretrain-092527")
    #expect(RunView(name: "sft-07").shortName == "sft-07")
  }
}
