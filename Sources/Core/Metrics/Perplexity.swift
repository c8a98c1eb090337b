#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// Perplexity: the exponential of the mean negative log-likelihood; the size of a uniform vocabulary that would be as
/// hard to guess.
public enum Perplexity {
  /// Mean of −log p; NaN of nothing.
  public static func meanNegativeLogLikelihood(_ logprobs: some Collection<Double>) -> Double {
    -logprobs.reduce(0, +) / Double(logprobs.count)
  }

  /// From natural logarithms of probabilities.
  public static func of(logprobs: some Collection<Double>) -> Double {
    exp(meanNegativeLogLikelihood(logprobs))
  }

  /// From probabilities.
  public static func of(probabilities: some Collection<Double>) -> Double {
    of(logprobs: probabilities.map { log($0) })
  }
}
