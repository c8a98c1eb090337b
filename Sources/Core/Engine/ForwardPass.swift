import CKernels

/// One step of the engine: the rows of all slices through the plan.
///
/// A layer is few parallel regions: what a product leaves behind (bias, norm, residual) is done together with the norm
/// and the quantisation that the next product needs.
struct ForwardPass {
  let engine: Engine
  let weights: WeightStore
  let w: Workspace
  let slices: [SequenceSlice]
  let probe: (any Probe)?
  let plan: BlockPlan
  let kernels: UnsafePointer<gbx_kernels>
  let hiddenSize: Int
  /// Rows under way; once only rows with wanted logits matter, those alone.
  var rowCount: Int
  /// The residual stream, `[rows, hidden]`.
  let residual: UnsafeMutablePointer<Float>
  /// Results that are still to be added to the residual: at most two (parallel blocks).
  var pending: (Tail?, Tail?) = (nil, nil)

  /// What must happen to a product's result before it joins the residual.
  struct Tail {
    var values: UnsafeMutablePointer<Float>
    var bias: UnsafePointer<Float>?
    var norm: NormStep?
    var multiplier: Float
    var tap: Tap
  }

  init(
    engine: Engine, weights: WeightStore, workspace: Workspace, slices: [SequenceSlice], probe: (any Probe)?
  ) throws {
    self.engine = engine
    self.weights = weights
    w = workspace
    self.slices = slices
    self.probe = probe
    plan = engine.plan
    kernels = engine.kernels
    hiddenSize = plan.configuration.hiddenSize
    rowCount = try Self.layOut(slices, in: workspace)
    residual = workspace.residual.ensure(rowCount * hiddenSize)
  }

  /// Fills the workspace's tables of rows and pages; returns the number of rows.
  private static func layOut(_ slices: [SequenceSlice], in w: Workspace) throws -> Int {
    w.rows.removeAll(keepingCapacity: true)
    w.logitRows.removeAll(keepingCapacity: true)
    w.firstRow.removeAll(keepingCapacity: true)
    w.firstPage.removeAll(keepingCapacity: true)
    w.spans.removeAll(keepingCapacity: true)
    w.pageBases.removeAll(keepingCapacity: true)
    var positions = 0
    for (s, slice) in slices.enumerated() {
      w.firstRow.append(w.rows.count)
      w.firstPage.append(w.pageBases.count)
      w.spans.append((w.rows.count, slice.tokens.count, slice.pages.count))
      for page in slice.pages.pages { w.pageBases.append(page.pointer) }
      for (i, token) in slice.tokens.enumerated() {
        let wanted = slice.wants == .all || (slice.wants == .last && i == slice.tokens.count - 1)
        if wanted { w.logitRows.append(w.rows.count) }
        w.rows.append(.init(slice: s, position: slice.pages.count + i, token: token))
      }
      positions = max(positions, slice.pages.count + slice.tokens.count)
    }
    w.firstRow.append(w.rows.count)
    try w.reserve(rows: w.rows.count, logits: w.logitRows.count, positions: positions)
    return w.rows.count
  }

  mutating func run(into logits: Logits, isCancelled: () -> Bool) throws {
    embed()
    var layer = 0
    for (i, step) in plan.steps.enumerated() {
      if isCancelled() { throw EngineError.cancelled }
      let products = weights.products[i]
      switch step {
      case .attention(let a):
        try attend(a, products, index: layer, prepare(a.norm, for: products.attentionInput))
        layer += 1
      case .mlp(let m):
        multiplyMLP(m, products, prepare(m.norm, for: products.mlpInput))
        if probe != nil { flush(layer: m.layer) }
      case .parallel(let a, let m):
        try attend(a, products, index: layer, prepare(a.norm, for: products.attentionInput))
        multiplyMLP(m, products, prepareAgain(m.norm))
        if probe != nil { flush(layer: m.layer) }
        layer += 1
      }
      if rowCount == 0 { break }
    }
    try computeLogits(into: logits, isCancelled: isCancelled)
  }

  /// Rows for a thread to take at once.
  var rowGrain: Int { max(1, min(32, rowCount / (4 * engine.pool.threads))) }

  private func embed() {
    let n = hiddenSize
    let scale = plan.embeddingScale
    let positionRow = plan.positionEmbedding == nil ? nil : w.attentionOut.ensure(rowCount * n)
    engine.pool.parallelFor(rowCount, grain: max(4, rowGrain)) { range in
      for r in range {
        let x = residual + r * n
        weights.readEmbedding(plan.tokenEmbedding, row: Int(w.rows[r].token), into: x)
        if scale != 1 { kernels.pointee.scale(x, scale, x, n) }
        if let table = plan.positionEmbedding, let scratch = positionRow {
          let p = scratch + r * n
          weights.readEmbedding(table, row: w.rows[r].position, into: p)
          kernels.pointee.add(x, x, p, n)
        }
      }
    }
    visit(.embeddings, residual, columns: n)
  }

