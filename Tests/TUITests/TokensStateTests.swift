import Core
import Testing

import TUI

/// The Tokens workspace from the keyboard and the mouse.
@Suite struct TokensStateTests {
  private struct Bench {
    var state: AppState
    let tokenizer: any Tokenizer
    let worker = TokensWorker()
    var effects: [Effect] = []

    init(_ size: Size = Size(120, 40), text: String = TokensSamples.text) throws {
      (state, tokenizer) = try TokensSamples.workspace(size, text: text)
    }

    mutating func press(_ names: String...) {
      for name in names {
        if let key = Key(name as String) { effects += state.handle(.key(key)) }
        TokensFollower.follow(&state, tokenizer, worker)
      }
    }

    mutating func frame() -> String {
      HeadlessScreen.text(Frame.render(&state, theme: .midnight, transcript: Transcript()).buffer)
    }
  }

  @Test func whatIsTypedIsInTheTextAndItsTokens() throws {
    var bench = try Bench(text: "")
    bench.press("Enter")
    #expect(bench.state.focus == .tokensText)
    _ = bench.state.handle(.paste("the other "))
    bench.press("f", "o", "x", "Enter", "g", "Backspace")
    #expect(bench.state.tokens.document.text == "the other fox\n")
    let ids = Array(bench.state.tokens.result.ids)
    #expect(bench.tokenizer.decode(ids, skipSpecialTokens: false) == "the other fox\n")
    #expect(bench.frame().contains("fox"))
    bench.press("Esc")
    #expect(bench.state.focus == .tokens)
    bench.press("h")
    #expect(bench.state.tokens.hex)
  }

  @Test func aPasteIntoThePaneIsTheTextToLookAt() throws {
    var bench = try Bench()
    let long = String(repeating: "the other fox jumps over the lazy dog\n", count: 30_000)
    _ = bench.state.handle(.paste(long))
    TokensFollower.follow(&bench.state, bench.tokenizer, bench.worker)
    #expect(bench.state.tokens.result.bytes.count == long.utf8.count)
    #expect(bench.frame().contains("1 140 000 bytes"))
    bench.press("G")
    _ = bench.frame()
    #expect(bench.state.tokens.cursor == bench.state.tokens.result.count - 1)
    #expect(bench.state.tokens.top.offset > long.utf8.count - 8000)
    bench.press("g")
    _ = bench.frame()
    #expect(bench.state.tokens.top == TokensPlace())
  }

  @Test func arrowsAndClicksGoToTokens() throws {
    var bench = try Bench()
    _ = bench.frame()
    bench.press("Right", "Right")
    #expect(bench.state.tokens.cursor == 2)
    bench.press("Down")
    _ = bench.frame()
    let below = bench.state.tokens.cursor
    #expect(below > 2)
    bench.press("Up")
    #expect(bench.state.tokens.cursor < below)
    _ = bench.state.handle(.mouse(.press, Point(4, 3)))
    #expect(bench.state.tokens.cursor == 0)
  }

  @Test func theCardSaysWhyATokenBeginsHere() throws {
    var bench = try Bench()
    bench.press("Right", "Right")
    let frame = bench.frame()
    #expect(frame.contains("made of"))
    #expect(frame.contains("merge"))
    bench.press("w")
    #expect(bench.frame().contains("Why a token begins here"))
  }

  @Test func aWordIsPlayedBackAndForth() throws {
    var bench = try Bench(text: "the other tokenization")
    bench.press("G", "m")
    let steps = bench.state.tokens.explanation?.word?.stepCount ?? 0
    #expect(steps > 3)
    #expect(bench.frame().contains("step \(steps) of \(steps)"))
    bench.press(",", ",")
    #expect(bench.frame().contains("step \(steps - 2) of \(steps)"))
    bench.press(".")
    #expect(bench.frame().contains("step \(steps - 1) of \(steps)"))
    bench.press("Space")
    #expect(bench.state.tokens.player.isPlaying)
    for i in 1...40 { _ = bench.state.tick(now: Double(i), clock: "12:04") }
    #expect(!bench.state.tokens.player.isPlaying)
    #expect(bench.frame().contains("step \(steps) of \(steps)"))
    bench.press("Left")
    #expect(bench.state.tokens.explanation?.word?.word == Array("Ġother".utf8) || bench.state.tokens.cursor < 4)
    bench.press("Esc")
    #expect(bench.state.tokens.view == .text)
  }

