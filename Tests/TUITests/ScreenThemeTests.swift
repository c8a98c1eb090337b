import Foundation
import TestSupport
import Testing

@testable import TUI

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

  /// Values of CIELAB as colour science tables give them.
  @Test func perceivedColours() {
    func near(_ color: (red: Int, green: Int, blue: Int), _ lightness: Double, _ a: Double, _ b: Double) -> Bool {
      let found = PerceivedColor(color)
      return abs(found.lightness - lightness) < 0.02 && abs(found.a - a) < 0.02 && abs(found.b - b) < 0.02
    }
    #expect(near((255, 255, 255), 100, 0, 0) && near((0, 0, 0), 0, 0, 0))
    #expect(near((255, 0, 0), 53.24, 80.09, 67.20) && near((0, 0, 255), 32.30, 79.19, -107.86))
  }

  /// Every two tiles look different, and from the ground they lie on, and what is written on them can be read.
  @Test(arguments: [ColorDepth.truecolor, .ansi256, .ansi16]) func tilesAreToldApart(_ depth: ColorDepth) throws {
    let files = try FileManager.default.contentsOfDirectory(atPath: Self.folder).filter { $0.hasSuffix(".toml") }
    #expect(files.count >= ThemeLoader.names().count)
    for file in files {
      let source = try String(contentsOfFile: Self.folder + "/" + file, encoding: .utf8)
      let theme = try ThemeLoader.parse(source, file: file).adapted(to: depth)
      func components(_ color: Color) -> (red: Int, green: Int, blue: Int)? {
        switch color {
        // The terminal's own, which may be any.
        case .standard: nil
        case .ansi(let index): ColorDepth.components(ofIndex: index)
        case .rgb(let red, let green, let blue): (Int(red), Int(green), Int(blue))
        }
      }
      let ground = components(theme.panel.background).map { PerceivedColor($0) }
      var seen: [PerceivedColor] = []
      for tile in theme.tokens {
        let (text, back) = try (#require(components(tile.foreground)), #require(components(tile.background)))
        let color = PerceivedColor(back)
        for other in seen { #expect(color.difference(other) >= 15, "\(file) \(depth) \(tile)") }
        if let ground { #expect(color.difference(ground) >= 15, "\(file) \(depth) \(tile)") }
        let light = [PerceivedColor.luminance(text), PerceivedColor.luminance(back)].sorted()
        #expect((light[1] + 0.05) / (light[0] + 0.05) >= 3, "\(file) \(depth) \(tile)")
        seen.append(color)
      }
    }
  }

  /// A theme of somebody's own whose tiles would fall together.
  @Test func likeTilesMoveApart() {
    let tiles = (0..<6).map { Style(.rgb(255, 255, 255), on: .rgb(60, 60, UInt8(60 + $0))) }
    let backgrounds = ColorDepth.ansi256.adaptApart(tiles).map(\.background)
    #expect(Set(backgrounds).count == 6)
    let marks = ColorDepth.mono.adaptApart(tiles)
    #expect(marks.allSatisfy { $0.background == .standard })
  }

  @Test func withoutColourNeighboursHaveOtherMarks() throws {
    for name in ThemeLoader.names() {
      let tiles = try ThemeLoader.load(name).adapted(to: .mono).tokens
      for i in tiles.indices { #expect(tiles[i].attributes != tiles[(i + 1) % tiles.count].attributes) }
    }
  }
}
