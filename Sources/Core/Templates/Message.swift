/// Who speaks in a message.
public enum Role: String, Sendable, Codable, CaseIterable {
  case system, user, assistant, tool
}

/// One turn as a template sees it.
public struct Message: Sendable, Equatable, Codable {
  public var role: Role
  public var content: String

  public init(_ role: Role, _ content: String) {
    self.role = role
    self.content = content
  }
}
