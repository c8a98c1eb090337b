import Core

/// What a recipe trains: something that turns a batch into a loss on a tape.
public protocol TrainableModel: AnyObject {
  var parameters: ParameterSlab { get }
  /// Runs forward and, where the tape records, backward.
  /// - Parameter scale: what each supervised position's gradient is multiplied by.
  func loss(_ batch: Batch, on tape: Tape, scale: Float) -> LossSum
}

/// A ``BlockPlan`` executed on a tape: the same steps in the same order as the inference engine.
public final class PlanModel: TrainableModel {
  public internal(set) var plan: BlockPlan
  public let parameters: ParameterSlab

  public init(plan: BlockPlan, parameters: ParameterSlab) {
    self.plan = plan
    self.parameters = parameters
  }

  public func loss(_ batch: Batch, on tape: Tape, scale: Float) -> LossSum {
    tape.begin(batch, recording: scale != 0)
    let hidden = forward(on: tape)
    let loss = tape.crossEntropy(hidden, head: plan.head, softcap: plan.finalSoftcap, scale: scale)
    if scale != 0 { tape.backward() }
    return loss
  }

  /// Logits of one sequence: `[ids.count, vocabulary]`, row-major.
  public func logits(_ ids: [TokenID], on tape: Tape) -> [Float] {
    tape.begin(Batch([(ids, ids)]), recording: false)
    return tape.logits(forward(on: tape), head: plan.head, softcap: plan.finalSoftcap)
  }

  /// Runs the plan over the tape's batch, to the final norm.
  public func forward(on tape: Tape) -> Tensor {
    var x = tape.embedding(plan.tokenEmbedding, scale: plan.embeddingScale)
    if let position = plan.positionEmbedding { x = tape.addPositions(x, position) }
    for step in plan.steps {
      switch step {
      case .attention(let attention):
        x = tape.add(x, self.attention(x, attention, tape), scale: attention.residualMultiplier)
      case .mlp(let mlp):
        x = tape.add(x, self.mlp(x, mlp, tape), scale: mlp.residualMultiplier)
      case .parallel(let attention, let mlp):
        let both = tape.add(x, self.attention(x, attention, tape), scale: attention.residualMultiplier)
        x = tape.add(both, self.mlp(x, mlp, tape), scale: mlp.residualMultiplier)
      }
    }
    return tape.norm(x, plan.finalNorm)
  }

  private func attention(_ x: Tensor, _ step: AttentionStep, _ tape: Tape) -> Tensor {
    let h = step.norm.map { tape.norm(x, $0) } ?? x
    var q = tape.linear(h, step.query)
    var k = tape.linear(h, step.key)
    let v = tape.linear(h, step.value)
    if let norm = step.queryNorm { q = tape.norm(q.reshaped(columns: step.headDimension), norm) }
    if let norm = step.keyNorm { k = tape.norm(k.reshaped(columns: step.headDimension), norm) }
    if let rotary = step.rotary {
      tape.rotary(q, rotary, headDimension: step.headDimension)
      tape.rotary(k, rotary, headDimension: step.headDimension)
    }
    let mixed = tape.linear(tape.attention(q, k, v, step), step.output)
    return step.postNorm.map { tape.norm(mixed, $0) } ?? mixed
  }

  private func mlp(_ x: Tensor, _ step: MLPStep, _ tape: Tape) -> Tensor {
    let h = step.norm.map { tape.norm(x, $0) } ?? x
    let gate = step.gate.map { tape.linear(h, $0) }
    let up = tape.linear(h, step.up)
    let active = gate.map { tape.activation($0, times: up, step.activation) } ?? tape.activation(up, step.activation)
    let out = tape.linear(active, step.down)
    return step.postNorm.map { tape.norm(out, $0) } ?? out
  }
}
