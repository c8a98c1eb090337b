import Foundation
import Testing
import TUI

/// Frames as stored in `Golden/`; `GLASSBOX_GOLDEN=write swift test --filter AppGoldenTests` writes them anew.
@Suite struct AppGoldenTests {
  static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("Golden")

  static let cases: [(name: String, size: Size, change: @Sendable (inout AppState) -> Void)] = [
    ("deck-80x24", Size(80, 24), { _ in }),
    ("deck-120x40", Size(120, 40), { _ in }),
    ("deck-200x50", Size(200, 50), { _ in }),
    ("train-80x24", Size(80, 24), { $0.setFocus(.train) }),
    (
      "train-200x50", Size(200, 50),
      {
        $0.layout.workspace = .train
        $0.focus = .train
      }
    ),
    ("tokens-80x24", Size(80, 24), { $0.setFocus(.tokens) }),
    (
      "tokens-hex-100x30", Size(100, 30),
      {
        $0.setFocus(.tokens)
        $0.tokens.hex = true
      }
    ),
    (
      "xray-100x30", Size(100, 30),
      { state in
        state.chat.xray = true
        state.setFocus(.log)
        state.tokens.result.origin = state.tokensOrigin
      }
    ),
    ("help-120x40", Size(120, 40), { _ = $0.perform(.help) }),
    (
      "palette-80x24", Size(80, 24),
      { state in
        _ = state.perform(.palette)
        _ = state.handle(.paste("run"))
      }
    ),
    (
      "form-80x24", Size(80, 24),
      { state in
        _ = state.perform(.newRun)
        _ = state.handle(.key(Key("s", .control)))
      }
    ),
    ("quit-80x24", Size(80, 24), { _ = $0.perform(.quit) }),
    ("empty-80x24", Size(80, 24), { $0 = AppState(size: Size(80, 24)) }),
    (
      "prefill-80x24", Size(80, 24),
      { state in
        state.chat.prefill = (640, 2048)
        state.chat.messages[5].text = ""
        state.chat.notice = "the context was full: the oldest 4 messages are not sent any more"
      }
    ),
    ("tiny-30x8", Size(30, 8), { _ in }),
  ]

  /// The same for the Tokens workspace: a text of its own, by a tokenizer learned on the spot.
  static let tokens: [(name: String, size: Size, change: @Sendable (inout AppState) throws -> Void)] = [
    ("tokens-text-120x40", Size(120, 40), { for _ in 0..<4 { _ = $0.perform(.tokenRight) } }),
    (
      "tokens-list-80x24", Size(80, 24),
      {
        $0.tokens.ids = .list
        $0.tokens.spaces = false
      }
    ),
    (
      "tokens-compare-120x40", Size(120, 40),
      {
        for size in [300, 257] {
          $0.tokens.compare.others.append(
            .init(name: "bpe-\(size)", path: "/bpe-\(size)", tokenizer: try TokensSamples.tokenizer(size)))
        }
        _ = $0.perform(.compareTokenizers)
      }
    ),
    (
      "tokens-compare-80x24", Size(80, 24),
      {
        $0.tokens.compare.others = [.init(name: "用 small", path: "/s", tokenizer: try TokensSamples.tokenizer(300))]
        _ = $0.perform(.compareTokenizers)
      }
    ),
    (
      "tokens-merges-120x40", Size(120, 40),
      {
        for _ in 0..<9 { _ = $0.perform(.tokenRight) }
        _ = $0.perform(.mergeSteps)
      }
    ),
    (
      "tokens-vocabulary-120x40", Size(120, 40),
      {
        _ = $0.perform(.vocabulary)
        _ = $0.handle(.paste("the"))
      }
    ),
    (
      "tokens-training-120x40", Size(120, 40),
      {
        $0.tokens.training = try TokensSamples.training()
        $0.tokens.view = .training
      }
    ),
    (
      "tokens-training-80x24", Size(80, 24),
      {
        $0.tokens.training = try TokensSamples.training()
        $0.tokens.view = .training
      }
    ),
  ]

  @Test(arguments: tokens.indices) func tokensFramesAreAsStored(index: Int) throws {
    let (name, size, change) = Self.tokens[index]
    var (state, tokenizer) = try TokensSamples.workspace(size)
    let worker = TokensWorker()
    TokensFollower.follow(&state, tokenizer, worker)
    _ = Frame.render(&state, theme: .midnight, transcript: Transcript())
    try change(&state)
    TokensFollower.follow(&state, tokenizer, worker)
    try check(name, &state)
  }

  @Test(arguments: cases.indices) func framesAreAsStored(index: Int) throws {
    let (name, size, change) = Self.cases[index]
    var state = Samples.chat(size)
    change(&state)
    try check(name, &state)
  }

  private func check(_ name: String, _ state: inout AppState) throws {
    let text = HeadlessScreen.text(Frame.render(&state, theme: .midnight, transcript: Transcript()).buffer)
    let file = Self.folder.appendingPathComponent(name + ".txt")
    if ProcessInfo.processInfo.environment["GLASSBOX_GOLDEN"] == "write" {
      try FileManager.default.createDirectory(at: Self.folder, withIntermediateDirectories: true)
      try text.write(to: file, atomically: true, encoding: .utf8)
    }
    let stored = try String(contentsOf: file, encoding: .utf8)
    let (new, old) = (
      text.split(separator: "\n", omittingEmptySubsequences: false),
      stored.split(separator: "\n", omittingEmptySubsequences: false)
    )
    #expect(new.count == old.count)
    for (row, (a, b)) in zip(new, old).enumerated() { #expect(a == b, "\(name), row \(row)") }
  }

  @Test func theSameStateGivesTheSameFrameWhateverWasDrawnBefore() {
    var state = Samples.chat(Size(120, 40))
    let used = Transcript()
    _ = Frame.render(&state, theme: .midnight, transcript: used)
    _ = state.handle(.resize(Size(90, 30)))
    _ = Frame.render(&state, theme: .midnight, transcript: used)
    _ = state.handle(.resize(Size(120, 40)))
    let again = Frame.render(&state, theme: .midnight, transcript: used)
    var fresh = Samples.chat(Size(120, 40))
    #expect(again.buffer == Frame.render(&fresh, theme: .midnight, transcript: Transcript()).buffer)
  }
}
