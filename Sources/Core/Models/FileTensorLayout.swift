/// The tensors of a file that is to hold a plan's parameters: fused, transposed or reordered as its format wants them.
struct FileTensorLayout {
  struct FileTensor {
    var name: String
    var shape: [Int]
    var role: ParameterSpecification.Role
    var parts: [(parameter: ParameterID, specification: ParameterSpecification, location: ParameterLocation)]

    var columns: Int { shape.last ?? 1 }
    var rows: Int { shape.dropLast().reduce(1, *) }
  }

  /// Values of some rows of a parameter, written to the pointer.
  typealias Reader = (ParameterID, Range<Int>, UnsafeMutablePointer<Float>) -> Void

  /// In the order in which the plan uses them.
  let tensors: [FileTensor]

  init(plan: BlockPlan, architecture: any Architecture, format: ModelFormat) {
    var tensors: [FileTensor] = []
    var index: [String: Int] = [:]
    for (id, specification) in plan.parameters.enumerated() {
      let location = architecture.location(of: specification, in: format, configuration: plan.configuration)
      if let position = index[location.name] {
        tensors[position].parts.append((id, specification, location))
      } else {
        index[location.name] = tensors.count
        tensors.append(
          FileTensor(
            name: location.name, shape: location.sourceShape(of: specification.shape), role: specification.role,
            parts: [(id, specification, location)]))
      }
    }
    self.tensors = tensors
  }

  /// Hands out a tensor's values row after row in pieces of whole rows, in the file's order.
  static func forEachPiece(
    of tensor: FileTensor, read: Reader, _ body: (UnsafeMutableBufferPointer<Float>) throws -> Void
  ) rethrows {
    let plain =
      tensor.parts.count == 1 && !tensor.parts[0].location.transposed
      && tensor.parts[0].location.interleavedHead == nil && tensor.parts[0].specification.shape.count == 2
    // One parameter as it is goes through in pieces; all else is put together whole.
    let height = plain ? max(1, min(tensor.rows, (1 << 20) / max(1, tensor.columns))) : tensor.rows
    let buffer = UnsafeMutableBufferPointer<Float>.allocate(capacity: max(1, height * tensor.columns))
    defer { buffer.deallocate() }
    guard let base = buffer.baseAddress else { return }
    for first in stride(from: 0, to: tensor.rows, by: height) {
      let rows = first..<min(tensor.rows, first + height)
      let count = rows.count * tensor.columns
      if plain {
        read(tensor.parts[0].parameter, rows, base)
      } else {
        for part in tensor.parts { place(part, of: tensor, into: base, read: read) }
      }
      let addend = tensor.parts[0].location.addend
      if addend != 0 { for i in 0..<count { base[i] += addend } }
      try body(UnsafeMutableBufferPointer(start: base, count: count))
    }
  }

  private static func place(
    _ part: (parameter: ParameterID, specification: ParameterSpecification, location: ParameterLocation),
    of tensor: FileTensor, into output: UnsafeMutablePointer<Float>, read: Reader
  ) {
    let shape = part.specification.shape
    let isVector = shape.count < 2
    let outputs = shape.first ?? 1
    let inputs = isVector ? 1 : shape[1]
    let values = UnsafeMutablePointer<Float>.allocate(capacity: max(1, outputs * inputs))
    defer { values.deallocate() }
    read(part.parameter, 0..<(isVector ? 1 : outputs), values)
    for row in 0..<outputs {
      let target = part.location.sourceOutput(row)
      if part.location.transposed {
        for column in 0..<inputs { output[column * tensor.columns + target] = values[row * inputs + column] }
      } else {
        (output + target * inputs).update(from: values + row * inputs, count: inputs)
      }
    }
  }
}
