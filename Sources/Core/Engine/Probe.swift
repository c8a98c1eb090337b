/// A place in the forward pass where values can be read and patched.
public enum Tap: Hashable, Sendable {
  /// After token (and position) embeddings, `[tokens, hidden]`.
  case embeddings
  /// Attention weights, `[tokens × heads, context]`: row `token · heads + head`, zero where a token does not look.
  /// To read only; patch ``headOutputs(layer:)`` instead.
  case attentionWeights(layer: Int)
  /// What each head gathered, before the output projection, `[tokens, heads × headDimension]`.
  case headOutputs(layer: Int)
  /// What attention adds to the residual, `[tokens, hidden]`.
  case attentionOutput(layer: Int)
  /// What the MLP adds to the residual, `[tokens, hidden]`.
  case mlpOutput(layer: Int)
  /// The residual after a block, `[tokens, hidden]`.
  case residual(layer: Int)
  /// `[rows asked for, vocabulary]`.
  case logits
}

/// Values at a tap, of one sequence of the batch. The pointer is valid during the call only.
public struct TapView {
  /// Index of the slice in the step.
  public let sequence: Int
  /// Position in the sequence of the first row's token.
  public let firstPosition: Int
  public let rows: Int
  public let columns: Int
  /// Row after row, `columns` values each.
  public let values: UnsafeMutablePointer<Float>

  public subscript(row: Int) -> UnsafeMutableBufferPointer<Float> {
    UnsafeMutableBufferPointer(start: values + row * columns, count: columns)
  }
}

/// A client of the forward pass: sees the values of the taps it wants and may change them. Called on the thread that
/// called ``Engine/step(_:probe:isCancelled:)``.
public protocol Probe: AnyObject {
  func wants(_ tap: Tap) -> Bool
  func visit(_ tap: Tap, _ view: TapView)
}
