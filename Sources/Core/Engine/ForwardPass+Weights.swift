import CKernels

extension ForwardPass {
  /// Computes the attention weights, which the kernels never store, from the cached keys, and shows them to a probe.
  /// Slow and separate: only X-ray views ask for them.
  func showWeights(_ a: AttentionStep, index: Int, query: UnsafePointer<Float>, to probe: any Probe) throws {
    let d = a.headDimension
    let group = a.heads / a.keyValueHeads
    for (s, slice) in slices.enumerated() {
      let held = slice.pages.count
      let columns = held + slice.tokens.count
      let keys = try unpackKeys(a, count: columns, firstPage: w.firstPage[s], type: engine.cache)
      var rows = [Float](repeating: 0, count: slice.tokens.count * a.heads * columns)
      rows.withUnsafeMutableBufferPointer { out in
        for t in 0..<slice.tokens.count {
          let position = held + t
          let first = a.window.map { max(0, position - $0 + 1) } ?? 0
          for h in 0..<a.heads {
            let q = query + (w.firstRow[s] + t) * a.query.outputs + h * d
            let row = out.baseAddress! + (t * a.heads + h) * columns
            for c in first...position {
              let k = keys.pointer + ((h / group) * columns + c) * d
              row[c] = kernels.pointee.dot(q, k, d) * a.scale
            }
            if let cap = a.softcap { kernels.pointee.softcap(row + first, row + first, cap, position + 1 - first) }
            _ = kernels.pointee.softmax(row + first, 1, position + 1 - first)
          }
        }
        probe.visit(
          .attentionWeights(layer: a.layer),
          TapView(
            sequence: s, firstPosition: held, rows: slice.tokens.count * a.heads, columns: columns,
            values: out.baseAddress!))
      }
    }
  }

  /// Keys of all heads as `[head][position][dimension]` float32.
  private func unpackKeys(_ a: AttentionStep, count: Int, firstPage: Int, type: CacheType) throws
    -> AlignedBuffer<Float>
  {
    let d = a.headDimension
    let keys = try AlignedBuffer<Float>(trying: max(1, a.keyValueHeads * count * d))
    let block = PageLayout.tokens * d
    let unpacked = AlignedBuffer<Float>(count: block)
    for head in 0..<a.keyValueHeads {
      for page in 0..<(count + PageLayout.tokens - 1) / PageLayout.tokens {
        guard let base = w.keyPointers[firstPage + page] else { continue }
        if type == .f16 {
          let source = base.assumingMemoryBound(to: UInt16.self) + head * block
          kernels.pointee.f32_from_f16(unpacked.pointer, source, block)
        } else {
          unpacked.pointer.update(from: base.assumingMemoryBound(to: Float.self) + head * block, count: block)
        }
        for slot in 0..<min(PageLayout.tokens, count - page * PageLayout.tokens) {
          // Two panels of 16 tokens, dimension-major.
          let source = unpacked.pointer + slot / 16 * 16 * d + slot % 16
          let target = keys.pointer + (head * count + page * PageLayout.tokens + slot) * d
          for j in 0..<d { target[j] = source[j * 16] }
        }
      }
    }
    return keys
  }
}