  func normalise(
    _ norm: NormStep, _ y: UnsafeMutablePointer<Float>, _ x: UnsafePointer<Float>, _ n: Int
  ) {
    let weight = weights.vector(norm.weight)
    switch norm.kind {
    case .rms: kernels.pointee.rms_norm(y, x, weight, norm.weightOffset, norm.epsilon, n)
    case .layer:
      kernels.pointee.layer_norm(
        y, x, weight, norm.bias.map { weights.vector($0) }, norm.weightOffset, norm.epsilon, n)
    }
  }

  /// Adds a product's result to the residual of one row.
  private func settle(_ tail: Tail, _ row: Int) {
    let n = hiddenSize
    let y = tail.values + row * n
    let x = residual + row * n
    finish(tail, row)
    kernels.pointee.add(x, x, y, n)
  }

  private func finish(_ tail: Tail, _ row: Int) {
    let n = hiddenSize
    let y = tail.values + row * n
    if let bias = tail.bias { kernels.pointee.add(y, y, bias, n) }
    if let norm = tail.norm { normalise(norm, y, y, n) }
    if tail.multiplier != 1 { kernels.pointee.scale(y, tail.multiplier, y, n) }
  }

  /// Settles what is pending, then the norm and the integer form that the next product reads.
  private mutating func prepare(_ norm: NormStep?, for product: Product) -> Activations {
    if probe != nil { flush(layer: nil) }
    let n = hiddenSize
    let tails = pending
    pending = (nil, nil)
    let activations = w.hidden.use(rowCount)
    let quantized = product.isQuantized
    engine.pool.parallelFor(rowCount, grain: max(2, rowGrain)) { range in
      for r in range {
        if let tail = tails.0 { settle(tail, r) }
        if let tail = tails.1 { settle(tail, r) }
        fill(activations, row: r, norm, residual + r * n)
        if quantized { activations.quantize(row: r) }
      }
    }
    if quantized { activations.setQuantized() }
    return activations
  }

  /// The second norm of a parallel block: of the same residual, nothing settled.
  private func prepareAgain(_ norm: NormStep?) -> Activations {
    let activations = w.hidden.use(rowCount)
    engine.pool.parallelFor(rowCount, grain: max(2, rowGrain)) { range in
      for r in range { fill(activations, row: r, norm, residual + r * hiddenSize) }
    }
    return activations
  }

  private func fill(_ activations: Activations, row: Int, _ norm: NormStep?, _ x: UnsafePointer<Float>) {
    let y = activations.values + row * hiddenSize
    if let norm {
      normalise(norm, y, x, hiddenSize)
    } else {
      y.update(from: x, count: hiddenSize)
    }
  }

  /// x · Wᵀ for matrices of the same inputs, in one parallel region; rows of results lie next to each other.
  func multiply(_ x: Activations, by product: Product, into outputs: [UnsafeMutablePointer<Float>]) {
    MatrixProduct.multiply(
      x, by: product.matrices, into: outputs, outputStrides: product.strides, pool: engine.pool)
  }

  /// Leaves out, from here on, the rows whose logits nobody wants: after the last layer's keys and values are stored,
  /// nothing depends on them. Nothing must be pending.
  /// - Parameter query: rows of queries, moved together with the residual.
  mutating func keepWantedRows(_ query: UnsafeMutablePointer<Float>, width: Int) {
    guard probe == nil, w.logitRows.count < rowCount else { return }
    for (i, r) in w.logitRows.enumerated() where i != r {
      (residual + i * hiddenSize).update(from: residual + r * hiddenSize, count: hiddenSize)
      (query + i * width).update(from: query + r * width, count: width)
    }
    rowCount = w.logitRows.count
    for i in 0..<rowCount { w.logitRows[i] = i }
    var first = 0
    for s in slices.indices {
      let left = slices[s].rows
      w.spans[s] = (first, left, slices[s].pages.count + slices[s].tokens.count - left)
      first += left
    }
  }

  /// With a probe: settles everything at once and shows each part on its way.
  private mutating func flush(layer: Int?) {
    for tail in [pending.0, pending.1] {
      guard let tail else { continue }
      for r in 0..<rowCount { finish(tail, r) }
      visit(tail.tap, tail.values, columns: hiddenSize)
      kernels.pointee.add(residual, residual, tail.values, rowCount * hiddenSize)
    }
    pending = (nil, nil)
    if let layer { visit(.residual(layer: layer), residual, columns: hiddenSize) }
  }

  mutating func leave(_ tail: Tail) {
    if pending.0 == nil { pending.0 = tail } else { pending.1 = tail }
  }

