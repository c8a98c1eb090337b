import CKernels
import Core

/// One recorded operation with what its backward pass needs. Plain data: recording allocates nothing.
enum Operation {
  /// out = table[ids] · scale
  case embedding(out: Int, table: ParameterID, scale: Float, columns: Int)
  /// out = x + table[positions]
  case positions(out: Int, x: Int, table: ParameterID, columns: Int)
  case norm(out: Tensor, x: Int, step: NormStep, statistics: UnsafeMutablePointer<Float>)
  case linear(out: Int, x: Int, rows: Int, step: LinearStep)
  /// In place: the same slot before and after.
  case rotary(x: Tensor, table: Int, headDimension: Int)
  case attention(
    out: Int, query: Int, key: Int, value: Int, step: AttentionStep, logSumExp: UnsafeMutablePointer<Float>)
  /// out = act(gate) · up, or act(gate) where up < 0
  case activation(out: Int, gate: Int, up: Int, kind: gbx_activation, count: Int)
  /// out = x + scale · z
  case add(out: Int, x: Int, z: Int, scale: Float, count: Int)
}

extension gbx_activation {
  init(_ activation: Activation) {
    switch activation {
    case .silu: self = GBX_SILU
    case .gelu: self = GBX_GELU
    case .geluTanh: self = GBX_GELU_TANH
    case .relu: self = GBX_RELU
    }
  }
}
