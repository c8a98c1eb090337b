import Foundation

/// The program as it was built beside the tests.
public enum BuiltProgram {
  /// nil, with a line on standard error, where it was not built.
  public static let path: String? = {
    let folder = (CommandLine.arguments[0] as NSString).deletingLastPathComponent
    let candidates = [folder, FileManager.default.currentDirectoryPath + "/.build/debug"].map { $0 + "/glassbox" }
    let found = candidates.first { FileManager.default.isExecutableFile(atPath: $0) }
    if found == nil { FileHandle.standardError.write(Data("skipped: the program is not built\n".utf8)) }
    return found
  }()
}
