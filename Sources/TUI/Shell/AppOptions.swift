import Core

/// How the full-screen program starts.
public struct AppOptions: Sendable {
  /// A path; nil starts without one.
  public var model: String?
  public var noModel = false
  /// A template's name, for how conversations are written; nil: the model's own.
  public var template: String?
  public var load = LoadedModel.Options()
  /// The first is looked through, the others are compared with it; none: the model's own.
  public var tokenizers: [String] = []
  /// A run to start at once, in the background.
  public var train: String?
  /// Its id, or a file to import.
  public var conversation: String?
  public var workspace: Workspace?
  public var theme: String?
  /// Models that the picker offers besides those found on the machine.
  public var models: [String] = []
  /// nil: the usual place.
  public var store: String?
  public var settings: Settings?

  public init() {}
}

/// Runs the full-screen program until the user leaves it.
/// - Returns: the exit code.
/// - Throws: ``TerminalError`` where there is no terminal to draw on, or no thread beside the screen's.
public func run(options: AppOptions) throws -> Int32 {
  guard SpareThread.keep() else {
    throw TerminalError("The system gives no threads; end other programs, or raise the limit (ulimit -u).")
  }
  let app = try App(options)
  return app.run()
}
