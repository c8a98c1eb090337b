import Testing
import Trainer

@testable import TUI

/// The form of a training run offers what `train` takes, all of it, and sends what was typed.
@Suite struct RunFormTests {
  /// The keys are those of `train --help` and the docs, each once.
  @Test func everyTrainingKeyIsInTheForm() {
    let keys = Forms.newRun(modelPath: "").fields.map(\.key)
    #expect(keys.count == ConfigurationKey.all.count && Set(keys) == Set(ConfigurationKey.all.map(\.name)))
    let help = KeyReference.plain.split(separator: "\n")
    #expect(help.count { $0.hasPrefix("  ") && !$0.hasPrefix("   ") } == keys.count)
    // A terminal of 80 columns breaks no line of the help.
    #expect(help.allSatisfy { $0.count < 80 })
  }

  @Test func aFormAsItIsOfferedSendsOnlyWhatItShows() {
    var form = Forms.newRun(modelPath: "")
    form.fill(["data": "a.txt"])
    let isTaken = form.validate()
    #expect(isTaken)
    #expect(
      Forms.runSettings(form) == [
        "recipe": "pretrain", "data": "a.txt", "steps": "1000", "batch_size": "16", "context_length": "128",
        "learning_rate": "3e-4", "model.hidden_size": "128", "model.layers": "4", "model.heads": "4", "seed": "1",
      ])
  }

  /// What a key takes the form takes, and it comes out as it was typed; what a key refuses the form refuses.
  @Test func eachFieldTakesWhatItsKeyTakes() throws {
    for key in ConfigurationKey.all {
      let good =
        switch key.kind {
        case .choice(let names): names[names.count - 1]
        case .boolean: "false"
        case .integer: "300"
        case .number: "0.5"
        case .text, .list: "some/where"
        }
      var form = Forms.newRun(modelPath: "")
      form.fill(["data": "a.txt"])
      form.fill([key.name: good])
      let isTaken = form.validate()
      #expect(isTaken, "\(key.name)")
      #expect(Forms.runSettings(form)[key.name] == good, "\(key.name)")
      var configuration = TrainingConfiguration()
      try configuration.set(key.name, good)
      guard key.kind == .integer || key.kind == .number else { continue }
      form.fill([key.name: "-1"])
      let isBadTaken = form.validate()
      #expect(!isBadTaken && form.fields[form.selection].key == key.name, "\(key.name)")
      #expect(form.fields[form.selection].problem?.hasPrefix("a ") == true, "\(key.name)")
    }
  }

  /// The sizes that are only offered do not go with a model that has its own; what was typed is never dropped.
  @Test func whatIsTypedForAModelToGoOnFromIsSent() {
    var form = Forms.newRun(modelPath: "")
    form.fill(["data": "a.txt", "base": "m.gguf", "tokenizer": "t.json", "model.layers": "7"])
    let settings = Forms.runSettings(form)
    #expect(settings["tokenizer"] == "t.json" && settings["model.layers"] == "7")
    #expect(settings["model.hidden_size"] == nil && settings["model.heads"] == nil)
  }

  /// Every field is reached and read, and nothing leaves the frame.
  @Test(arguments: [Size(80, 24), Size(48, 16), Size(120, 40)]) func allFieldsAreSeen(_ size: Size) {
    var state = AppState(size: size)
    _ = state.perform(.newRun)
    var seen: Set<String> = []
    for step in 0..<ConfigurationKey.all.count {
      guard case .form(let form)? = state.overlays.last else { return }
      let rows = HeadlessScreen.text(Frame.render(&state, theme: .midnight, transcript: Transcript()).buffer)
        .split(separator: "\n", omittingEmptySubsequences: false)
      let label = form.fields[form.selection].label
      if rows.contains(where: { $0.contains(" \(label)  ") }) { seen.insert(label) }
      // The frame's sides are whole: nothing was drawn over them.
      let top = rows.firstIndex { $0.contains("New training run") } ?? 0
      let bottom = rows.lastIndex { $0.contains("╰") } ?? 0
      let left = rows[top].distance(
        from: rows[top].startIndex, to: rows[top].range(of: "╭─ New")?.lowerBound ?? rows[top].startIndex)
      for row in rows[(top + 1)..<bottom] where row.count > left {
        let line = Array(row)
        #expect(line[left] == "│" && line[size.width - 1 - left] == "│", "\(size) \(label): \(row)")
      }
      #expect(rows.joined().contains("more ↓") == (step < 8 || !rows.joined().contains("model.vocabulary")))
      _ = state.handle(.key(Key(.down)))
    }
    #expect(seen.count == ConfigurationKey.all.count)
  }

  @Test func aLongTextInABoxSaysWhereItGoesOn() {
    func shown(_ text: String, caret: Int) -> (String, Int) {
      var buffer = CellBuffer(width: 12, height: 1)
      var editor = TextEditor(text)
      editor.move(to: .init(0, caret))
      let box = Rect(x: 1, y: 0, width: 10, height: 1)
      let at = TextEditorView.drawLine(editor, in: box, style: Style(), into: &buffer)
      return (buffer.text(row: 0), at.x)
    }
    #expect(shown("0123456789abcdef", caret: 16) == (" …89abcdef  ", 10))
    #expect(shown("0123456789abcdef", caret: 0) == (" 012345678… ", 1))
    #expect(shown("short", caret: 5) == (" short      ", 6))
    #expect(shown("用用用用用用用", caret: 7) == (" … 用用用   ", 9))
  }
}
