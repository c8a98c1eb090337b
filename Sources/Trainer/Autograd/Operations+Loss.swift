import CKernels
import Core

/// The summed loss of a batch.
public struct LossSum: Sendable, Equatable {
  /// Σ −log p over supervised positions, in nats.
  public var sum: Double
  public var supervised: Int

  public init(sum: Double = 0, supervised: Int = 0) {
    self.sum = sum
    self.supervised = supervised
  }
  public var mean: Double { supervised > 0 ? sum / Double(supervised) : 0 }
}

extension Tape {
  /// Cross-entropy fused with the output product: logits of some rows at a time are made, turned into their gradient in
  /// place and multiplied back, so that `[tokens, vocabulary]` is never stored.
  ///
  /// While recording, the gradients of `hidden`, the head's weight and bias are complete when this returns.
  /// - Parameter scale: what each supervised position's gradient is multiplied by: one over their number in the step.
  public func crossEntropy(_ hidden: Tensor, head: LinearStep, softcap: Float?, scale: Float) -> LossSum {
    let vocabulary = head.outputs
    let rows = hidden.rows
    // Some 32 MB of logits at most: enough rows that packing the head's weight is little beside the products, few
    // enough that memory does not grow with the vocabulary.
    let chunk = max(1, min(rows, max(16, (1 << 23) / vocabulary)))
    let memory = arena.borrow(chunk * vocabulary)
    let lossMemory = arena.borrow(rows)
    defer {
      arena.giveBack(memory)
      arena.giveBack(lossMemory)
    }
    guard let logits = memory.baseAddress, let losses = lossMemory.baseAddress else { return LossSum() }
    let x = nodes[hidden.slot].data
    let cap = softcap ?? 0
    let dx = isRecording ? writeGradient(hidden.slot) : nil
    let gradient = train.pointee.cross_entropy, loss = train.pointee.cross_entropy_loss
    let recording = isRecording
    batch.targets.withUnsafeBufferPointer { targets in
      guard let targets = targets.baseAddress else { return }
      var from = 0
      while from < rows {
        let count = min(chunk, rows - from)
        multiply(x + from * hidden.columns, head, rows: count, into: logits)
        pool.parallelFor(count, grain: max(1, 16384 / vocabulary)) { range in
          let row = range.lowerBound
          let line = logits + row * vocabulary
          if recording {
            gradient?(
              line, vocabulary, range.count, vocabulary, targets + from + row, scale, cap, losses + from + row)
          } else {
            loss?(line, vocabulary, range.count, vocabulary, targets + from + row, cap, losses + from + row)
          }
        }
        if let dx {
          weightGradient(logits, x + from * hidden.columns, rows: count, step: head)
          inputGradient(
            logits, rows: count, step: head, into: dx.pointer + from * hidden.columns, accumulate: dx.accumulate)
        }
        from += count
      }
    }
    var result = LossSum()
    for row in 0..<rows where batch.targets[row] >= 0 {
      result.sum += Double(losses[row])
      result.supervised += 1
    }
    return result
  }

  /// Logits of every row: `[rows, vocabulary]`.
  public func logits(_ hidden: Tensor, head: LinearStep, softcap: Float?) -> [Float] {
    let count = hidden.rows * head.outputs
    let x = nodes[hidden.slot].data
    return [Float](unsafeUninitializedCapacity: count) { buffer, initialized in
      if let y = buffer.baseAddress {
        multiply(x, head, rows: hidden.rows, into: y)
        if let softcap { kernels.pointee.softcap?(y, y, softcap, count) }
      }
      initialized = count
    }
  }
}
