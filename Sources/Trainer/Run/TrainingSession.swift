import Core

/// One optimizer step after another: batches from the dataset, forward and backward on the tape, the update. Knows
/// nothing of threads, folders or events.
final class TrainingSession {
  let configuration: TrainingConfiguration
  let run: PreparedRun
  let pool: ThreadPool
  let tape: Tape
  private let optimizer: any Optimizer
  private var order: EpochOrder
  private var batches: [Batch]
  var state: TrainingState

  struct StepResult {
    var loss: Double
    var gradientNorm: Double
    var rate: Double
    var tokens: Int
    /// False where loss or gradient was not finite: nothing was changed.
    var updated: Bool
  }

  init(configuration: TrainingConfiguration, run: PreparedRun, pool: ThreadPool) {
    self.configuration = configuration
    self.run = run
    self.pool = pool
    tape = Tape(parameters: run.model.parameters, pool: pool)
    switch configuration.optimizer {
    case .adamw:
      optimizer = AdamW(
        beta1: configuration.beta1, beta2: configuration.beta2, epsilon: configuration.epsilon,
        weightDecay: configuration.weightDecay)
    case .sgd: optimizer = SGD(momentum: configuration.beta1, weightDecay: configuration.weightDecay)
    }
    order = EpochOrder(count: run.training.count, seed: configuration.seed, shuffle: configuration.shuffle)
    batches = Array(repeating: Batch(), count: configuration.accumulation)
    state = TrainingState()
    state.learningRate = configuration.learningRate
    state.totalSteps = configuration.steps ?? Self.steps(configuration, sequences: run.training.count)
  }

  /// Steps that the configuration's epochs take.
  static func steps(_ configuration: TrainingConfiguration, sequences: Int) -> Int {
    let batches = (sequences + configuration.batchSize - 1) / configuration.batchSize
    let wanted = (configuration.epochs * Double(batches) / Double(configuration.accumulation)).rounded(.up)
    return max(1, Int(min(wanted, 1e9)))
  }

  /// Steps taken and those that the configuration's epochs still take.
  var stepsInAll: Int {
    func batches(_ sequences: Int) -> Double {
      Double((max(0, sequences) + configuration.batchSize - 1) / configuration.batchSize)
    }
    let count = run.training.count
    let current = min(1, configuration.epochs - Double(state.epoch)) * Double(count) - Double(state.place)
    let later = max(0, configuration.epochs - Double(state.epoch) - 1) * batches(count)
    let left = ((batches(Int(current.rounded(.up))) + later) / Double(configuration.accumulation)).rounded(.up)
    return state.step + Int(max(0, min(left, 1e9)))
  }

  var schedule: LearningRateSchedule {
    var schedule = LearningRateSchedule(configuration, totalSteps: state.totalSteps)
    schedule.base = state.learningRate
    return schedule
  }

  /// Tokens of a full step.
  var tokensPerStep: Int {
    let mean = Double(run.training.tokenCount) / Double(max(1, run.training.count))
    let sequences = min(configuration.batchSize, run.training.count) * configuration.accumulation
    return Int((mean * Double(sequences)).rounded())
  }

  func step() -> StepResult {
    for i in batches.indices { fill(&batches[i]) }
    let supervised = batches.reduce(0) { $0 + $1.supervisedCount }
    let scale = 1 / Float(max(1, supervised))
    var loss = LossSum()
    var tokens = 0
    for batch in batches {
      let part = run.model.loss(batch, on: tape, scale: scale)
      loss.sum += part.sum
      loss.supervised += part.supervised
      tokens += batch.tokenCount
    }
    let slab = run.model.parameters
    let norm = slab.gradientNorm(pool: pool)
    let rate = schedule.rate(at: state.step)
    let updates = loss.mean.isFinite && norm.isFinite
    if updates {
      // As PyTorch's clip_grad_norm_: a little less than the quotient.
      let clip = configuration.gradientClip
      let factor = clip > 0 ? min(1, clip / (norm + 1e-6)) : 1
      optimizer.update(slab, rate: rate, gradientScale: Float(factor), step: state.step + 1, pool: pool)
    }
    slab.clearGradients()
    state.step += 1
    state.tokens += tokens
    state.lastLoss = loss.mean
    return StepResult(loss: loss.mean, gradientNorm: norm, rate: rate, tokens: tokens, updated: updates)
  }

  /// The next sequences of the epoch; an epoch's last batch may be smaller.
  private func fill(_ batch: inout Batch) {
    batch.removeAll()
    if state.place >= run.training.count {
      state.place = 0
      state.epoch += 1
    }
    let count = min(configuration.batchSize, run.training.count - state.place)
    for _ in 0..<count {
      run.training.append(order.sequence(epoch: state.epoch, place: state.place), to: &batch)
      state.place += 1
    }
  }

  /// Passes over the data so far.
  var epochs: Double { Double(state.epoch) + Double(state.place) / Double(run.training.count) }

  /// Mean loss over the validation data; nil where there are none or `isCancelled` said so.
  func evaluate(isCancelled: () -> Bool) -> Double? {
    guard let validation = run.validation else { return nil }
    // Enough to be sure of two digits, and no more than some tens of training steps.
    let data = validation.limited(to: max(64, 32 * configuration.batchSize))
    var loss = LossSum()
    var batch = Batch()
    for index in 0..<data.count {
      data.append(index, to: &batch)
      if batch.sequenceCount == configuration.batchSize || index == data.count - 1 {
        if isCancelled() { return nil }
        let part = run.model.loss(batch, on: tape, scale: 0)
        loss.sum += part.sum
        loss.supervised += part.supervised
        batch.removeAll()
      }
    }
    return loss.supervised > 0 ? loss.mean : nil
  }
}
