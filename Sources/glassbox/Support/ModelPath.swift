import Core

/// What the user calls a model, as a path.
enum ModelPath {
  static func resolve(_ name: String) throws -> String { name }
}
