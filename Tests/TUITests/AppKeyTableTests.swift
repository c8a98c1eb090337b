import Testing

import TUI

@Suite struct AppKeyTableTests {
  @Test func defaultsHaveNoConflictsAndEveryKeyIsReadable() {
    let table = KeyTable()
    #expect(table.problems.isEmpty)
    for action in Action.allCases {
      for name in action.info.keys {
        let key = Key(name)
        #expect(key != nil, "\(name) of \(action.rawValue)")
        if let key { #expect(Key(key.description) == key) }
      }
    }
  }

  @Test func everyActionSaysWhatItDoes() {
    for action in Action.allCases {
      #expect(action.info.title != action.rawValue, "\(action.rawValue) has no title")
      #expect(action.info.title.first?.isUppercase == true)
      #expect(!action.info.label.isEmpty)
    }
    let titles = Action.allCases.map { "\($0.scope) \($0.info.title)" }
    #expect(Set(titles).count == titles.count)
  }

  @Test func whileTypingLettersTypeAndOtherKeysAct() {
    let table = KeyTable()
    #expect(table.action(for: Key("z"), in: [.input, .global], typing: true) == nil)
    #expect(table.action(for: Key("z"), in: [.chat, .global], typing: false) == .zoom)
    #expect(table.action(for: Key("z", .alt), in: [.input, .global], typing: true) == .zoom)
  }

  @Test func theFocusedScopeGoesFirst() {
    let table = KeyTable()
    #expect(table.action(for: Key("G"), in: [.chat, .global], typing: false) == .logBottom)
    #expect(table.action(for: Key("G"), in: [.train, .global], typing: false) == .sample)
  }

  @Test func remappingReplacesTheDefaults() {
    let table = KeyTable(remapping: ["zoom": ["F7"], "regenerate": []])
    #expect(table.action(for: Key(.function(7)), in: [.global], typing: false) == .zoom)
    #expect(table.action(for: Key("z"), in: [.global], typing: false) == nil)
    #expect(table.strokes(of: .regenerate).isEmpty)
    #expect(table.problems.isEmpty)
    #expect(table.label(of: .zoom) == "F7")
  }

  @Test func conflictsAndMistakesAreNamed() {
    let table = KeyTable(remapping: ["zoom": ["F1"], "nonsense": ["a"], "redraw": ["Hyper-x"]])
    #expect(table.problems.count == 3)
    #expect(table.problems.contains { $0.contains("F1") && $0.contains("zoom") && $0.contains("help") })
    #expect(table.problems.contains { $0.contains("nonsense") })
    #expect(table.problems.contains { $0.contains("Hyper-x") })
    // What the user asked for wins over a default.
    #expect(table.action(for: Key(.function(1)), in: [.global], typing: false) == .zoom)
    #expect(table.label(of: .help) == "?")
  }

  @Test func settingsAreReadAndMistakesSaid() {
    let settings = Settings.parse(
      """
      theme = "paper"
      mouse = false
      colour = 3
      [keys]
      zoom = "F7"
      help = ["F1", "Alt-h"]
      """, file: "config.toml")
    #expect(settings.theme == "paper")
    #expect(!settings.mouse)
    #expect(settings.keys == ["zoom": ["F7"], "help": ["F1", "Alt-h"]])
    #expect(settings.problems.count == 1)
    #expect(!Settings.parse("theme = ", file: "config.toml").problems.isEmpty)
  }

  @Test func labelsAreShort() {
    #expect(Key("p", .control).label() == "^P")
    #expect(Key(.up).label() == "↑")
    #expect(Key(.up).label(ascii: true) == "Up")
    #expect(Key(.enter, .alt).label() == "Alt-Enter")
  }
}
