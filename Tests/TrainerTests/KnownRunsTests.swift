import Core
import Foundation
import TestSupport
import Testing

@testable import Trainer

/// Runs are found by name, wherever they were saved.
@Suite struct KnownRunsTests {
  @Test func foldersOfOthersAreNotTaken() throws {
    let folder = TemporaryFolder()
    func refuses(_ name: String) -> String {
      do {
        try RunFolder(folder.file(name)).checkFresh()
        return ""
      } catch {
        return "\(error)"
      }
    }
    #expect(refuses("absent").isEmpty)
    let files = FileManager.default
    try files.createDirectory(atPath: folder.file("begun/checkpoints"), withIntermediateDirectories: true)
    #expect(refuses("begun").isEmpty)
    try Data().write(to: URL(fileURLWithPath: folder.file("begun/checkpoints/mine.txt")))
    #expect(refuses("begun").contains("checkpoints"))
    try Data().write(to: URL(fileURLWithPath: folder.file("file")))
    #expect(refuses("file").contains("a file"))
    try files.createDirectory(atPath: folder.file("run"), withIntermediateDirectories: true)
    try Data("{}".utf8).write(to: URL(fileURLWithPath: folder.file("run/run.json")))
    #expect(refuses("run").contains("--resume"))
  }
}
