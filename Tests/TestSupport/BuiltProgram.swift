import Foundation

/// The program as it was built with the tests, beside their bundle: never one of another build.
public enum BuiltProgram {
  /// nil where it was not built.
  public static let path: String? = {
    let path = (CommandLine.arguments[0] as NSString).deletingLastPathComponent + "/glassbox"
    return FileManager.default.isExecutableFile(atPath: path) ? path : nil
  }()
}
