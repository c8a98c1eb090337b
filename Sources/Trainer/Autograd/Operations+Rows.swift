import CKernels
import Core

extension Tape {
  /// Rows to a task: about 16 thousand values.
  private func grain(_ columns: Int) -> Int { max(1, 16384 / max(1, columns)) }

  // MARK: Embeddings

  /// table[ids] · scale for the batch's tokens.
  public func embedding(_ table: ParameterID, scale: Float = 1) -> Tensor {
    let columns = parameters.specifications[table].shape.last ?? 1
    let out = newTensor(rows: batch.ids.count, columns: columns)
    let y = nodes[out.slot].data
    guard let w = parameters.value(table).baseAddress else { return out }
    let multiply = kernels.pointee.scale
    batch.ids.withUnsafeBufferPointer { ids in
      pool.parallelFor(ids.count, grain: grain(columns)) { range in
        for row in range { multiply?(y + row * columns, scale, w + Int(ids[row]) * columns, columns) }
      }
    }
    record(.embedding(out: out.slot, table: table, scale: scale, columns: columns))
    return out
  }

  /// x + table[position] for each row.
  public func addPositions(_ x: Tensor, _ table: ParameterID) -> Tensor {
    let columns = x.columns
    let out = newTensor(rows: x.rows, columns: columns)
    let y = nodes[out.slot].data
    let source = nodes[x.slot].data
    guard let w = parameters.value(table).baseAddress else { return out }
    let add = kernels.pointee.add
    positions.withUnsafeBufferPointer { positions in
      pool.parallelFor(x.rows, grain: grain(columns)) { range in
        for row in range {
          add?(y + row * columns, source + row * columns, w + Int(positions[row]) * columns, columns)
        }
      }
    }
    record(.positions(out: out.slot, x: x.slot, table: table, columns: columns))
    return out
  }

  /// Adds rows to the table's gradient: each thread takes some columns and all rows in order.
  func embeddingBackward(
    _ dy: UnsafePointer<Float>, table: ParameterID, rows: [Int32], scale: Float, columns: Int
  ) {
    rows.withUnsafeBufferPointer { rows in
      guard let dw = parameters.sparseGradient(table, rows: rows) else { return }
      let axpy = kernels.pointee.axpy
      pool.parallelFor((columns + 63) / 64, grain: max(1, 16384 / max(1, rows.count * 64))) { range in
        let from = range.lowerBound * 64
        let width = min(columns, range.upperBound * 64) - from
        for (i, row) in rows.enumerated() {
          axpy?(dw + Int(row) * columns + from, scale, dy + i * columns + from, width)
        }
      }
    }
  }

  // MARK: Norms

  /// RMSNorm or LayerNorm over the columns.
  public func norm(_ x: Tensor, _ step: NormStep) -> Tensor {
    let out = newTensor(rows: x.rows, columns: x.columns)
    let layer = step.kind == .layer
    let width = layer ? 2 : 1
    let statistics = arena.allocate(x.rows * width)
    let y = nodes[out.slot].data
    let source = nodes[x.slot].data
    guard let w = parameters.value(step.weight).baseAddress else { return out }
    let b = step.bias.flatMap { parameters.value($0).baseAddress }
    let forward = train.pointee.norm_forward
    let columns = x.columns
    pool.parallelFor(x.rows, grain: grain(columns)) { range in
      let from = range.lowerBound
      forward?(
        y + from * columns, source + from * columns, w, b, step.weightOffset, step.epsilon, layer, range.count, columns,
        statistics + from * width)
    }
    record(.norm(out: out, x: x.slot, step: step, statistics: statistics))
    return out
  }

