import CTerminal
import Core

/// How long frames take, without a terminal.
public enum UIBenchmark {
  /// Milliseconds to lay out and draw the whole deck anew: a long conversation, a line of input, and every frame of another
  /// text, so that nothing stays as it was.
  /// - Returns: one figure for each run: the mean of `frames` frames, after some that are not counted.
  public static func frame(size: Size, frames: Int = 50, runs: Int = 5) -> [Double] {
    var state = AppState(size: size)
    let transcript = Transcript()
    state.chat.messages = (0..<40).map { i in
      ChatMessage(
        id: String(i), role: i % 2 == 0 ? .user : .assistant,
        text: String(repeating: "Some words with `code` and **weight**, 鸟 and é, in message \(i). ", count: 8))
    }
    var drawn = 0
    func draw() {
      drawn += 1
      let filler = Character(Unicode.Scalar(UInt8(ascii: "a") + UInt8(drawn % 26)))
      state.chat.messages[39].text = String(repeating: filler, count: size.width * size.height)
      state.chat.messages[39].version += 1
      _ = Frame.render(&state, theme: .midnight, transcript: transcript)
    }
    for _ in 0..<5 { draw() }
    return (0..<runs).map { _ in
      let watch = Stopwatch()
      for _ in 0..<frames { draw() }
      return watch.seconds * 1000 / Double(frames)
    }
  }

  /// Milliseconds from a key to its frame while one writes in the middle of a text in the Tokens workspace.
  /// - Returns: one figure for each run: the slowest of `keys` keys.
  public static func edit(
    _ text: String, tokenizer: any Tokenizer, size: Size, keys: Int = 100, runs: Int = 5
  ) -> [Double] {
    // As the program itself begins.
    gbx_reuse_large_blocks()
    var state = AppState(size: size)
    let transcript = Transcript()
    let worker = TokensWorker()
    state.layout.workspace = .tokens
    state.setFocus(.tokens)
    state.tokens.tokenizerName = tokenizer.name
    state.showText(Array(text.utf8), name: "a text")
    TokensFollower.follow(&state, tokenizer, worker)
    state.tokens.moveCursor(to: state.tokens.result.count / 2)
    _ = state.perform(.editText)
    return (0..<runs).map { _ in
      var slowest = 0.0
      for key in 0..<keys {
        let watch = Stopwatch()
        let stroke = key % 7 == 6 ? Key(.backspace) : Key(Character(key % 5 == 4 ? " " : "e"))
        _ = state.handle(.key(stroke))
        TokensFollower.follow(&state, tokenizer, worker)
        _ = Frame.render(&state, theme: .midnight, transcript: transcript)
        slowest = max(slowest, watch.seconds * 1000)
      }
      return slowest
    }
  }
}
