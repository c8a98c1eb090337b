/// Which positions of a slice give logits.
public enum LogitsRequest: Sendable, Equatable {
  case none
  /// The last token of the slice.
  case last
  /// Every token of the slice.
  case all
}

/// A part of one sequence to process: the tokens that come next, and where its keys and values are kept.
public struct SequenceSlice {
  public var tokens: [TokenID]
  public var pages: PageTable
  public var wants: LogitsRequest

  public init(tokens: [TokenID], pages: PageTable, wants: LogitsRequest = .last) {
    self.tokens = tokens
    self.pages = pages
    self.wants = wants
  }

  /// Rows of logits that this slice asks for.
  public var rows: Int {
    switch wants {
    case .none: 0
    case .last: min(1, tokens.count)
    case .all: tokens.count
    }
  }
}
