/// A matrix of 32-bit floats on a ``Tape``: plain data, valid until the tape is reset.
public struct Tensor: Sendable, Equatable {
  /// Index of the tape's node; views of one memory share it.
  public let slot: Int
  public let rows: Int
  public let columns: Int

  public var count: Int { rows * columns }

  /// The same memory as rows of another width.
  public func reshaped(columns width: Int) -> Tensor {
    precondition(count % width == 0, "a view must cover the same values")
    return Tensor(slot: slot, rows: count / width, columns: width)
  }
}
