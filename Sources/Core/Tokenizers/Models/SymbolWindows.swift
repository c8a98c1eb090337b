/// A token of a piece, with its bytes there.
package struct MergedToken: Sendable, Equatable {
  package var id: TokenID
  package var start: UInt32
  package var length: UInt32
  package var end: UInt32 { start &+ length }
}

extension SymbolList {
  /// Symbols that are merged at once; longer pieces go through
  /// ``mergeWindows(count:window:fill:pair:emit:restart:)``.
  static let window = 1 << 13

  /// More symbols than this a character never becomes.
  private static let slack = 8

  /// Merges the symbols of a piece of any length as ``merge(_:)`` would, in memory that does not grow with it.
  ///
  /// The piece is worked on in windows, each beginning among the last tokens of the one before. Where both make the same
  /// token at the same place, what the first has before it and the second after it are joined there. The result is that
  /// of the whole. For merging a part of a piece takes the same steps as merging the piece does there, until a merge
  /// reaches over the part's end; so two neighbours of a result, merged as a text of their own, stay as they are. And of
  /// tokens of which all neighbours do, none is ever merged over: the first merge to do it would be one of those two's
  /// own. All neighbours in the joined list are neighbours in one of the windows.
  ///
  /// Where two windows agree nowhere, the first is made twice as large. Should its first token then be another than the
  /// one that it was joined with, everything begins anew.
  ///
  /// - Parameters:
  ///   - count: where the piece ends.
  ///   - fill: appends symbols from a place on where one begins, until there are `most` or a few more, or all that are
  ///     left; gives the place where the next one begins. Which symbols they are must not depend on where it began.
  ///   - pair: as for ``merge(_:)``.
  ///   - emit: gets the tokens in order.
  ///   - restart: takes back all that were given; they follow again.
  package func mergeWindows(
    count: Int, window: Int, fill: (_ from: Int, _ most: Int) -> Int,
    pair: (Symbol, Symbol) -> (rank: UInt32, id: TokenID), emit: (MergedToken) -> Void, restart: () -> Void
  ) {
    var size = window
    func tokens(from start: Int, _ end: inout Int) -> [MergedToken] {
      removeAll(reserving: size + Self.slack)
      end = fill(start, size)
      merge(pair)
      return merged
    }
    var end = 0
    var start = 0
    var settled = tokens(from: start, &end)
    while end < count {
      let cut = settled.count - max(1, settled.count / 8)
      if cut > 0 {
        var nextEnd = 0
        let next = tokens(from: Int(settled[cut].start), &nextEnd)
        if let (old, new) = Self.firstCommon(settled, from: cut, next) {
          for token in settled[..<old] { emit(token) }
          settled = Array(next[new...])
          start = Int(settled[0].start)
          end = nextEnd
          continue
        }
      }
      size *= 2
      let joined = settled.first
      settled = tokens(from: start, &end)
      if start > 0, settled.first != joined {
        restart()
        start = 0
        settled = tokens(from: 0, &end)
      }
    }
    for token in settled { emit(token) }
  }

  /// The tokens that the symbols have become.
  private var merged: [MergedToken] {
    var tokens: [MergedToken] = []
    guard count > 0 else { return tokens }
    tokens.reserveCapacity(count / 2)
    var place = 0
    while place >= 0 {
      let symbol = symbols[place]
      tokens.append(MergedToken(id: symbol.id, start: symbol.start, length: symbol.length))
      place = Int(symbol.next)
    }
    return tokens
  }

  private static func firstCommon(
    _ old: [MergedToken], from cut: Int, _ new: [MergedToken]
  ) -> (old: Int, new: Int)? {
    var (i, j) = (cut, 0)
    while i < old.count, j < new.count {
      if old[i] == new[j] { return (i, j) }
      let (first, second) = (old[i].start, new[j].start)
      if first <= second { i += 1 }
      if second <= first { j += 1 }
    }
    return nil
  }
}
