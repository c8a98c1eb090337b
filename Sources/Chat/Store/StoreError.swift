/// Why conversations cannot be read or kept, in one sentence.
public struct StoreError: Error, Equatable, CustomStringConvertible {
  public var description: String

  public init(_ description: String) { self.description = description }
}
