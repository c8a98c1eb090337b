import CKernels
import Core

/// Parameters of a plan in one contiguous slab, with slabs of the same layout for gradients and the optimizer's
/// moments, so that clipping, updates and checkpoints are single loops.
///
/// Order: trainable parameters that weight decay reaches, trainable ones that it spares, frozen ones (which have values
/// only). Each begins at a multiple of 16 floats; the gaps stay zero.
public final class ParameterSlab: @unchecked Sendable {
  public let specifications: [ParameterSpecification]
  /// Where each parameter begins.
  public let offsets: [Int]
  public let isTrainable: [Bool]
  /// Trainable floats, gaps included, and how many of them come first and are decayed.
  public let trainableCount: Int
  public let decayedCount: Int

  public let values: AlignedBuffer<Float>
  let gradients: AlignedBuffer<Float>
  let firstMoments: AlignedBuffer<Float>
  let secondMoments: AlignedBuffer<Float>

  /// Whether a gradient was written since the last update: the first product sets, later ones add.
  private var written: [Bool]
  /// Rows of sparse gradients that are not zero now.
  private var touchedRows: [(parameter: ParameterID, row: Int32)] = []

  /// - Parameters:
  ///   - isTrainable: nil trains everything.
  ///   - decayAll: also decay norms, biases and embeddings.
  public init(
    _ specifications: [ParameterSpecification], isTrainable: ((ParameterID) -> Bool)? = nil, decayAll: Bool = false
  ) {
    self.specifications = specifications
    let trainable = specifications.indices.map { isTrainable?($0) ?? true }
    let decayed = specifications.indices.map { decayAll || specifications[$0].role == .matrix }
    var offsets = Array(repeating: 0, count: specifications.count)
    var end = 0
    func place(_ wanted: (ParameterID) -> Bool) {
      for id in specifications.indices where wanted(id) {
        offsets[id] = end
        end += (specifications[id].count + 15) & ~15
      }
    }
    place { trainable[$0] && decayed[$0] }
    decayedCount = end
    place { trainable[$0] && !decayed[$0] }
    trainableCount = end
    place { !trainable[$0] }
    self.offsets = offsets
    self.isTrainable = trainable
    values = AlignedBuffer(count: max(16, end))
    gradients = AlignedBuffer(count: max(16, trainableCount))
    firstMoments = AlignedBuffer(count: max(16, trainableCount))
    secondMoments = AlignedBuffer(count: max(16, trainableCount))
    written = Array(repeating: false, count: specifications.count)
  }

  public var parameterCount: Int { specifications.reduce(0) { $0 + $1.count } }
  public var trainableParameterCount: Int {
    specifications.indices.reduce(0) { $0 + (isTrainable[$1] ? specifications[$1].count : 0) }
  }

  /// A parameter's values, row-major.
  public func value(_ id: ParameterID) -> UnsafeMutableBufferPointer<Float> {
    UnsafeMutableBufferPointer(start: values.pointer + offsets[id], count: specifications[id].count)
  }

  /// A trainable parameter's gradient as of the last backward pass; nil for a frozen one.
  public func gradient(_ id: ParameterID) -> UnsafeBufferPointer<Float>? {
    isTrainable[id]
      ? UnsafeBufferPointer(start: gradients.pointer + offsets[id], count: specifications[id].count) : nil
  }

  // MARK: Writing gradients

  /// Where a dense gradient goes, and whether to add to it; nil for a frozen parameter.
  func denseGradient(_ id: ParameterID) -> (pointer: UnsafeMutablePointer<Float>, accumulate: Bool)? {
    guard isTrainable[id] else { return nil }
    let accumulate = written[id]
    written[id] = true
    return (gradients.pointer + offsets[id], accumulate)
  }

  /// Where rows of a gradient are added; the others are zero already, or were written densely before.
  func sparseGradient(_ id: ParameterID, rows: UnsafeBufferPointer<Int32>) -> UnsafeMutablePointer<Float>? {
    guard isTrainable[id] else { return nil }
    if !written[id] { for row in rows { touchedRows.append((id, row)) } }
    return gradients.pointer + offsets[id]
  }

  /// Makes every gradient ready for the next step: dense ones will be set by their first product, sparse rows and what
  /// no product writes are zeros.
  public func clearGradients() {
    for (id, row) in touchedRows {
      let width = specifications[id].shape.last ?? 1
      (gradients.pointer + offsets[id] + Int(row) * width).update(repeating: 0, count: width)
    }
    touchedRows.removeAll(keepingCapacity: true)
    for id in written.indices { written[id] = false }
  }
}
