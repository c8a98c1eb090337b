import CKernels
import Core

extension Tape {
  /// y = x · Wᵀ (+ b): `[rows, inputs]` → `[rows, outputs]`.
  public func linear(_ x: Tensor, _ step: LinearStep) -> Tensor {
    precondition(x.columns == step.inputs, "a linear layer's input has its width")
    let out = newTensor(rows: x.rows, columns: step.outputs)
    multiply(nodes[x.slot].data, step, rows: x.rows, into: nodes[out.slot].data)
    record(.linear(out: out.slot, x: x.slot, rows: x.rows, step: step))
    return out
  }

  /// The same without a tensor: for chunks of the output layer.
  func multiply(
    _ x: UnsafePointer<Float>, _ step: LinearStep, rows: Int, into y: UnsafeMutablePointer<Float>
  ) {
    if let bias = step.bias, let b = parameters.value(bias).baseAddress {
      for row in 0..<rows { (y + row * step.outputs).update(from: b, count: step.outputs) }
    }
    guard let w = parameters.value(step.weight).baseAddress else { return }
    MatrixProduct.multiply(
      m: rows, n: step.outputs, k: step.inputs, a: x, aRow: step.inputs, aColumn: 1, b: w, bRow: 1,
      bColumn: step.inputs, c: y, cRow: step.outputs, accumulate: step.bias != nil, pool: pool)
  }

  func linearBackward(_ dy: UnsafeMutablePointer<Float>, x: Int, rows: Int, step: LinearStep) {
    weightGradient(dy, nodes[x].data, rows: rows, step: step)
    let (dx, accumulate) = writeGradient(x)
    inputGradient(dy, rows: rows, step: step, into: dx, accumulate: accumulate)
  }

  /// dW (+)= dyᵀ · x and db (+)= Σ dy.
  func weightGradient(_ dy: UnsafePointer<Float>, _ x: UnsafePointer<Float>, rows: Int, step: LinearStep) {
    if let (dw, accumulate) = parameters.denseGradient(step.weight) {
      MatrixProduct.multiply(
        m: step.outputs, n: step.inputs, k: rows, a: dy, aRow: 1, aColumn: step.outputs, b: x, bRow: step.inputs,
        bColumn: 1, c: dw, cRow: step.inputs, accumulate: accumulate, pool: pool)
    }
    if let bias = step.bias, let (db, accumulate) = parameters.denseGradient(bias) {
      columnSums(dy, rows: rows, columns: step.outputs, into: db, accumulate: accumulate)
    }
  }

  /// dx (+)= dy · W.
  func inputGradient(
    _ dy: UnsafePointer<Float>, rows: Int, step: LinearStep, into dx: UnsafeMutablePointer<Float>, accumulate: Bool
  ) {
    guard let w = parameters.value(step.weight).baseAddress else { return }
    MatrixProduct.multiply(
      m: rows, n: step.inputs, k: step.outputs, a: dy, aRow: step.outputs, aColumn: 1, b: w, bRow: step.inputs,
      bColumn: 1, c: dx, cRow: step.inputs, accumulate: accumulate, pool: pool)
  }

  /// out[j] (+)= Σ x[i, j], each in the order of the rows.
  func columnSums(
    _ x: UnsafePointer<Float>, rows: Int, columns: Int, into out: UnsafeMutablePointer<Float>, accumulate: Bool
  ) {
    let sums = train.pointee.column_sums
    pool.parallelFor((columns + 63) / 64, grain: max(1, 16384 / max(1, rows * 64))) { range in
      let from = range.lowerBound * 64
      let to = min(columns, range.upperBound * 64)
      sums?(out + from, accumulate, x + from, columns, rows, to - from)
    }
  }
}
