/// Why the engine could not do what it was asked.
public enum EngineError: Error, Equatable, CustomStringConvertible {
  /// The tokens do not fit in the context window.
  case contextOverflow(held: Int, added: Int, limit: Int)
  case tokenOutOfRange(TokenID, vocabulary: Int)
  /// Pages hold keys and values of other weights; ``Engine/refresh(_:progress:isCancelled:)`` recomputes them.
  case stalePages(held: Int, valid: Int)
  /// Pages of another model: their shape is not the engine's.
  case foreignPages
  /// One step was given the same page table twice.
  case sharedTable
  case emptySlice
  /// A swap to weights of another shape.
  case differentPlan
  /// Logits that are NaN or infinite.
  case notFinite
  case unsupported(String)
  case cancelled

  public var description: String {
    switch self {
    case .contextOverflow(let held, let added, let limit):
      held == 0
        ? "The text is \(added) tokens long and the context holds \(limit)."
        : "The context is full: it holds \(limit) tokens, \(held) are in use and \(added) more were to be added."
    case .tokenOutOfRange(let id, let vocabulary):
      "Token \(id) is outside the model's vocabulary of \(vocabulary)."
    case .stalePages(let held, let valid):
      "Keys and values of \(held - valid) of \(held) tokens belong to other weights and must be recomputed first."
    case .foreignPages:
      "These keys and values belong to another model."
    case .sharedTable:
      "A sequence can take part in a step only once."
    case .emptySlice:
      "A step needs at least one token for each sequence."
    case .differentPlan:
      "The new weights have another shape than the model in use."
    case .notFinite:
      "The model's numbers are not finite (NaN or infinite), so it says nothing: its file is damaged, or its training "
        + "went wrong."
    case .unsupported(let what):
      "This model cannot be run: \(what)."
    case .cancelled:
      "The work was cancelled."
    }
  }
}
