import CKernels
import Core

/// An update rule over a whole slab, in one flat loop.
public protocol Optimizer: Sendable {
  /// Moves the parameters by their gradients.
  /// - Parameters:
  ///   - rate: the learning rate of this step.
  ///   - gradientScale: multiplied into every gradient first (clipping).
  ///   - step: counted from 1.
  func update(_ slab: ParameterSlab, rate: Double, gradientScale: Float, step: Int, pool: ThreadPool)
}

/// Adam with decoupled weight decay (Loshchilov & Hutter 2019), as PyTorch computes it.
public struct AdamW: Optimizer {
  public var beta1 = 0.9
  public var beta2 = 0.999
  public var epsilon = 1e-8
  public var weightDecay = 0.01

  public init(beta1: Double = 0.9, beta2: Double = 0.999, epsilon: Double = 1e-8, weightDecay: Double = 0.01) {
    self.beta1 = beta1
    self.beta2 = beta2
    self.epsilon = epsilon
    self.weightDecay = weightDecay
  }

  public func update(_ slab: ParameterSlab, rate: Double, gradientScale: Float, step: Int, pool: ThreadPool) {
    var settings = gbx_adamw()
    settings.rate = Float(rate)
    settings.beta1 = Float(beta1)
    settings.beta2 = Float(beta2)
    settings.epsilon = Float(epsilon)
    settings.correction1 = Float(1 - power(beta1, step))
    settings.correction2 = Float(1 - power(beta2, step))
    settings.gradient_scale = gradientScale
    let update = trainKernels.pointee.adamw
    let (p, m, v, g) = (
      slab.values.pointer, slab.firstMoments.pointer, slab.secondMoments.pointer, slab.gradients.pointer
    )
    slab.forEachPart(decay: Float(weightDecay), pool: pool) { from, count, decay in
      var settings = settings
      settings.decay = decay
      update?(p + from, m + from, v + from, g + from, &settings, count)
    }
  }
}

/// Gradient descent with momentum and decoupled weight decay.
public struct SGD: Optimizer {
  public var momentum = 0.9
  public var weightDecay = 0.0

  public init(momentum: Double = 0.9, weightDecay: Double = 0) {
    self.momentum = momentum
    self.weightDecay = weightDecay
  }

  public func update(_ slab: ParameterSlab, rate: Double, gradientScale: Float, step: Int, pool: ThreadPool) {
    var settings = gbx_adamw()
    settings.rate = Float(rate)
    settings.beta1 = Float(momentum)
    settings.gradient_scale = gradientScale
    let update = trainKernels.pointee.sgd
    let (p, m, g) = (slab.values.pointer, slab.firstMoments.pointer, slab.gradients.pointer)
    slab.forEachPart(decay: Float(weightDecay), pool: pool) { from, count, decay in
      var settings = settings
      settings.decay = decay
      update?(p + from, m + from, g + from, &settings, count)
    }
  }
}

extension ParameterSlab {
  /// Euclidean norm of all gradients: squares summed within parts of fixed size, then over the parts in order.
  public func gradientNorm(pool: ThreadPool) -> Double {
    let part = 1 << 14
    let parts = (trainableCount + part - 1) / part
    let squares = trainKernels.pointee.sum_of_squares
    let g = gradients.pointer
    let total = trainableCount
    return withUnsafeTemporaryAllocation(of: Double.self, capacity: max(1, parts)) { sums in
      pool.parallelFor(parts, grain: 2) { range in
        for i in range { sums[i] = squares?(g + i * part, min(part, total - i * part)) ?? 0 }
      }
      var sum = 0.0
      for i in 0..<parts { sum += sums[i] }
      return sum.squareRoot()
    }
  }

  /// Cuts the slab into parts of one decay each.
  fileprivate func forEachPart(
    decay: Float, pool: ThreadPool, _ body: (_ from: Int, _ count: Int, _ decay: Float) -> Void
  ) {
    let part = 1 << 14
    for (first, end, decay) in [(0, decayedCount, decay), (decayedCount, trainableCount, 0)] {
      pool.parallelFor((end - first + part - 1) / part, grain: 1) { range in
        let from = first + range.lowerBound * part
        body(from, min(end, first + range.upperBound * part) - from, decay)
      }
    }
  }
}

/// The training loops of the instruction set that ``Core/Kernels/current`` names.
/// Constant tables of functions, written by nobody.
nonisolated(unsafe) let trainKernels: UnsafePointer<gbx_train_kernels> = gbx_train_kernels_for(Kernels.current.isa)

private func power(_ base: Double, _ exponent: Int) -> Double {
  var result = 1.0, square = base, n = exponent
  while n > 0 {
    if n & 1 == 1 { result *= square }
    square *= square
    n >>= 1
  }
  return result
}
