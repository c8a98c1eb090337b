/// One tensor as a file holds it: a name, a type, a shape, and bytes that stay valid as long as their source lives.
public struct TensorView: @unchecked Sendable {
  public let name: String
  public let type: TensorType
  /// Outermost dimension first, as PyTorch and safetensors write it (GGUF's order is reversed on reading).
  public let shape: [Int]
  /// Read-only; already checked to be exactly as long as shape and type ask.
  public let bytes: UnsafeRawBufferPointer

  public init(name: String, type: TensorType, shape: [Int], bytes: UnsafeRawBufferPointer) {
    self.name = name
    self.type = type
    self.shape = shape
    self.bytes = bytes
  }

  /// Number of values.
  public var count: Int { shape.reduce(1, *) }
  /// Values in one row: the innermost dimension (1 for a scalar).
  public var columns: Int { shape.last ?? 1 }
  /// Rows: all dimensions but the innermost.
  public var rows: Int { shape.dropLast().reduce(1, *) }
}

/// A model file, or a folder of them, seen as named tensors. Keeps its mapping alive; safe to share between threads.
public protocol TensorSource: AnyObject, Sendable {
  /// In the order of the file.
  var tensors: [TensorView] { get }
  /// By exact name.
  func tensor(named name: String) -> TensorView?
  /// Where it came from, for messages.
  var path: String { get }
  /// - Throws: ``FormatError`` where a file became shorter since it was opened.
  func checkUnchanged() throws
  /// - Throws: ``FormatError`` where something was read that is no longer in its file; quick where nothing was.
  func checkRead() throws
}
