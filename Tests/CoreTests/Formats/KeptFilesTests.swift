import Foundation
import TestSupport
import Testing

@testable import Core

/// Nothing that was not made here is removed or changed.
@Suite struct KeptFilesTests {
  private struct Stop: Error {}

  private func text(_ path: String) throws -> String { try String(contentsOfFile: path, encoding: .utf8) }
  private func put(_ text: String, _ path: String) throws {
    let url = URL(fileURLWithPath: path)
    try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(text.utf8).write(to: url)
  }
  private func names(_ folder: String) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
  }

  @Test func aLinkStaysALinkAndWhatItLeadsToIsWritten() throws {
    let folder = TemporaryFolder()
    try put("old", folder.file("real/a.txt"))
    for (link, target) in [("a.txt", "real/a.txt"), ("b.txt", "a.txt"), ("new.txt", "real/new.txt")] {
      try FileManager.default.createSymbolicLink(atPath: folder.file(link), withDestinationPath: target)
    }
    try AtomicFile.write("one", to: folder.file("a.txt"))
    #expect(try text(folder.file("real/a.txt")) == "one")
    try AtomicFile.write("two", to: folder.file("b.txt"))
    #expect(try text(folder.file("real/a.txt")) == "two")
    try AtomicFile.write("three", to: folder.file("new.txt"))
    #expect(try text(folder.file("real/new.txt")) == "three")
    for link in ["a.txt", "b.txt", "new.txt"] { #expect(FileSystem.isLink(folder.file(link))) }
    #expect(try names(folder.path) == ["a.txt", "b.txt", "new.txt", "real"])
    #expect(try names(folder.file("real")) == ["a.txt", "new.txt"])
  }

  @Test func whatIsThereIsRefusedWhereItShallStay() throws {
    let folder = TemporaryFolder()
    try put("old", folder.file("a.txt"))
    let error = #expect(throws: WriteError.self) {
      try AtomicFile.write(to: folder.file("a.txt"), existing: .refused) { try $0.write("new") }
    }
    #expect(error?.isTaken == true)
    #expect(try text(folder.file("a.txt")) == "old")
    // A file that comes while another is written is kept as well.
    #expect(throws: WriteError.self) {
      try AtomicFile.write(to: folder.file("b.txt"), existing: .refused) {
        try $0.write("new")
        try self.put("theirs", folder.file("b.txt"))
      }
    }
    #expect(try text(folder.file("b.txt")) == "theirs")
    try AtomicFile.write(to: folder.file("c.txt"), existing: .refused) { try $0.write("new") }
    #expect(try names(folder.path) == ["a.txt", "b.txt", "c.txt"])
  }

  @Test func onlyPlainFilesAreReplacedAndKeepTheirPermissions() throws {
    let folder = TemporaryFolder()
    #expect(mkfifo(folder.file("pipe"), 0o600) == 0)
    try put("x", folder.file("inner/x"))
    for name in ["pipe", "inner"] {
      #expect(throws: WriteError.self) { try AtomicFile.write("new", to: folder.file(name)) }
    }
    #expect(FileSystem.kind(folder.file("pipe")) == .pipe)
    #expect(try text(folder.file("inner/x")) == "x")
    try put("secret", folder.file("key"))
    chmod(folder.file("key"), 0o600)
    try AtomicFile.write("other", to: folder.file("key"))
    let permissions = try FileManager.default.attributesOfItem(atPath: folder.file("key"))[.posixPermissions] as? Int
    #expect(permissions == 0o600)
  }

  @Test func aCheckedFileThatFailsIsNotLeftBehind() throws {
    let folder = TemporaryFolder()
    try put("old", folder.file("a"))
    #expect(throws: Stop.self) {
      try AtomicFile.write(
        to: folder.file("a"),
        check: {
          #expect(try self.text($0) == "new")
          throw Stop()
        }, { try $0.write("new") })
    }
    #expect(try text(folder.file("a")) == "old")
    #expect(try names(folder.path) == ["a"])
  }

  @Test func aFolderOfOthersIsRefusedAndAnEmptyOneTaken() throws {
    let folder = TemporaryFolder()
    try put("mine", folder.file("documents/letter.txt"))
    try put("mine", folder.file("file"))
    for (name, isTaken) in [("documents", true), ("file", false)] {
      let error = #expect(throws: WriteError.self) {
        try AtomicFolder.write(to: folder.file(name), existing: .refused) {
          try AtomicFile.write("new", to: $0 + "/config.json")
        }
      }
      #expect(error?.isTaken == isTaken)
    }
    #expect(try names(folder.path) == ["documents", "file"])
    #expect(try names(folder.file("documents")) == ["letter.txt"])
    try FileManager.default.createDirectory(atPath: folder.file("empty"), withIntermediateDirectories: false)
    try AtomicFolder.write(to: folder.file("empty"), existing: .refused) {
      try AtomicFile.write("new", to: $0 + "/config.json")
    }
    #expect(try names(folder.file("empty")) == ["config.json"])
    // Files that come while the folder is filled are kept too.
    #expect(throws: WriteError.self) {
      try AtomicFolder.write(to: folder.file("late"), existing: .refused) { _ in
        try self.put("mine", folder.file("late/letter.txt"))
      }
    }
    #expect(try names(folder.file("late")) == ["letter.txt"])
  }

  @Test func mergingReplacesTheSameNamesAlone() throws {
    let folder = TemporaryFolder()
    try put("mine", folder.file("out/letter.txt"))
    try put("old", folder.file("out/config.json"))
    try put("mine", folder.file("out/deep/er/letter.txt"))
    try put("elsewhere", folder.file("elsewhere.json"))
    try FileManager.default.createSymbolicLink(
      atPath: folder.file("out/linked.json"), withDestinationPath: "../elsewhere.json")
    try AtomicFolder.write(to: folder.file("out"), existing: .merged) {
      try AtomicFile.write("new", to: $0 + "/config.json")
      try AtomicFile.write("new", to: $0 + "/linked.json")
      try AtomicFile.makeFolder($0 + "/deep")
      try AtomicFile.write("new", to: $0 + "/deep/config.json")
    }
    #expect(try text(folder.file("out/config.json")) == "new" && text(folder.file("out/deep/config.json")) == "new")
    #expect(try text(folder.file("out/letter.txt")) == "mine" && text(folder.file("out/deep/er/letter.txt")) == "mine")
    #expect(FileSystem.isLink(folder.file("out/linked.json")))
    #expect(try text(folder.file("elsewhere.json")) == "new")
    #expect(try names(folder.path) == ["elsewhere.json", "out"])
    // A folder where a file is to be: nothing is touched.
    try put("mine", folder.file("other/b.json/letter.txt"))
    try put("old", folder.file("other/a.json"))
    #expect(throws: WriteError.self) {
      try AtomicFolder.write(to: folder.file("other"), existing: .merged) {
        try AtomicFile.write("new", to: $0 + "/a.json")
        try AtomicFile.write("new", to: $0 + "/b.json")
      }
    }
    #expect(try text(folder.file("other/a.json")) == "old" && text(folder.file("other/b.json/letter.txt")) == "mine")
    #expect(try names(folder.path) == ["elsewhere.json", "other", "out"])
  }

  /// A checkpoint that is written again: what was made here goes, what others put there stays.
  @Test func exchangingKeepsTheFilesOfOthers() throws {
    let folder = TemporaryFolder()
    let path = folder.file("final")
    try AtomicFolder.write(to: path) {
      try AtomicFile.write("1", to: $0 + "/config.json")
      try AtomicFile.write("1", to: $0 + "/old.json")
    }
    try put("mine", path + "/notes.txt")
    try put("mine", path + "/deep/er/notes.txt")
    try FileManager.default.createSymbolicLink(atPath: path + "/link", withDestinationPath: "nowhere")
    #expect(throws: Stop.self) { try AtomicFolder.write(to: path) { _ in throw Stop() } }
    try AtomicFolder.write(to: path) { try AtomicFile.write("2", to: $0 + "/config.json") }
    #expect(try names(path) == [".glassbox", "config.json", "deep", "link", "notes.txt"])
    #expect(try text(path + "/config.json") == "2")
    #expect(try text(path + "/notes.txt") == "mine" && text(path + "/deep/er/notes.txt") == "mine")
    #expect(FileSystem.isLink(path + "/link"))
    #expect(try names(folder.path) == ["final"])
    AtomicFolder.remove(path)
    #expect(try names(path) == ["deep", "link", "notes.txt"])
    #expect(try text(path + "/deep/er/notes.txt") == "mine")
  }

  /// Folders of earlier versions have no list: their files are known by name.
  @Test func foldersWithoutAListAreKnownByTheirNames() throws {
    let folder = TemporaryFolder()
    let path = folder.file("step-000100")
    for name in ["config.json", "model.safetensors", "chat_template.jinja", "training_state.json", "letter.txt"] {
      try put(name, path + "/" + name)
    }
    try AtomicFolder.write(to: path) { try AtomicFile.write("2", to: $0 + "/config.json") }
    #expect(try names(path) == [".glassbox", "config.json", "letter.txt"])
    for name in ["config.json", "model.safetensors"] { try put(name, folder.file("whole/" + name)) }
    AtomicFolder.remove(folder.file("whole"))
    #expect(try names(folder.path) == ["step-000100"])
  }

  @Test func linksToFoldersAreKeptAndNotFollowedWhenTidying() throws {
    let folder = TemporaryFolder()
    try put("mine", folder.file("disk/letter.txt"))
    try put("x", folder.file("disk/config.json"))
    try FileManager.default.createSymbolicLink(atPath: folder.file("final"), withDestinationPath: "disk")
    AtomicFolder.remove(folder.file("final"))
    #expect(try names(folder.file("disk")) == ["config.json", "letter.txt"])
    try AtomicFolder.write(to: folder.file("final")) { try AtomicFile.write("2", to: $0 + "/config.json") }
    #expect(FileSystem.isLink(folder.file("final")))
    #expect(try text(folder.file("disk/config.json")) == "2" && text(folder.file("disk/letter.txt")) == "mine")
    #expect(try names(folder.path) == ["disk", "final"])
  }

  /// What a crash left half filled goes as a whole.
  @Test func halfFilledFoldersAreTidied() throws {
    let folder = TemporaryFolder()
    let path = folder.file("final.77-1.tmp")
    try put("x", path + "/anything.bin")
    try FolderManifest.everything.write(to: path)
    AtomicFolder.remove(path)
    #expect(try names(folder.path).isEmpty)
  }
}
