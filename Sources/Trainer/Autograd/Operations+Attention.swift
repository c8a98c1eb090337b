import CKernels
import Core

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// cos and ±sin of every position's angles, grown as longer sequences come.
struct RotaryTable {
  let step: RotaryStep
  var positions = 0
  /// `[positions, pairs]` each: cosine, sine, −sine.
  var cosine: [Float] = []
  var sine: [Float] = []
  var negativeSine: [Float] = []

  init(_ step: RotaryStep) { self.step = step }

  mutating func grow(to count: Int) {
    for position in positions..<max(positions, count) {
      for frequency in step.inverseFrequencies {
        // The angle is rounded to 32 bits as PyTorch does.
        let angle = Double(Float(position) * frequency)
        cosine.append(Float(cos(angle)) * step.attentionFactor)
        sine.append(Float(sin(angle)) * step.attentionFactor)
        negativeSine.append(-Float(sin(angle)) * step.attentionFactor)
      }
    }
    positions = max(positions, count)
  }
}

extension Tape {
  /// Rotates each head of x in place by its row's position. x must be a product's or a norm's own output.
  public func rotary(_ x: Tensor, _ step: RotaryStep, headDimension: Int) {
    let longest = batch.longestSequence
    var index = rotaryTables.firstIndex { $0.step == step } ?? -1
    if index < 0 {
      rotaryTables.append(RotaryTable(step))
      index = rotaryTables.count - 1
    }
    rotaryTables[index].grow(to: longest)
    rotate(nodes[x.slot].data, x, table: index, headDimension: headDimension, backward: false)
    record(.rotary(x: x, table: index, headDimension: headDimension))
  }

  /// The transpose of a rotation is the rotation back.
  func rotate(
    _ data: UnsafeMutablePointer<Float>, _ x: Tensor, table: Int, headDimension: Int, backward: Bool
  ) {
    let rope = kernels.pointee.rope
    let tokens = batch.ids.count
    let width = x.count / max(1, tokens)
    let pairs = rotaryTables[table].step.inverseFrequencies.count
    rotaryTables[table].cosine.withUnsafeBufferPointer { cosine in
      let sines = backward ? rotaryTables[table].negativeSine : rotaryTables[table].sine
      sines.withUnsafeBufferPointer { sine in
        positions.withUnsafeBufferPointer { positions in
          guard let c = cosine.baseAddress, let s = sine.baseAddress else { return }
          pool.parallelFor(tokens, grain: max(1, 16384 / max(1, width))) { range in
            for row in range {
              let at = Int(positions[row]) * pairs
              rope?(data + row * width, c + at, s + at, width / headDimension, headDimension, pairs)
            }
          }
        }
      }
    }
  }

  /// Causal attention within each sequence: q `[tokens, heads·d]`, k and v `[tokens, kvHeads·d]`.
  public func attention(_ q: Tensor, _ k: Tensor, _ v: Tensor, _ step: AttentionStep) -> Tensor {
    let out = newTensor(rows: batch.ids.count, columns: step.heads * step.headDimension)
    let logSumExp = arena.allocate(step.heads * batch.ids.count)
    let run = train.pointee.attention_forward
    forEachHead(step, backward: false) { sequence, head, scratch in
      var a = self.task(
        step, sequence: sequence, head: head, query: nodes[q.slot].data, key: nodes[k.slot].data,
        value: nodes[v.slot].data, output: nodes[out.slot].data, logSumExp: logSumExp)
      run?(&a, scratch)
    }
    record(
      .attention(out: out.slot, query: q.slot, key: k.slot, value: v.slot, step: step, logSumExp: logSumExp))
    return out
  }

  func attentionBackward(
    _ dy: UnsafePointer<Float>, out: Int, query: Int, key: Int, value: Int, step: AttentionStep,
    logSumExp: UnsafeMutablePointer<Float>
  ) {
    let (dq, addQ) = writeGradient(query), (dk, addK) = writeGradient(key), (dv, addV) = writeGradient(value)
    precondition(!addQ && !addK && !addV, "q, k and v have no other reader")
    let run = train.pointee.attention_backward
    forEachHead(step, backward: true) { sequence, head, scratch in
      var a = self.task(
        step, sequence: sequence, head: head, query: nodes[query].data, key: nodes[key].data,
        value: nodes[value].data, output: nodes[out].data, logSumExp: logSumExp)
      let atQuery = a.query - UnsafePointer(nodes[query].data), atKey = a.key - UnsafePointer(nodes[key].data)
      a.d_output = dy + atQuery
      a.d_query = dq + atQuery
      a.d_key = dk + atKey
      a.d_value = dv + atKey
      run?(&a, scratch)
    }
  }

  private func task(
    _ step: AttentionStep, sequence: Int, head: Int, query: UnsafeMutablePointer<Float>,
    key: UnsafeMutablePointer<Float>, value: UnsafeMutablePointer<Float>, output: UnsafeMutablePointer<Float>,
    logSumExp: UnsafeMutablePointer<Float>
  ) -> gbx_train_attention {
    let d = step.headDimension
    let group = step.heads / step.keyValueHeads
    let first = batch.starts[sequence]
    let atQuery = first * step.heads * d + head * group * d
    let atKey = first * step.keyValueHeads * d + head * d
    var a = gbx_train_attention()
    a.tokens = batch.starts[sequence + 1] - first
    a.head_dimension = d
    a.group = group
    a.query_row = step.heads * d
    a.key_row = step.keyValueHeads * d
    a.scale = step.scale
    a.softcap = step.softcap ?? 0
    a.window = step.window ?? 0
    a.query = UnsafePointer(query + atQuery)
    a.key = UnsafePointer(key + atKey)
    a.value = UnsafePointer(value + atKey)
    a.output = output + atQuery
    a.lse_row = batch.ids.count
    a.lse = logSumExp + head * group * batch.ids.count + first
    return a
  }

  /// Sequence by key/value head: each is one task with scratch of its own.
  private func forEachHead(
    _ step: AttentionStep, backward: Bool, _ body: (Int, Int, UnsafeMutablePointer<Float>) -> Void
  ) {
    let heads = step.keyValueHeads
    scratch.reserve(train.pointee.attention_scratch?(batch.longestSequence, step.headDimension, backward) ?? 0)
    let scratch = scratch
    pool.parallelFor(batch.sequenceCount * heads, grain: 1) { range in
      scratch.withSlot { memory in
        for task in range { body(task / heads, task % heads, memory) }
      }
    }
  }
}
