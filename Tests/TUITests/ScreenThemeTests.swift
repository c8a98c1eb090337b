import Foundation
import TestSupport
import Testing

import TUI

@Suite struct ScreenThemeTests {
  private static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().appendingPathComponent("themes").path

  @Test func builtInCopiesAreTheFiles() throws {
    for name in ThemeLoader.names() {
      let source = try String(contentsOfFile: ScreenThemeTests.folder + "/\(name).toml", encoding: .utf8)
      let fromFile = try ThemeLoader.parse(source, file: name)
      #expect(try ThemeLoader.load(name) == fromFile)
      #expect(fromFile.name == name)
    }
    let midnight = try ThemeLoader.load("midnight")
    #expect(midnight.text == Style(.rgb(0xC8, 0xCE, 0xDC), on: .rgb(15, 17, 23)))
    #expect(midnight.barKey.background == .rgb(24, 27, 36))
    #expect(midnight.tokens.count >= 6 && midnight.series.count >= 6)
    #expect(try ThemeLoader.load("terminal").isOfTerminalColors)
    #expect(!midnight.isOfTerminalColors)
  }

  @Test(arguments: [
    ("name = \"x\"\nextends = \"midnight\"\n[styles]\ntext = \"purpleish\"", "styles.text"),
    ("name = \"x\"\nextends = \"midnight\"\n[styles]\ntext = 5", "styles.text"),
    ("name = \"x\"\nextends = \"midnight\"\n[styles]\ntexts = \"red\"", "styles.texts"),
    ("name = \"x\"\nextends = \"midnight\"\n[styles]\ntext = \"red green\"", "styles.text"),
    ("name = \"x\"\nextends = \"midnight\"\n[palette]\nink = \"#12345\"\n[styles]", "palette.ink"),
    ("name = \"x\"\nextends = \"midnight\"\n[styles]\ntokens = [\"red\"]", "styles.tokens"),
    (
      "name = \"x\"\nextends = \"midnight\"\n[styles]\ntokens = [\"red\", \"red\", \"red\", \"x\", \"red\", \"red\"]",
      "styles.tokens[3]"
    ),
    ("name = \"x\"\nextends = \"none\"\n[styles]", "extends"), ("name = \"x\"\n[styles]\n", "styles.background"),
    ("name = \"x\"\ncolour = 1\n[styles]\n", "colour"), ("[styles]\n", "name"), ("name = \"x\"\n", "styles"),
    ("name = ", ""),
  ])
  func mistakesAreNamed(_ source: String, _ key: String) {
    #expect { try ThemeLoader.parse(source, file: "my.toml") } throws: { error in
      guard let error = error as? ThemeError else { return false }
      return error.key == key && error.description.contains("my.toml") && error.description.hasSuffix(".")
    }
  }

  @Test func ownThemesComeFirst() throws {
    let folder = TemporaryFolder()
    try "name = \"mine\"\nextends = \"paper\"\n[styles]\naccent = \"bold bright-red on #010203\"\n".write(
      toFile: folder.file("midnight.toml"), atomically: true, encoding: .utf8)
    let theme = try ThemeLoader.load("midnight", folders: [folder.path])
    #expect(theme.name == "mine")
    #expect(theme.accent == Style(.ansi(9), on: .rgb(1, 2, 3), .bold))
    #expect(theme.text == (try ThemeLoader.load("paper")).text)
    #expect(ThemeLoader.names(folders: [folder.path]) == ThemeLoader.names())
    #expect(throws: ThemeError.self) { try ThemeLoader.load("../midnight", folders: [folder.path]) }
    try Data([0xFF, 0xFE]).write(to: URL(fileURLWithPath: folder.file("bad.toml")))
    #expect(throws: ThemeError.self) { try ThemeLoader.load("bad", folders: [folder.path]) }
  }

  @Test func fewerColours() throws {
    let theme = try ThemeLoader.load("midnight")
    let mono = theme.adapted(to: .mono)
    #expect(mono.selection == Style(.standard, on: .standard, .reverse))
    #expect(mono.token(0) != mono.token(1))
    let few = theme.adapted(to: .ansi16)
    #expect(few.isOfTerminalColors && few.name == "midnight")
    #expect(theme.adapted(to: .truecolor) == theme)
    #expect(theme.scale(.nan) == theme.scale.last)
    #expect(theme.scale(0) == theme.scale.first)
    #expect(theme.token(-1) == theme.tokens.last)
  }
}
