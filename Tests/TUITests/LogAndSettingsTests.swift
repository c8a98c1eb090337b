import Foundation
import Logging
import TestSupport
import Testing

@testable import TUI

@Suite struct LogAndSettingsTests {
  @Test func aLineOfTheLogIsInert() {
    let line = InertLog.line(
      "error", "model not loaded", ["path": "/tmp/\u{1B}[2J\u{7}x", "why": "two\nlines \u{202E} \u{9B}"])
    #expect(line.hasSuffix("\n") && line.dropLast().allSatisfy { $0 != "\n" })
    #expect(line.unicodeScalars.allSatisfy { $0.value >= 0x20 || $0 == "\n" })
    #expect(line.contains("error: model not loaded (path: /tmp/␛[2J␇x, why: two␊lines ‹202E› ‹9B›)"))
  }

  @Test func settingsOfAnotherTypeAreTold() {
    let settings = Settings.parse("theme = 3\n[keys]\nzoom = [1]\nfind = true\n", file: "config.toml")
    #expect(settings.problems.count == 3)
    #expect(settings.problems.contains { $0.contains("theme") } && settings.problems.contains { $0.contains("zoom") })
  }

  @Test func aSettingsFileThatCannotBeReadIsTold() throws {
    let folder = TemporaryFolder()
    #expect(Settings.load(folder.file("absent.toml")) == Settings())
    try Data([0xC3, 0x28]).write(to: URL(fileURLWithPath: folder.file("binary")))
    try Data(repeating: 0x20, count: 1 << 19).write(to: URL(fileURLWithPath: folder.file("large")))
    for (name, words) in [("", "is a folder"), ("binary", "is not UTF-8 text"), ("large", "is larger than 256 KB")] {
      let problems = Settings.load(folder.file(name)).problems
      #expect(problems.count == 1 && problems.first?.contains(words) == true, "\(problems)")
    }
    try "theme = \"paper\"".write(toFile: folder.file("good"), atomically: true, encoding: .utf8)
    #expect(Settings.load(folder.file("good")).theme == "paper")
  }
}
