/// Logits of one step: a row of `columns` values for each position asked for, slices in order. Owned by the caller and
/// filled again by the next step it is given to.
public final class Logits: @unchecked Sendable {
  public private(set) var rows = 0
  public private(set) var columns = 0
  private var storage = UnsafeMutableBufferPointer<Float>(start: nil, count: 0)

  public init() {}

  deinit { storage.deallocate() }

  /// One row; valid until the next step fills this value again, or the value goes.
  public subscript(row: Int) -> UnsafeBufferPointer<Float> {
    precondition(row >= 0 && row < rows)
    return UnsafeBufferPointer(start: storage.baseAddress! + row * columns, count: columns)
  }

  /// A row as an array.
  public func array(_ row: Int) -> [Float] { Array(self[row]) }

  /// Makes room for a step's logits; what was inside is lost.
  func resize(rows: Int, columns: Int) -> UnsafeMutablePointer<Float> {
    self.rows = rows
    self.columns = columns
    if storage.count < max(1, rows * columns) {
      storage.deallocate()
      let raw = UnsafeMutableRawBufferPointer.allocate(
        byteCount: max(1, rows * columns) * MemoryLayout<Float>.stride, alignment: 64)
      storage = raw.bindMemory(to: Float.self)
    }
    return storage.baseAddress!
  }
}
