import Foundation

/// Where the reference data of the official libraries lies: `GLASSBOX_FIXTURES`, else `../shared/fixtures` beside the
/// checkout. A bare clone has none; tests that need them then say so once and pass without checking.
public enum Fixtures {
  public static let root: URL? = {
    let candidates = [
      ProcessInfo.processInfo.environment["GLASSBOX_FIXTURES"].map { URL(fileURLWithPath: $0) },
      URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent("shared/fixtures"),
    ]
    return candidates.compactMap { $0 }.first { FileManager.default.fileExists(atPath: $0.path) }
  }()

  /// The path of a fixture; nil, with a line on standard error, where the fixtures (or this one) are absent.
  public static func path(_ relative: String, skipping what: String = #function) -> String? {
    if let url = root?.appendingPathComponent(relative), FileManager.default.fileExists(atPath: url.path) {
      return url.path
    }
    let why = root == nil ? "no fixtures (set GLASSBOX_FIXTURES)" : "\(relative) is absent"
    FileHandle.standardError.write(Data("skipped \(what): \(why)\n".utf8))
    return nil
  }

  public static func data(_ relative: String, skipping what: String = #function) -> Data? {
    path(relative, skipping: what).flatMap { FileManager.default.contents(atPath: $0) }
  }

  /// A file of JSON as Foundation reads it.
  public static func json(_ relative: String, skipping what: String = #function) -> [String: Any]? {
    data(relative, skipping: what).flatMap { try? JSONSerialization.jsonObject(with: $0) as? [String: Any] }
  }
}

/// A fresh folder, removed when the value goes.
public final class TemporaryFolder: Sendable {
  public let path: String

  public init() {
    let url = FileManager.default.temporaryDirectory.appendingPathComponent("glassbox-test-\(UUID().uuidString)")
    try? FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    path = url.path
  }

  public func file(_ name: String) -> String { path + "/" + name }

  deinit { try? FileManager.default.removeItem(atPath: path) }
}