  func normBackward(
    _ dy: UnsafePointer<Float>, out: Tensor, x: Int, step: NormStep, statistics: UnsafePointer<Float>
  ) {
    let columns = out.columns, rows = out.rows
    let layer = step.kind == .layer
    let width = layer ? 2 : 1
    // Sums over rows: first within chunks of fixed size, then over the chunks in order.
    let chunk = max(1, min(rows, 8192 / columns))
    let chunks = (rows + chunk - 1) / chunk
    let dw = parameters.denseGradient(step.weight)
    let db = step.bias.flatMap { parameters.denseGradient($0) }
    let partial = arena.borrow(chunks * columns * 2)
    defer { arena.giveBack(partial) }
    let (dx, accumulate) = writeGradient(x)
    let source = nodes[x].data
    guard let w = parameters.value(step.weight).baseAddress, let sums = partial.baseAddress else { return }
    let backward = train.pointee.norm_backward
    let wantsWeight = dw != nil, wantsBias = db != nil
    pool.parallelFor(chunks, grain: 1) { range in
      for index in range {
        let from = index * chunk
        let count = min(chunk, rows - from)
        backward?(
          dx + from * columns, accumulate, dy + from * columns, source + from * columns, w, step.weightOffset, layer,
          count, columns, statistics + from * width, wantsWeight ? sums + index * columns : nil,
          wantsBias ? sums + (chunks + index) * columns : nil)
      }
    }
    if let dw { columnSums(sums, rows: chunks, columns: columns, into: dw.pointer, accumulate: dw.accumulate) }
    if let db {
      columnSums(
        sums + chunks * columns, rows: chunks, columns: columns, into: db.pointer, accumulate: db.accumulate)
    }
  }

  // MARK: Activations and additions

  /// act(gate) · up, or act(gate).
  public func activation(_ gate: Tensor, times up: Tensor? = nil, _ activation: Activation) -> Tensor {
    let out = newTensor(rows: gate.rows, columns: gate.columns)
    let kind = gbx_activation(activation)
    let y = nodes[out.slot].data, g = nodes[gate.slot].data
    let u = up.map { nodes[$0.slot].data }
    let forward = train.pointee.activation_forward
    forEachPart(gate.count) { from, count in forward?(y + from, g + from, u.map { $0 + from }, kind, count) }
    record(.activation(out: out.slot, gate: gate.slot, up: up?.slot ?? -1, kind: kind, count: gate.count))
    return out
  }

  func activationBackward(_ dy: UnsafePointer<Float>, gate: Int, up: Int, kind: gbx_activation, count: Int) {
    let g = nodes[gate].data
    let u: UnsafeMutablePointer<Float>? = up < 0 ? nil : nodes[up].data
    let backward = train.pointee.activation_backward
    // Nothing needs the inputs after this, so their gradients take their place.
    let inPlace = nodes[gate].gradient < 0 && (up < 0 || nodes[up].gradient < 0)
    precondition(inPlace, "an activation's inputs have no other reader")
    forEachPart(count) { from, length in
      backward?(g + from, u.map { $0 + from }, dy + from, g + from, u.map { $0 + from }, kind, length)
    }
    adoptGradient(gate, g)
    if let u { adoptGradient(up, u) }
  }

  /// x + scale · z.
  public func add(_ x: Tensor, _ z: Tensor, scale: Float = 1) -> Tensor {
    let out = newTensor(rows: x.rows, columns: x.columns)
    addScaled(nodes[out.slot].data, nodes[x.slot].data, scale, nodes[z.slot].data, count: x.count)
    record(.add(out: out.slot, x: x.slot, z: z.slot, scale: scale, count: x.count))
    return out
  }

  func addBackward(out: Int, x: Int, z: Int, scale: Float, count: Int) {
    if scale == 1 {
      passGradient(from: out, to: z, count: count)
    } else if let dy = readGradient(out) {
      let (dz, accumulate) = writeGradient(z)
      if accumulate {
        addScaled(dz, dz, scale, dy, count: count)
      } else {
        let multiply = kernels.pointee.scale
        forEachPart(count) { from, length in multiply?(dz + from, scale, dy + from, length) }
      }
    }
    passGradient(from: out, to: x, count: count)
  }

  func addScaled(
    _ y: UnsafeMutablePointer<Float>, _ x: UnsafePointer<Float>, _ scale: Float, _ z: UnsafePointer<Float>, count: Int
  ) {
    let add = train.pointee.add_scaled
    forEachPart(count) { from, length in add?(y + from, x + from, scale, z + from, length) }
  }

  /// Cuts an elementwise loop into parts of 16 Ki values.
  func forEachPart(_ count: Int, _ body: (Int, Int) -> Void) {
    let part = 16384
    pool.parallelFor((count + part - 1) / part, grain: 1) { range in
      let from = range.lowerBound * part
      body(from, min(count, range.upperBound * part) - from)
    }
  }
}
