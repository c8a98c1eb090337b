import Foundation
import Testing

/// Who may import whom, read from the sources: the walls of the house stand where CONTRIBUTING.md shows them.
@Suite struct LayeringTests {
  private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

  /// Of this package and of others; the system's own modules and the standard library's are everybody's.
  private static let allowed: [String: Set<String>] = [
    "Core": ["CKernels", "CFiles", "CMemory", "CZlib", "CZstd", "DequeModule"],
    "Trainer": ["Core", "CKernels", "TOMLKit"],
    "Chat": ["Core", "GRDB", "Foundation"],
    "TUI": ["Core", "Trainer", "Chat", "CTerminal", "CNcurses", "TOMLKit", "Logging"],
    "glassbox": ["Core", "Trainer", "Chat", "TUI", "ArgumentParser"],
  ]
  private static let system: Set<String> = ["Glibc", "Darwin", "Synchronization", "Dispatch"]

  private func files(_ folder: String) throws -> [URL] {
    let names = try FileManager.default.subpathsOfDirectory(atPath: Self.root.appendingPathComponent(folder).path)
    return names.filter { $0.hasSuffix(".swift") }.map { Self.root.appendingPathComponent(folder + "/" + $0) }
  }

  @Test func targetsImportWhatLiesBelowThem() throws {
    for (target, allowed) in Self.allowed {
      let files = try files("Sources/" + target)
      #expect(!files.isEmpty, "\(target)")
      for file in files {
        for line in try String(contentsOf: file, encoding: .utf8).split(separator: "\n") {
          let words = line.split(separator: " ")
          guard let at = words.firstIndex(of: "import"), words[..<at].allSatisfy({ $0.hasPrefix("@") }),
            words.count > at + 1
          else { continue }
          let module = String(words.last ?? "")
          #expect(
            allowed.contains(module) || Self.system.contains(module), "\(target)/\(file.lastPathComponent): \(module)")
        }
      }
    }
  }

  /// Widgets, cells and the terminal's library know nothing of the program above them.
  @Test func theScreensGroundKnowsNothingAboveIt() throws {
    for folder in ["Terminal", "Screen", "Widgets"] {
      for file in try files("Sources/TUI/" + folder) {
        let text = try String(contentsOf: file, encoding: .utf8)
        for above in ["AppState", "ChatService", "TrainingService", "import Chat", "import Trainer"] {
          #expect(!text.contains(above), "\(file.lastPathComponent): \(above)")
        }
      }
    }
  }

  @Test func filesStayShort() throws {
    for file in try files("Sources") + files("Tests") {
      let lines = try String(contentsOf: file, encoding: .utf8).split(separator: "\n", omittingEmptySubsequences: false)
      #expect(lines.count <= 401, "\(file.lastPathComponent): \(lines.count) lines")
    }
  }
}
