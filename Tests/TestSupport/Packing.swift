import Foundation

/// Packed files, made by the systems' own programs, so that their formats are those of others.
public enum Packing {
  /// - Returns: false, and says so, where `tool` (`gzip`, `zstd`) is not installed.
  public static func pack(_ path: String, to packed: String, by tool: String) throws -> Bool {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/bin/sh")
    process.arguments = ["-c", "command -v \(tool) >/dev/null && \(tool) -qc '\(path)' > '\(packed)'"]
    try process.run()
    process.waitForEnd()
    if process.terminationStatus == 0 { return true }
    FileHandle.standardError.write(Data("skipped \(tool): it is not installed\n".utf8))
    return false
  }
}
