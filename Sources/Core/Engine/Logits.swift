/// Logits of one step: a row of `columns` values for each position asked for, slices in order. Owned by the caller and
/// filled again by the next step it is given to.
public final class Logits: @unchecked Sendable {
  public private(set) var rows = 0
  public private(set) var columns = 0
  private var storage: AlignedBuffer<Float>?

  public init() {}

  /// One row; valid until the next step fills this value again, or the value goes.
  public subscript(row: Int) -> UnsafeBufferPointer<Float> {
    precondition(row >= 0 && row < rows)
    return UnsafeBufferPointer(start: storage.unsafelyUnwrapped.pointer + row * columns, count: columns)
  }

  /// A row as an array.
  public func array(_ row: Int) -> [Float] { Array(self[row]) }

  /// Makes room for a step's logits; what was inside is lost.
  /// - Throws: ``OutOfMemory``; there are then no rows.
  func resize(rows: Int, columns: Int) throws -> UnsafeMutablePointer<Float> {
    self.rows = 0
    let (count, isTooLarge) = rows.multipliedReportingOverflow(by: columns)
    guard !isTooLarge else { throw OutOfMemory(bytes: .max, purpose: "logits") }
    if (storage?.count ?? 0) < max(1, count) {
      storage = nil
      do {
        storage = try AlignedBuffer(trying: max(1, count))
      } catch let error as OutOfMemory {
        throw error.needed(for: "the logits of \(rows) tokens")
      }
    }
    self.rows = rows
    self.columns = columns
    return storage.unsafelyUnwrapped.pointer
  }
}