  @Test func differencesAreGoneThrough() throws {
    var bench = try Bench()
    bench.state.tokens.compare.others = [
      CompareState.Entry(name: "small", path: "/small", tokenizer: try TokensSamples.tokenizer(257))
    ]
    bench.press("c")
    #expect(bench.state.tokens.view == .compare)
    #expect(bench.frame().contains("small"))
    bench.press("d")
    let first = bench.state.tokens.compare.difference
    bench.press("d")
    let second = bench.state.tokens.compare.difference
    #expect(first != nil && second != nil && first != second)
    bench.press("D")
    #expect(bench.state.tokens.compare.difference == first)
    let ranking = CompareState.ranking(bench.state.tokens.comparison)
    #expect(ranking == [0, 1])
    bench.press("Down", "x")
    #expect(bench.state.tokens.compare.others.isEmpty)
    #expect(bench.effects.contains(.rememberComparison))
  }

  @Test func theVocabularyIsSearched() throws {
    var bench = try Bench()
    bench.press("V")
    #expect(bench.state.focus == .tokensText)
    for key in ["o", "t", "h"] { bench.press(key) }
    #expect(bench.frame().contains("oth"))
    #expect(bench.state.tokens.vocabulary.found?.isEmpty == false)
    for id in bench.state.tokens.vocabulary.found ?? [] {
      #expect(String(decoding: bench.tokenizer.bytes(of: id), as: UTF8.self).contains("oth"))
    }
    bench.press("Down")
    #expect(bench.state.tokens.vocabulary.selection == 1 || bench.state.tokens.vocabulary.count == 1)
    bench.press("Esc", "Esc")
    #expect(bench.state.tokens.view == .text)
    #expect(bench.state.focus == .tokens)
  }

  @Test func aTokenizerIsTrainedByAForm() throws {
    var bench = try Bench()
    bench.press("t")
    _ = bench.state.handle(.paste("book.txt"))
    bench.press("Ctrl-S")
    guard case .trainTokenizer(let options, let data, _, let isPaced)? = bench.effects.last else {
      Issue.record("nothing was started: \(bench.effects)")
      return
    }
    #expect(options.kind == .bpe && options.vocabularySize == 4000)
    #expect(data == "book.txt" && isPaced)
    #expect(bench.state.tokens.view == .training)
  }

  @Test func whatIsLearnedIsFollowedAndGoneBackThrough() throws {
    var bench = try Bench()
    try bench.state.tokens.training = TokensSamples.training()
    bench.state.tokens.view = .training
    let training = try #require(bench.state.tokens.training)
    let all = training.sampleTokens.count
    #expect(training.status == .done)
    #expect(bench.frame().contains("+"))
    for _ in 0..<80 { bench.press(",") }
    #expect(bench.state.tokens.training?.shownMerges == 0)
    #expect((bench.state.tokens.training?.sampleTokens.count ?? 0) > all)
    for _ in 0..<80 { bench.press(".") }
    #expect(bench.state.tokens.training?.sampleTokens.count == all)
  }
}

extension TokensSamples {
  /// A training that is over.
  static func training() throws -> TokenizerTrainingState {
    var options = TokenizerTrainingOptions(kind: .bpe, vocabularySize: 380, threads: 1)
    options.minimumFrequency = 1
    var state = TokenizerTrainingState(options, source: "/data/book.txt", out: "", sample: text, isPaced: true)
    var events: [TokenizerTrainingEvent] = []
    let words = try WordCounts(reading: TrainingCorpus(texts: [text]), options: options)
    _ = try TokenizerTraining.trainer(for: options).train(on: words) {
      events.append($0)
      return true
    }
    for event in events {
      // Times differ from run to run.
      if case .done(var done) = event {
        done.seconds = 1.5
        state.apply(.done(done))
      } else {
        state.apply(event)
      }
    }
    state.status = .done
    return state
  }
}
