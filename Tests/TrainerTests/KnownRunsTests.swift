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
    files.createFile(atPath: folder.file("begun/checkpoints/mine.txt"), contents: Data())
    #expect(refuses("begun").contains("checkpoints"))
    files.createFile(atPath: folder.file("file"), contents: Data())
    #expect(refuses("file").contains("a file"))
    try files.createDirectory(atPath: folder.file("run"), withIntermediateDirectories: true)
    files.createFile(atPath: folder.file("run/run.json"), contents: Data("{}".utf8))
    #expect(refuses("run").contains("--resume"))
  }
}
