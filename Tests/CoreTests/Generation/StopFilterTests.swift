import Core
import Testing

@Suite struct StopFilterTests {
  /// What is shown piece by piece, and whether a stop string ended it.
  private func run(_ stops: [String], _ pieces: [String]) -> (shown: [String], stopped: Bool) {
    var filter = StopFilter(stops)
    var shown = pieces.map { filter.push($0) }
    shown.append(filter.finish())
    return (shown, filter.isStopped)
  }

  @Test func nothingOfAStopStringIsShown() {
    let (shown, stopped) = run(["\nUser:"], ["Hello", " there\n", "Us", "er", ": no", "more"])
    #expect(stopped)
    #expect(shown == ["Hello", " there", "", "", "", "", ""])
  }

  @Test func whatWasNoStopStringComesOut() {
    let (shown, stopped) = run(["\nUser:"], ["a\nUs", "ual", "\n"])
    #expect(!stopped)
    #expect(shown == ["a", "\nUsual", "", "\n"])
  }

  @Test func theFirstOfSeveralEndsIt() {
    #expect(run(["END", "."], ["one. END"]).shown == ["one", ""])
    #expect(run(["", "x"], ["abc", "dxe"]).shown == ["abc", "d", ""])
    #expect(run([], ["abc"]).shown == ["abc", ""])
  }

  @Test func overlapsAreFound() {
    #expect(run(["aab"], ["a", "a", "a", "b", "c"]).shown.joined() == "a")
    #expect(run(["ababc"], ["abab", "abc"]).shown.joined() == "ab")
  }

  @Test func charactersStayWhole() {
    // "é" and "è" begin with the same byte.
    let (shown, stopped) = run(["é!"], ["caf", "é", "è", "é", "!"])
    #expect(stopped)
    #expect(shown.joined() == "caféè")
    #expect(shown.allSatisfy { !$0.contains("\u{FFFD}") })
    // Byte for byte: a composed stop string does not match decomposed text.
    #expect(!run(["é"], ["e\u{301}"]).stopped)
  }

  @Test func anyCutGivesTheSameText() {
    let text = "one two\n\nthree two\n four"
    for stop in ["\n\nthree", "two\n ", "four", "e t", "zzz"] {
      let whole = run([stop], [text]).shown.joined()
      for size in 1...5 {
        var pieces = [String]()
        var rest = Substring(text)
        while !rest.isEmpty {
          pieces.append(String(rest.prefix(size)))
          rest = rest.dropFirst(size)
        }
        #expect(run([stop], pieces).shown.joined() == whole)
      }
    }
  }
}
