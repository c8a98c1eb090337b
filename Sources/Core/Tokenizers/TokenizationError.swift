/// Why a text cannot be encoded: nothing of it is left out without a word.
public struct TokenizationError: Error, Equatable, CustomStringConvertible {
  public enum Reason: Equatable, Sendable {
    /// A part of the text, from a byte on, is no token, and there is no unknown token to stand for it.
    /// - `unknown`: what the unknown token is called that the vocabulary lacks; nil: none is named.
    case noToken(String, byte: Int, unknown: String?)
    /// The stages make more of the text than ``TextGrowth`` allows.
    case growth(bytes: Int, allowed: Int)
    /// What a tokenizer of another kind says.
    case other(String)
  }

  /// What the tokenizer is called.
  public var tokenizer: String
  public var reason: Reason

  public var description: String {
    switch reason {
    case .noToken(let part, let byte, let unknown):
      let shown = part.count > 40 ? part.prefix(40) + "…" : part[...]
      let missing =
        unknown.map { "its unknown token \($0) is not in the vocabulary either" } ?? "it has no unknown token"
      return "The tokenizer \(tokenizer) has no token for \"\(shown)\" (byte \(byte) of the text), and \(missing): "
        + "use another text, or another tokenizer."
    case .growth(let bytes, let allowed):
      return "The stages of the tokenizer \(tokenizer) make more than \(allowed) bytes of a text of \(bytes) "
        + "(at most \(TextGrowth.factor) times as many, and \(TextGrowth.spare), are allowed): use another tokenizer."
    case .other(let sentence): return sentence
    }
  }
}

extension TokenizationError {
  /// What a tokenizer of any kind has thrown.
  public init(_ error: any Error, _ tokenizer: any Tokenizer) {
    self =
      error as? TokenizationError
      ?? TokenizationError(tokenizer: tokenizer.name, reason: .other(String(describing: error)))
  }

  /// The same of a text that begins so many bytes further on.
  func moved(by bytes: Int) -> TokenizationError {
    guard case .noToken(let part, let byte, let unknown) = reason else { return self }
    return TokenizationError(tokenizer: tokenizer, reason: .noToken(part, byte: byte + bytes, unknown: unknown))
  }
}

/// How much the stages of a tokenizer may make of a text. Real ones make a few times as much (NFKD: eleven times of one
/// character); rules that feed each other can make any amount.
enum TextGrowth {
  static let factor = 64
  static let spare = 1 << 16

  /// The most bytes that a text of so many may become.
  static func limit(_ count: Int) -> Int {
    let (product, overflows) = count.multipliedReportingOverflow(by: factor)
    return overflows || product > .max - spare ? .max : product + spare
  }
}

/// Stands in the place of an unknown token that there is not, until the encoding is given out, which it never is.
extension TokenID {
  static let lacking = TokenID(Vocabulary.maximumID + 1)
}
