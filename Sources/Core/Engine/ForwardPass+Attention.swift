extension ForwardPass {
  /// q, k, v → head norms → rotation → cache → attention → output product, which is left pending.
  /// - Parameter index: which of the plan's attention steps this is.
  mutating func attend(_ a: AttentionStep, _ products: StepProducts, index: Int, _ x: Activations) throws {
    let queryWidth = a.query.outputs
    let keyWidth = a.key.outputs
    let query = w.query.ensure(rowCount * queryWidth)
    let key = w.key.ensure(rowCount * keyWidth)
    let value = w.value.ensure(rowCount * keyWidth)
    multiply(x, by: products.attentionInput, into: [query, key, value])

    setPagePointers(layer: index)
    store(a, index: index, query, key, value)
    if let probe, probe.wants(.attentionWeights(layer: a.layer)) {
      try showWeights(a, index: index, query: query, to: probe)
    }
    if index == w.attention.count - 1 {
      keepWantedRows(query, width: queryWidth)
      if rowCount == 0 { return }
    }
    let heads = w.heads.use(rowCount)
    gather(a, index: index, query, into: heads.values)
    visit(.headOutputs(layer: a.layer), heads.values, columns: queryWidth)
    let out = w.attentionOut.ensure(rowCount * hiddenSize)
    multiply(heads, by: products.attentionOutput, into: [out])
    leave(
      Tail(
        values: out, bias: a.output.bias.map { weights.vector($0) }, norm: a.postNorm,
        multiplier: a.residualMultiplier, tap: .attentionOutput(layer: a.layer)))
  }

  private func setPagePointers(layer: Int) {
    let place = engine.pagePool.layout.layers[layer]
    w.keyPointers.removeAll(keepingCapacity: true)
    w.valuePointers.removeAll(keepingCapacity: true)
    for base in w.pageBases {
      w.keyPointers.append(UnsafeRawPointer(base + place.keyOffset))
      w.valuePointers.append(UnsafeRawPointer(base + place.valueOffset))
    }
  }

  /// Biases, head norms and rotation of q and k; keys and values into the pages.
  private func store(
    _ a: AttentionStep, index: Int, _ query: UnsafeMutablePointer<Float>, _ key: UnsafeMutablePointer<Float>,
    _ value: UnsafeMutablePointer<Float>
  ) {
    let queryWidth = a.query.outputs
    let keyWidth = a.key.outputs
    let d = a.headDimension
    let queryBias = a.query.bias.map { weights.vector($0) }
    let keyBias = a.key.bias.map { weights.vector($0) }
    let valueBias = a.value.bias.map { weights.vector($0) }
    let table = w.rotaryOfLayer[index] < 0 ? nil : w.rotary[w.rotaryOfLayer[index]]
    let place = engine.pagePool.layout.layers[index]
    engine.pool.parallelFor(rowCount, grain: max(4, rowGrain)) { range in
      for r in range {
        let row = w.rows[r]
        let q = query + r * queryWidth
        let k = key + r * keyWidth
        let v = value + r * keyWidth
        if let queryBias { kernels.pointee.add(q, q, queryBias, queryWidth) }
        if let keyBias { kernels.pointee.add(k, k, keyBias, keyWidth) }
        if let valueBias { kernels.pointee.add(v, v, valueBias, keyWidth) }
        if let norm = a.queryNorm {
          for h in 0..<a.heads { normalise(norm, q + h * d, q + h * d, d) }
        }
        if let norm = a.keyNorm {
          for h in 0..<a.keyValueHeads { normalise(norm, k + h * d, k + h * d, d) }
        }
        if let table {
          let cosines = table.cosines(row.position)
          let sines = table.sines(row.position)
          kernels.pointee.rope(q, cosines, sines, a.heads, d, table.pairs)
          kernels.pointee.rope(k, cosines, sines, a.keyValueHeads, d, table.pairs)
        }
        let base = w.pageBases[w.firstPage[row.slice] + row.position / PageLayout.tokens]
        w.attention[index].store(
          key: k, value: v, slot: row.position % PageLayout.tokens, keys: base + place.keyOffset,
          values: base + place.valueOffset)
      }
    }
  }

  /// Attention of all rows over their pages: `[rows, heads × headDimension]`.
  private func gather(
    _ a: AttentionStep, index: Int, _ query: UnsafePointer<Float>, into output: UnsafeMutablePointer<Float>
  ) {
    w.keyPointers.withUnsafeBufferPointer { keys in
      w.valuePointers.withUnsafeBufferPointer { values in
        w.sequences.removeAll(keepingCapacity: true)
        for (s, rows) in w.spans.enumerated() where rows.count > 0 {
          w.sequences.append(
            .init(
              firstRow: rows.first, count: rows.count, position: rows.position,
              keys: keys.baseAddress! + w.firstPage[s], values: values.baseAddress! + w.firstPage[s]))
        }
        w.attention[index].attend(
          queries: query, queryStride: a.query.outputs, output: output, outputStride: a.query.outputs,
          sequences: w.sequences, pool: engine.pool)
      }
    }
  }
}