  /// Shows the probe the rows of each sequence.
  func visit(_ tap: Tap, _ values: UnsafeMutablePointer<Float>, columns: Int) {
    guard let probe, probe.wants(tap) else { return }
    for (s, slice) in slices.enumerated() {
      probe.visit(
        tap,
        TapView(
          sequence: s, firstPosition: slice.pages.count, rows: slice.tokens.count, columns: columns,
          values: values + w.firstRow[s] * columns))
    }
  }

  // MARK: MLP

  private mutating func multiplyMLP(_ m: MLPStep, _ products: StepProducts, _ x: Activations) {
    let n = m.up.outputs
    let up = w.up.ensure(rowCount * n)
    let gate = m.gate == nil ? nil : w.gate.ensure(rowCount * n)
    let upBias = m.up.bias.map { weights.vector($0) }
    let gateBias = m.gate?.bias.map { weights.vector($0) }
    multiply(x, by: products.mlpInput, into: gate.map { [$0, up] } ?? [up])
    let activations = w.inner.use(rowCount)
    let quantized = products.mlpOutput.isQuantized
    engine.pool.parallelFor(rowCount, grain: max(1, rowGrain)) { range in
      for r in range {
        let u = up + r * n
        let y = activations.values + r * n
        if let upBias { kernels.pointee.add(u, u, upBias, n) }
        if let gate {
          let g = gate + r * n
          if let gateBias { kernels.pointee.add(g, g, gateBias, n) }
          activateGated(m.activation, y, g, u, n)
        } else {
          activate(m.activation, y, u, n)
        }
        if quantized { activations.quantize(row: r) }
      }
    }
    if quantized { activations.setQuantized() }
    let out = w.mlpOut.ensure(rowCount * hiddenSize)
    multiply(activations, by: products.mlpOutput, into: [out])
    leave(
      Tail(
        values: out, bias: m.down.bias.map { weights.vector($0) }, norm: m.postNorm,
        multiplier: m.residualMultiplier, tap: .mlpOutput(layer: m.layer)))
  }

  private func activate(
    _ kind: Activation, _ y: UnsafeMutablePointer<Float>, _ x: UnsafePointer<Float>, _ n: Int
  ) {
    switch kind {
    case .silu: kernels.pointee.silu(y, x, n)
    case .gelu: kernels.pointee.gelu(y, x, n)
    case .geluTanh: kernels.pointee.gelu_tanh(y, x, n)
    case .relu: kernels.pointee.relu(y, x, n)
    }
  }

  private func activateGated(
    _ kind: Activation, _ y: UnsafeMutablePointer<Float>, _ gate: UnsafePointer<Float>,
    _ up: UnsafePointer<Float>, _ n: Int
  ) {
    switch kind {
    case .silu: kernels.pointee.silu_multiply(y, gate, up, n)
    case .gelu: kernels.pointee.gelu_multiply(y, gate, up, n)
    case .geluTanh: kernels.pointee.gelu_tanh_multiply(y, gate, up, n)
    case .relu: kernels.pointee.relu_multiply(y, gate, up, n)
    }
  }

  // MARK: Logits

  private mutating func computeLogits(into logits: Logits, isCancelled: () -> Bool) throws {
    if isCancelled() { throw EngineError.cancelled }
    if probe != nil { flush(layer: nil) }
    let vocabulary = plan.head.outputs
    let out = try logits.resize(rows: w.logitRows.count, columns: vocabulary)
    let n = hiddenSize
    let tails = pending
    pending = (nil, nil)
    guard !w.logitRows.isEmpty else { return }
    let activations = w.final.use(w.logitRows.count)
    for (i, r) in w.logitRows.enumerated() {
      if let tail = tails.0 { settle(tail, r) }
      if let tail = tails.1 { settle(tail, r) }
      fill(activations, row: i, plan.finalNorm, residual + r * n)
    }
    multiply(activations, by: weights.headProduct, into: [out])
    let bias = plan.head.bias.map { weights.vector($0) }
    if bias != nil || plan.finalSoftcap != nil {
      engine.pool.parallelFor(w.logitRows.count) { range in
        for i in range {
          let row = out + i * vocabulary
          if let bias { kernels.pointee.add(row, row, bias, vocabulary) }
          if let cap = plan.finalSoftcap { kernels.pointee.softcap(row, row, cap, vocabulary) }
        }
      }
    }
    showLogits(out, columns: vocabulary)
  }

  private func showLogits(_ values: UnsafeMutablePointer<Float>, columns: Int) {
    guard let probe, probe.wants(.logits) else { return }
    var row = 0
    for (s, slice) in slices.enumerated() where slice.rows > 0 {
      let first = slice.pages.count + slice.tokens.count - slice.rows
      probe.visit(
        .logits,
        TapView(
          sequence: s, firstPosition: first, rows: slice.rows, columns: columns, values: values + row * columns))
      row += slice.rows
    }
  }
}
