import Testing

import TUI

@Suite struct AppLayoutTests {
  private func layout(_ w: Int, _ h: Int, focus: Pane = .chat, _ change: (inout LayoutState) -> Void = { _ in })
    -> ScreenLayout
  {
    var state = LayoutState()
    change(&state)
    return ScreenLayout(size: Size(w, h), state: state, focus: focus)
  }

  @Test func deckShowsWhatFits() {
    #expect(layout(80, 24).panes.map(\.pane) == [.chat])
    #expect(layout(80, 24).strip == Rect(x: 0, y: 22, width: 80, height: 1))
    #expect(layout(80, 24, focus: .train).strip == nil)
    #expect(layout(120, 40).panes.map(\.pane) == [.chat, .train, .tokens])
    #expect(layout(120, 40).strip == nil)
    #expect(layout(200, 50).panes.count == 3)
    #expect(layout(120, 26).panes.map(\.pane) == [.chat, .train])
    #expect(layout(120, 26, focus: .tokens).panes.map(\.pane) == [.chat, .tokens])
    #expect(layout(39, 20).tooSmall)
    #expect(layout(80, 9).tooSmall)
    #expect(layout(40, 10).panes.count == 1)
  }

  @Test func zoomAndWorkspaces() {
    #expect(layout(200, 50, focus: .tokens) { $0.zoomed = true }.panes.map(\.pane) == [.tokens])
    #expect(layout(200, 50) { $0.workspace = .train }.panes.map(\.pane) == [.train])
  }

  @Test func panesTileTheScreenAtEverySizeAndShare() {
    var random = SeededGenerator(3)
    for _ in 0..<400 {
      let w = Int.random(in: 40...260, using: &random)
      let h = Int.random(in: 10...90, using: &random)
      let focus = Pane.allCases.randomElement(using: &random) ?? .chat
      let layout = layout(w, h, focus: focus) {
        $0.shares = [0: Double.random(in: 0...1, using: &random), 1: Double.random(in: 0...1, using: &random)]
        $0.zoomed = Bool.random(using: &random)
        $0.workspace = Workspace.allCases.randomElement(using: &random) ?? .deck
      }
      var covered = [Bool](repeating: false, count: w * h)
      for rect in layout.panes.map(\.rect) + [layout.header, layout.keyBar] + (layout.strip.map { [$0] } ?? []) {
        #expect(rect.x >= 0 && rect.y >= 0 && rect.maxX <= w && rect.maxY <= h)
        for y in rect.y..<rect.maxY {
          for x in rect.x..<rect.maxX {
            #expect(!covered[y * w + x])
            covered[y * w + x] = true
          }
        }
      }
      #expect(covered.allSatisfy { $0 }, "\(w)x\(h)")
    }
  }
}
