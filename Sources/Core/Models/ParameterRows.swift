/// The values of one parameter, read from where they lie in a file.
///
/// Rows are in the plan's order and orientation whatever the file does. A vector is one row. Valid as long as the
/// ``TensorSource`` it came from lives (it keeps that alive).
public struct ParameterRows: Sendable {
  public let rows: Int
  public let columns: Int
  /// How the file stores the values.
  public let type: TensorType
  private let tensor: TensorView
  private let location: ParameterLocation
  private let isVector: Bool
  private let owner: any TensorSource

  /// - Throws: ``FormatError`` where the tensor's shape is not the one the location asks for.
  init(
    _ specification: ParameterSpecification, location: ParameterLocation, tensor: TensorView, owner: any TensorSource
  )
    throws
  {
    let expected = location.sourceShape(of: specification.shape)
    guard tensor.shape == expected else {
      throw FormatError(
        file: owner.path, place: "tensor \(tensor.name)", found: "shape \(tensor.shape)", expected: "\(expected)")
    }
    isVector = specification.shape.count < 2
    rows = isVector ? 1 : specification.shape[0]
    columns = specification.shape.last ?? 1
    type = tensor.type
    self.tensor = tensor
    self.location = location
    self.owner = owner
  }

  /// The stored bytes of a row (`type.byteCount(of: columns)` of them); nil where the values must be converted: then
  /// use ``read(row:into:)``.
  @inline(__always)
  public func rawRow(_ row: Int) -> UnsafeRawPointer? {
    guard !isVector, !location.transposed, location.addend == 0 else { return nil }
    return sourceRow(location.sourceOutput(row))
  }

  @inline(__always)
  private func sourceRow(_ row: Int) -> UnsafeRawPointer {
    let rowBytes = tensor.columns / type.blockSize * type.blockBytes
    // The tensor's bytes were checked to hold all its rows, and `init` checked its shape.
    return tensor.bytes.baseAddress! + row * rowBytes
  }

  /// Writes `columns` values as float32.
  public func read(row: Int, into output: UnsafeMutablePointer<Float>) {
    read(row..<(row + 1), into: output)
  }

  /// Writes the values of several rows as float32, row after row.
  public func read(_ range: Range<Int>, into output: UnsafeMutablePointer<Float>) {
    precondition(range.lowerBound >= 0 && range.upperBound <= rows)
    if isVector {
      readVector(into: output)
    } else if location.transposed {
      readTransposed(range, into: output)
    } else {
      for row in range {
        let target = output + (row - range.lowerBound) * columns
        dequantize(type: type, from: sourceRow(location.sourceOutput(row)), count: columns, into: target)
      }
    }
    if location.addend != 0 {
      for index in 0..<(range.count * columns) { output[index] -= location.addend }
    }
  }

  /// All values, row after row.
  public func values() -> [Float] {
    [Float](unsafeUninitializedCapacity: rows * columns) { buffer, count in
      if let base = buffer.baseAddress { read(0..<rows, into: base) }
      count = rows * columns
    }
  }

  private func readVector(into output: UnsafeMutablePointer<Float>) {
    if location.fusedOutputs == nil, location.interleavedHead == nil {
      dequantize(type: type, from: sourceRow(0), count: columns, into: output)
      return
    }
    withUnsafeTemporaryAllocation(of: Float.self, capacity: tensor.columns) { whole in
      guard let base = whole.baseAddress else { return }
      dequantize(type: type, from: sourceRow(0), count: tensor.columns, into: base)
      for index in 0..<columns { output[index] = base[location.sourceOutput(index)] }
    }
  }

  /// The file has inputs as rows. The wanted outputs of a few of its rows at a time are unpacked and written as columns.
  private func readTransposed(_ range: Range<Int>, into output: UnsafeMutablePointer<Float>) {
    // Types without blocks and outputs in order: nothing but what is wanted need be unpacked.
    let isPlain = type.blockSize == 1 && location.interleavedHead == nil
    let from = isPlain ? location.firstOutput + range.lowerBound : 0
    let width = isPlain ? range.count : tensor.columns
    let block = 16
    withUnsafeTemporaryAllocation(of: Float.self, capacity: max(1, width * block)) { unpacked in
      guard let base = unpacked.baseAddress else { return }
      for first in stride(from: 0, to: columns, by: block) {
        let height = min(block, columns - first)
        for i in 0..<height {
          let source = sourceRow(first + i) + (isPlain ? from * type.blockBytes : 0)
          dequantize(type: type, from: source, count: width, into: base + i * width)
        }
        for row in range {
          let source = base + (location.sourceOutput(row) - from)
          let target = output + (row - range.lowerBound) * columns + first
          for i in 0..<height { target[i] = source[i * width] }
        }
      }
    }
  }
}
