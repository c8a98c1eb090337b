/// Where a file format keeps one parameter of a plan, and what must be done to its values on the way.
///
/// A matrix of the plan is `[outputs, inputs]`. A file may hold it as it is, transposed, as a slice of a fused matrix,
/// or with its rows in another order.
public struct ParameterLocation: Sendable, Equatable {
  /// The tensor's name in the file.
  public var name: String
  /// The tensor is `[inputs, outputs]` (GPT-2's Conv1D).
  public var transposed = false
  /// The parameter's first output within a fused tensor.
  public var firstOutput = 0
  /// Outputs of the whole tensor where it is fused from several parameters; nil: it holds this one alone.
  public var fusedOutputs: Int?
  /// Size of the heads within which the file pairs output 2i with 2i + 1 for rotary embedding, where the plan pairs
  /// i with i + size/2 (GGUF's `llama`).
  public var interleavedHead: Int?
  /// The file's values are the plan's plus this (GGUF's Gemma norms: 1).
  public var addend: Float = 0

  public init(_ name: String) { self.name = name }

  /// Shape of the file's tensor for a parameter of this shape.
  public func sourceShape(of shape: [Int]) -> [Int] {
    guard let outputs = shape.first else { return shape }
    let all = fusedOutputs ?? outputs
    guard shape.count == 2 else { return [all] }
    return transposed ? [shape[1], all] : [all, shape[1]]
  }

  /// The file's output (row, or element of a vector) that holds output `index` of the parameter.
  @inline(__always)
  func sourceOutput(_ index: Int) -> Int {
    guard let head = interleavedHead else { return firstOutput + index }
    let within = index % head
    let half = head / 2
    return firstOutput + index - within + (within < half ? 2 * within : 2 * (within - half) + 1)
  }
}
