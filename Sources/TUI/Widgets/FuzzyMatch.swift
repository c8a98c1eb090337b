/// How well a typed query fits a name: its letters in order, better when they stand together or begin words.
public enum FuzzyMatch {
  public struct Result: Sendable, Equatable {
    public var score: Int
    /// Graphemes of the candidate that the query took, ascending.
    public var positions: [Int]
  }

  /// nil when the query's letters do not all stand in the candidate, in order. Case does not matter; spaces in the
  /// query separate parts that may each match anywhere later.
  public static func match(_ query: String, in candidate: String) -> Result? {
    let wanted = Array(query.lowercased().prefix(64)).filter { $0 != " " }
    if wanted.isEmpty { return Result(score: 0, positions: []) }
    let shown = Array(candidate.prefix(256))
    let letters = shown.map { $0.lowercased().first ?? $0 }
    guard letters.count >= wanted.count else { return nil }
    if let whole = substring(wanted, in: letters) { return whole }
    // best[i][j]: score of matching the first i + 1 letters with the last of them at j.
    let none = Int.min / 2
    var best = [[Int]](repeating: [Int](repeating: none, count: letters.count), count: wanted.count)
    var from = [[Int]](repeating: [Int](repeating: -1, count: letters.count), count: wanted.count)
    for i in wanted.indices {
      var reach = none
      var reachAt = -1
      for j in letters.indices {
        if i > 0, j > 0, best[i - 1][j - 1] - 1 > reach - 1 {
          reach = best[i - 1][j - 1]
          reachAt = j - 1
        }
        guard letters[j] == wanted[i] else {
          reach -= reach > none ? 1 : 0
          continue
        }
        let start = j == 0 || !(shown[j - 1].isLetter || shown[j - 1].isNumber)
        let worth = 10 + (start ? 12 : 0)
        if i == 0 {
          best[i][j] = worth - min(j, 8)
        } else {
          if reach > none {
            best[i][j] = reach + worth
            from[i][j] = reachAt
          }
          if j > 0, best[i - 1][j - 1] > none, best[i - 1][j - 1] + worth + 14 > best[i][j] {
            best[i][j] = best[i - 1][j - 1] + worth + 14
            from[i][j] = j - 1
          }
        }
        reach -= reach > none ? 1 : 0
      }
    }
    guard
      let last = best[wanted.count - 1].indices.max(by: { best[wanted.count - 1][$0] < best[wanted.count - 1][$1] }),
      best[wanted.count - 1][last] > none
    else { return nil }
    var positions: [Int] = []
    var j = last
    for i in wanted.indices.reversed() {
      positions.append(j)
      j = from[i][j]
    }
    return Result(score: best[wanted.count - 1][last] - letters.count / 8, positions: positions.reversed())
  }

  /// A word of a list that a word of the query begins.
  public struct Word: Sendable, Equatable {
    public var text: String
    /// Its letters that were typed.
    public var typed: Int
  }

  /// Words that all begin words of a list, and their score; nil where one does not. Whole words count less than the same
  /// in a title and more than beginnings there, beginnings more than letters picked from here and there.
  public static func words(_ query: String, among list: String) -> (score: Int, words: [Word])? {
    let wanted = query.lowercased().split(separator: " ")
    let known = list.split(separator: " ")
    var found: [Word] = []
    for word in wanted {
      let all = known.filter { $0.lowercased().hasPrefix(word) }
      guard let best = all.min(by: { $0.count < $1.count }) else { return nil }
      found.append(Word(text: String(best), typed: word.count))
    }
    guard !found.isEmpty else { return nil }
    let isWhole = found.allSatisfy { $0.typed == $0.text.count }
    return (wanted.reduce(0) { $0 + $1.count * 24 } + (isWhole ? 105 : 40), found)
  }

  /// The letters as they stand beat letters picked from here and there; best at the start of a word.
  private static func substring(_ wanted: [Character], in letters: [Character]) -> Result? {
    var best: Result?
    for start in 0...(letters.count - wanted.count) where letters[start] == wanted[0] {
      guard letters[start..<(start + wanted.count)].elementsEqual(wanted) else { continue }
      let beginsWord = start == 0 || !(letters[start - 1].isLetter || letters[start - 1].isNumber)
      let end = start + wanted.count
      let endsWord = end == letters.count || !(letters[end].isLetter || letters[end].isNumber)
      // Two letters in the middle of a word may be chance: then the search below decides.
      if !beginsWord, wanted.count < 4 { continue }
      let whole = beginsWord ? (endsWord ? 80 : 40) : 0
      let score = wanted.count * 24 + whole + 20 - min(start, 20) - letters.count / 8
      if score > best?.score ?? .min { best = Result(score: score, positions: Array(start..<(start + wanted.count))) }
    }
    return best
  }
}
