/// Watches the numbers of a run and says when something looks wrong: once, then not again for a while.
struct TrainingMonitor {
  private var count = 0
  private var mean = 0.0
  private var variance = 0.0
  private var best = Double.infinity
  private var bestStep = 0
  private var quietUntil: [TrainingEvent.Alert.Kind: Int] = [:]
  private var lastValidation: Double?
  private var worseValidations = 0
  private var stepSeconds: Double?
  private let totalSteps: Int

  init(totalSteps: Int) { self.totalSteps = totalSteps }

  private mutating func alert(
    _ kind: TrainingEvent.Alert.Kind, _ step: Int, _ message: String
  ) -> [TrainingEvent.Alert] {
    guard step >= quietUntil[kind] ?? 0 else { return [] }
    quietUntil[kind] = step + max(50, totalSteps / 20)
    return [.init(step: step, kind: kind, message: message)]
  }

  mutating func observe(step: Int, loss: Double, gradientNorm: Double, seconds: Double) -> [TrainingEvent.Alert] {
    var alerts: [TrainingEvent.Alert] = []
    if let usual = stepSeconds {
      if seconds > max(30, 10 * usual) {
        let times = Int(seconds / max(usual, 1e-9))
        alerts += alert(.stall, step, "a step took \(Int(seconds)) s, \(times) times as long as usual")
      }
      stepSeconds = 0.95 * usual + 0.05 * seconds
    } else {
      stepSeconds = seconds
    }
    guard loss.isFinite, gradientNorm.isFinite else {
      let what = loss.isFinite ? "the gradient" : "the loss"
      return alerts + alert(.nonFinite, step, "\(what) is not a finite number; this step changed nothing")
    }
    count += 1
    if count > 20 {
      let deviation = max(variance.squareRoot(), 0.02)
      if loss > mean + 6 * deviation, loss > mean + 0.5 {
        alerts += alert(.spike, step, "the loss jumped to \(rounded(loss)) from \(rounded(mean))")
      }
    }
    let weight = count < 20 ? 1 / Double(count) : 0.05
    let difference = loss - mean
    mean += weight * difference
    variance = (1 - weight) * (variance + weight * difference * difference)
    if count >= 20 {
      if mean < best * 0.999 {
        best = mean
        bestStep = step
      }
      if mean > best + max(0.5, 0.3 * best) {
        alerts += alert(.divergence, step, "the loss has risen from \(rounded(best)) to \(rounded(mean))")
      } else if step - bestStep > max(200, totalSteps / 4) {
        alerts += alert(.plateau, step, "the loss has not fallen for \(step - bestStep) steps")
      }
    }
    return alerts
  }

  mutating func observe(step: Int, validation loss: Double) -> [TrainingEvent.Alert] {
    defer { lastValidation = loss }
    guard let last = lastValidation, loss.isFinite else { return [] }
    worseValidations = loss > last ? worseValidations + 1 : 0
    guard worseValidations >= 3, mean < loss - 0.1 else { return [] }
    return alert(
      .overfitting, step,
      "validation loss has risen \(worseValidations) times in a row to \(rounded(loss)) while training loss is "
        + rounded(mean))
  }

  private func rounded(_ value: Double) -> String { "\((value * 1000).rounded() / 1000)" }
}
