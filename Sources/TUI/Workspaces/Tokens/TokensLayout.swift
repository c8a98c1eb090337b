/// Tokens in rows, as text is read: rows end where lines of the text end, else between words. Only the rows asked for are
/// laid out, whatever the length of the text.
package struct TokensLayout {
  package struct Placed: Equatable {
    package var piece: TokensFlow.Piece
    package var x: Int
  }

  package struct Row: Equatable {
    package var pieces: [Placed] = []
    /// Where the row begins.
    package var place = TokensPlace()
    package var end = 0
    var tokens: Range<Int> {
      let own = pieces.filter { $0.piece.kind != .gap }
      guard let first = own.first, let last = own.last else { return 0..<0 }
      return first.piece.token..<last.piece.token + 1
    }
  }

  let text: TokenizedText
  let width: Int
  let hex: Bool
  let spaces: Bool
  /// Ids stand under the tokens, which are set apart so that they have room.
  let hasIDs: Bool

  package init(_ text: TokenizedText, width: Int, hex: Bool, spaces: Bool, hasIDs: Bool) {
    self.text = text
    self.width = max(2, width)
    self.hex = hex
    self.spaces = spaces
    self.hasIDs = hasIDs
  }

  init(_ state: TokensState, width: Int, hasIDs: Bool) {
    self.init(state.result, width: width, hex: state.hex, spaces: state.spaces, hasIDs: hasIDs)
  }

  /// A place as the text is now: the token found anew where the text changed.
  func valid(_ place: TokensPlace) -> TokensPlace {
    let offset = min(max(0, place.offset), text.bytes.count)
    if place.offset == offset, place.token <= text.count,
      place.token == text.count || text.offsets[place.token].upperBound > offset
        || text.offsets[place.token].lowerBound >= offset,
      place.token == 0 || text.offsets[place.token - 1].lowerBound <= offset
    {
      return place
    }
    var start = offset
    while start > 0, start < text.bytes.count, text.bytes[start] & 0xC0 == 0x80 { start -= 1 }
    return TokensPlace(start, text.token(at: start))
  }

  /// Columns a piece takes, without the gap after it.
  private func columns(_ piece: TokensFlow.Piece) -> Int {
    guard hasIDs, piece.isFirst, piece.kind != .gap else { return piece.cells }
    return max(piece.cells, decimalDigits(Int(text.ids[piece.token])))
  }

  private func decimalDigits(_ n: Int) -> Int {
    var digits = 1
    var rest = n
    while rest >= 10 {
      rest /= 10
      digits += 1
    }
    return digits
  }

  /// Rows from a place on.
  /// - Parameter stop: the last row ends before this place.
  package func rows(from place: TokensPlace, count: Int, stop: TokensPlace? = nil) -> (rows: [Row], next: TokensPlace?)
  {
    var flow = TokensFlow(text, hex: hex, spaces: spaces, width: width, from: place)
    var rows: [Row] = []
    var row = Row(place: place)
    var x = 0
    var carried: [TokensFlow.Piece] = []
    var carriedAt = 0
    var lineEnded = false
    func take() -> TokensFlow.Piece? {
      if carriedAt < carried.count {
        carriedAt += 1
        return carried[carriedAt - 1]
      }
      if let stop, TokensPlace(flow.at, flow.token) >= stop { return nil }
      return flow.next()
    }
    func close(at place: TokensPlace) {
      row.end = place.offset
      rows.append(row)
      row = Row(place: place)
      x = 0
    }
    while rows.count < count {
      guard let piece = take() else {
        if !row.pieces.isEmpty || rows.isEmpty || (lineEnded && stop == nil) {
          close(at: TokensPlace(flow.at, flow.token))
        }
        return (rows, nil)
      }
      if row.pieces.isEmpty { row.place = TokensPlace(piece.range.lowerBound, piece.token) }
      lineEnded = piece.endsLine
      let columns = columns(piece)
      // The sign of a line's end may hang over the edge.
      let needed = piece.endsLine && columns > 1 ? columns - 1 : columns
      if x + needed > width, !row.pieces.isEmpty {
        // Back to where the word began, if that does not leave half of the row empty.
        var cut = row.pieces.count
        if !piece.startsWord, let word = row.pieces.lastIndex(where: { $0.piece.startsWord }), word > 0,
          row.pieces[word].x * 2 >= width
        {
          cut = word
        }
        carried = row.pieces[cut...].map(\.piece) + [piece] + carried[carriedAt...]
        carriedAt = 0
        row.pieces.removeLast(row.pieces.count - cut)
        close(at: TokensPlace(carried[0].range.lowerBound, carried[0].token))
        continue
      }
      row.pieces.append(Placed(piece: piece, x: x))
      x += columns + (hasIDs && piece.isLast && piece.kind != .gap ? 1 : 0)
      if piece.endsLine { close(at: TokensPlace(piece.range.upperBound, piece.isLast ? piece.token + 1 : piece.token)) }
    }
    let next =
      carriedAt < carried.count
      ? TokensPlace(carried[carriedAt].range.lowerBound, carried[carriedAt].token) : row.place
    return (rows, next.offset >= text.bytes.count && next.token >= text.count ? nil : next)
  }

  /// How far back a line is looked for whose start is a row's start.
  private static let reach = 4096

  /// The rows that end where `place` begins, at most `count`, in order.
  package func rows(before place: TokensPlace, count: Int) -> [Row] {
    var found: [Row] = []
    var stop = place
    while found.count < count, stop.offset > 0 || stop.token > 0 {
      let start = lineStart(before: stop)
      // Rows of one line of the text; an enormous one is looked at from somewhere inside it.
      let part = rows(from: start, count: .max, stop: stop).rows.filter { !$0.pieces.isEmpty }
      found = part.suffix(count - found.count) + found
      guard start < stop else { break }
      stop = start
    }
    return found
  }

  func lineStart(before place: TokensPlace) -> TokensPlace {
    guard place.offset > 0 else { return TokensPlace(0, 0) }
    let from = max(0, place.offset - Self.reach)
    // The line end just before the place is the end of the line that is looked for.
    let end = place.offset - 1
    if let newline = text.bytes[from..<end].lastIndex(of: 0x0A) { return valid(TokensPlace(newline + 1, .max)) }
    return from == 0 ? TokensPlace(0, 0) : valid(TokensPlace(from, .max))
  }

  /// Where the row begins that holds a place.
  package func rowStart(of place: TokensPlace) -> TokensPlace {
    let place = valid(place)
    let start = lineStart(before: TokensPlace(place.offset + 1, place.token))
    var result = start
    var from = start
    while true {
      let part = rows(from: from, count: 64)
      for row in part.rows {
        if row.place > place { return result }
        result = row.place
      }
      guard let next = part.next, next <= place else { return result }
      from = next
    }
  }
}

extension TokensLayout {
  /// Where a token begins.
  func place(of token: Int) -> TokensPlace {
    guard token < text.count else { return TokensPlace(text.bytes.count, text.count) }
    return TokensPlace(text.offsets[token].lowerBound, token)
  }

  /// The first token of the line of the text that holds a place; 0 where the line is enormous.
  func firstToken(ofLine place: TokensPlace) -> Int {
    let place = valid(place)
    let start = lineStart(before: TokensPlace(place.offset + 1, place.token))
    if start.offset > 0, start.offset <= text.bytes.count, text.bytes[start.offset - 1] != 0x0A { return 0 }
    return start.token
  }
}
