import Core
import Foundation
import TestSupport
import Testing
import Trainer

/// Loss, gradients and twenty updates against PyTorch's on a fixed batch.
@Suite struct ReferenceTests {
  struct Reference {
    var model: PlanModel
    var batch: Batch
    var expected: [String: Any]
    var gradients: SafeTensorsFolder
  }

  private func reference(_ name: String) throws -> Reference? {
    guard let path = Fixtures.path("models/tiny/\(name)"), let folder = Fixtures.path("reference/train-\(name)"),
      let expected = Fixtures.json("reference/train-\(name)/expected.json"),
      let ids = expected["input_ids"] as? [[Int]], let labels = expected["labels"] as? [[Int]]
    else { return nil }
    var batch = Batch()
    for (row, label) in zip(ids, labels) {
      let targets = label.dropFirst().map(TokenID.init) + [-100]
      batch.append(ids: row.map(TokenID.init)[...], targets: targets[...])
    }
    let files = try ModelFiles.open(path)
    return Reference(
      model: PlanModel(files, decayAll: true), batch: batch, expected: expected,
      gradients: try SafeTensorsFolder(path: folder + "/grads.safetensors"))
  }

  @Test(arguments: ["llama", "gpt2"]) func gradients(_ name: String) throws {
    guard let reference = try reference(name) else { return }
    let pool = ThreadPool(threads: 2)
    let tape = Tape(parameters: reference.model.parameters, pool: pool)
    let loss = reference.model.loss(
      reference.batch, on: tape, scale: 1 / Float(reference.batch.supervisedCount))
    #expect(abs(loss.mean - (reference.expected["loss"] as? Double ?? .nan)) < 1e-5)
    let norm = reference.model.parameters.gradientNorm(pool: pool)
    let expectedNorm = reference.expected["total_grad_norm"] as? Double ?? .nan
    #expect(abs(norm - expectedNorm) < 1e-4 * expectedNorm)
    // Written as a Hugging Face model's weights, they have PyTorch's names and orientation.
    let slab = reference.model.parameters
    let folder = TemporaryFolder()
    try HuggingFaceWriter.write(
      plan: reference.model.plan,
      parameters: { slab.gradient($0) ?? UnsafeBufferPointer(start: nil, count: 0) }, to: folder.file("gradients"))
    let ours = try SafeTensorsFolder(path: folder.file("gradients"))
    func values(_ tensor: TensorView) -> [Float] { Array(tensor.bytes.bindMemory(to: Float.self)) }
    let norms = try #require(reference.expected["grad_norms"] as? [String: Double])
    for (tensor, expected) in norms {
      let got = try #require(ours.tensor(named: tensor), "\(tensor)")
      let norm = values(got).reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot()
      #expect(abs(norm - expected) < 1e-4 * max(expected, 1e-2), "\(tensor): \(norm) for \(expected)")
    }
    #expect(!reference.gradients.tensors.isEmpty)
    for tensor in reference.gradients.tensors {
      let expected = values(tensor), got = values(try #require(ours.tensor(named: tensor.name), "\(tensor.name)"))
      #expect(got.count == expected.count)
      let size = expected.reduce(Float(0)) { max($0, abs($1)) }
      let worst = zip(got, expected).reduce(Float(0)) { max($0, abs($1.0 - $1.1)) }
      #expect(worst <= 1e-4 * max(size, 1e-3), "\(tensor.name): off by \(worst), largest \(size)")
    }
  }

  @Test(arguments: ["llama", "gpt2"], ["adamw", "adamw_clip_warmup_cosine"])
  func twentyUpdates(_ name: String, _ run: String) throws {
    guard let reference = try reference(name), let expected = reference.expected[run] as? [String: Any],
      let settings = expected["params"] as? [String: Any], let losses = expected["loss_before_each_step"] as? [Double],
      let norms = expected["grad_norm_before_clip"] as? [Double], let rates = expected["lr"] as? [Double]
    else { return }
    let betas = settings["betas"] as? [Double] ?? []
    let optimizer = AdamW(
      beta1: betas[0], beta2: betas[1], epsilon: settings["eps"] as? Double ?? 0,
      weightDecay: settings["weight_decay"] as? Double ?? 0)
    let clip = expected["clip_grad_norm"] as? Double
    let schedule = LearningRateSchedule(
      kind: run == "adamw" ? .constant : .cosine, base: settings["lr"] as? Double ?? 0,
      warmupSteps: run == "adamw" ? 0 : 5, totalSteps: losses.count, minimumRatio: 0.1)
    let pool = ThreadPool(threads: 2)
    let slab = reference.model.parameters
    let tape = Tape(parameters: slab, pool: pool)
    for step in losses.indices {
      let loss = reference.model.loss(
        reference.batch, on: tape, scale: 1 / Float(reference.batch.supervisedCount))
      #expect(abs(loss.mean - losses[step]) < 2e-4, "step \(step)")
      let norm = slab.gradientNorm(pool: pool)
      #expect(abs(norm - norms[step]) < 2e-3 * norms[step], "step \(step)")
      #expect(abs(schedule.rate(at: step) - rates[step]) < 1e-9, "step \(step)")
      optimizer.update(
        slab, rate: schedule.rate(at: step), gradientScale: clip.map { Float(min(1, $0 / (norm + 1e-6))) } ?? 1,
        step: step + 1, pool: pool)
      slab.clearGradients()
    }
  }

  @Test(arguments: ["llama", "gpt2"]) func anyNumberOfThreadsGivesTheSameBits(_ name: String) throws {
    var results: [[Float]] = []
    for threads in [1, 2, 3] {
      guard let reference = try reference(name) else { return }
      let pool = ThreadPool(threads: threads)
      let slab = reference.model.parameters
      let tape = Tape(parameters: slab, pool: pool)
      for step in 1...3 {
        _ = reference.model.loss(reference.batch, on: tape, scale: 0.02)
        let norm = slab.gradientNorm(pool: pool)
        AdamW().update(slab, rate: 1e-3, gradientScale: Float(1 / norm), step: step, pool: pool)
        slab.clearGradients()
      }
      results.append(reference.model.plan.parameters.indices.flatMap { Array(slab.value($0)) })
    }
    #expect(results[0].map(\.bitPattern) == results[1].map(\.bitPattern))
    #expect(results[0].map(\.bitPattern) == results[2].map(\.bitPattern))
  }
}
