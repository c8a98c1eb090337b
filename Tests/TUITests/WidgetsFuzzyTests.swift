import Testing
import TUI

@Suite struct WidgetsFuzzyTests {
  private func best(_ query: String, _ names: [String]) -> String? {
    names.compactMap { name in FuzzyMatch.match(query, in: name).map { (name, $0.score) } }.max { $0.1 < $1.1 }?.0
  }

  @Test func lettersInOrderMatch() {
    #expect(FuzzyMatch.match("sttr", in: "Start a training run") != nil)
    #expect(FuzzyMatch.match("xyz", in: "Start a training run") == nil)
    #expect(FuzzyMatch.match("", in: "anything")?.positions == [])
    #expect(FuzzyMatch.match("NEW run", in: "new-run")?.positions == [0, 1, 2, 4, 5, 6])
  }

  @Test func wholeWordsAndWordStartsComeFirst() {
    #expect(best("theme", ["To the message before", "Choose a theme by name"]) == "Choose a theme by name")
    #expect(best("nr", ["Enter", "New run", "Unrelated"]) == "New run")
    #expect(best("tok", ["Stop the work", "Choose the tokenizer"]) == "Choose the tokenizer")
  }

  @Test func pickersSearchAndKeepTheirSelection() {
    let items = ["alpha", "beta", "gamma"].map {
      PickerItem(id: $0, title: $0, detail: $0 == "beta" ? "second one" : "")
    }
    var picker = Picker(.model, title: "Models", items: items)
    _ = picker.handle(Key(.down))
    #expect(picker.selected?.id == "beta")
    picker.items.insert(PickerItem(id: "new", title: "new"), at: 0)
    #expect(picker.selected?.id == "beta")
    for c in "sec" { _ = picker.handle(Key(c)) }
    #expect(picker.matches.count == 1)
    #expect(picker.handle(Key(.enter)) == .chose(items[1]))
    #expect(picker.handle(Key(.escape)) == .cancelled)
  }

  @Test func formsRefuseWhatCannotBeTaken() {
    var form = Form(
      .newRun, title: "", submit: "go",
      fields: [
        FormField("data", "Data", required: true), FormField("steps", "Steps", .integer(1...10), value: "20"),
        FormField("kind", "Kind", .choice(["a", "b"]), value: "a"),
      ])
    #expect(form.handle(Key("s", .control)) == .stays)
    #expect(form.selection == 0)
    #expect(form.fields[0].problem != nil && form.fields[1].problem != nil && form.fields[2].problem == nil)
    form.paste("file\n.txt")
    #expect(form["data"] == "file .txt")
    _ = form.handle(Key(.down))
    _ = form.handle(Key("u", .control))
    _ = form.handle(Key("7"))
    _ = form.handle(Key(.down))
    _ = form.handle(Key(.right))
    #expect(form["kind"] == "b")
    #expect(form.handle(Key("s", .control)) == .submitted)
  }

  @Test func figuresReadWell() {
    #expect(Figures.grouped(1_204_331) == "1 204 331")
    #expect(Figures.fixed(3.14159, 2) == "3.14")
    #expect(Figures.fixed(-0.001, 2) == "0.00")
    #expect(Figures.scientific(4.8e-5) == "4.8e-5")
    #expect(Figures.scientific(9.99e-5) == "1.0e-4")
    #expect(Figures.short(.nan) == "NaN")
    #expect(Figures.duration(192) == "3m12s")
    #expect(Figures.duration(7500) == "2h05m")
    #expect(Figures.bytes(1_200_000_000) == "1.2 GB")
    #expect(Figures.count(1, "token") == "1 token")
    #expect(Sparkline.text([1, 2, 3, .nan], width: 4) == "▁▅█ ")
  }
}
