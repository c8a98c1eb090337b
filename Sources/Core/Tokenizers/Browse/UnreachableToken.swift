/// A token that no text becomes.
public struct UnreachableToken: Sendable, Equatable {
  public enum Reason: String, Sendable, CaseIterable {
    /// The model makes other tokens of the token's own bytes, and so it does wherever they stand.
    case model
    /// The model would make it, but in none of the texts tried do the stages before hand it those bytes in one piece.
    case stages
    /// Its bytes are no part of any UTF-8 text.
    case notUTF8
  }

  public var id: TokenID
  public var reason: Reason
  /// What its own bytes become instead.
  public var instead: [TokenID]
}
