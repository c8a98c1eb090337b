/// A place where a searched text stands in rows as they are laid out; in several pieces where rows end within it.
struct FoundText: Sendable, Equatable {
  struct Piece: Sendable, Equatable {
    var row: Int
    var x: Int
    var width: Int
  }

  /// The message it stands in; nil in a text that is not made of messages.
  var message: Int?
  var pieces: [Piece]

  var row: Int { pieces.first?.row ?? 0 }

  func moved(by rows: Int, message: Int) -> FoundText {
    FoundText(message: message, pieces: pieces.map { Piece(row: $0.row + rows, x: $0.x, width: $0.width) })
  }

  /// One character of the rows.
  private struct Place {
    var letter: String
    var piece: Piece
    /// Nothing but spaces stands before it in its row.
    var isIndent: Bool
    /// The row's text ends here, and goes on in the next within a word.
    var isCut: Bool
  }

  /// All places, without overlaps. Case does not matter. A space also stands for a row's end and the indent after it; a
  /// word that was longer than its row is found whole.
  /// - Parameter width: the cells that rows were laid out for.
  static func all(_ text: String, in rows: [StyledLine], width: Int) -> [FoundText] {
    let wanted = text.map { String($0).lowercased() }
    guard let first = wanted.first else { return [] }
    let places = places(rows, width)
    var found: [FoundText] = []
    var at = 0
    while at < places.count {
      if places[at].letter == first, let (pieces, end) = match(wanted, places, from: at) {
        found.append(FoundText(message: nil, pieces: pieces))
        at = max(at + 1, end)
      } else {
        at += 1
      }
    }
    return found
  }

  private static func places(_ rows: [StyledLine], _ width: Int) -> [Place] {
    var places: [Place] = []
    for (row, line) in rows.enumerated() {
      var x = 0
      var isIndent = true
      for span in line.spans {
        for character in span.text {
          let cells = TextWidth.of(character)
          if character != " " { isIndent = false }
          places.append(
            Place(
              letter: String(character).lowercased(), piece: Piece(row: row, x: x, width: cells), isIndent: isIndent,
              isCut: false))
          x += cells
        }
      }
      if x >= width - 1, let last = places.indices.last, places[last].piece.row == row { places[last].isCut = true }
    }
    return places
  }

  private static func match(_ wanted: [String], _ places: [Place], from start: Int) -> (pieces: [Piece], end: Int)? {
    var pieces: [Piece] = []
    var at = start
    var i = 0
    while i < wanted.count {
      guard at < places.count else { return nil }
      let place = places[at]
      if let last = pieces.last, place.piece.row != last.row {
        // Over the end of a row: where a space is wanted, or within a word.
        guard place.piece.row == last.row + 1 else { return nil }
        if wanted[i] == " ", places[at - 1].letter != " " {
          i += 1
          if i == wanted.count { break }
        } else if !places[at - 1].isCut {
          return nil
        }
        while at < places.count, places[at].isIndent, places[at].piece.row == place.piece.row { at += 1 }
        guard at < places.count, places[at].letter == wanted[i] else { return nil }
        pieces.append(places[at].piece)
      } else {
        guard place.letter == wanted[i] else { return nil }
        if pieces.isEmpty { pieces.append(place.piece) } else { pieces[pieces.count - 1].width += place.piece.width }
      }
      at += 1
      i += 1
    }
    return (pieces, at)
  }

  /// Marks what is in sight; the one that was gone to stands out.
  static func mark(_ state: ChatState, in log: Rect, x: Int, y: Int, theme: Theme, into buffer: inout CellBuffer) {
    for (i, match) in state.find.matches.enumerated() {
      let style = i == state.find.current ? theme.match.adding(.bold) : theme.selection
      for piece in match.pieces where log.y..<log.maxY ~= y + piece.row {
        buffer.restyle(Rect(x: x + piece.x, y: y + piece.row, width: piece.width, height: 1)) { _ in style }
      }
    }
  }
}
