import Core

/// A text as pieces to draw, one after the other from any place: a token's text, its bytes where they are only part of a
/// character, a special token's name, and what no token covers. Nothing before or after what is asked for is looked at.
package struct TokensFlow {
  package enum Kind: Equatable {
    case text
    /// Bytes in hexadecimal: part of a character, or nothing that can be seen.
    case hex
    case special
    /// A token that covers nothing of the text.
    case virtual
    /// Text that no token covers: spaces that the tokenizer drops.
    case gap
  }

  package struct Piece: Equatable {
    /// Index of the token; of the one that follows, for a gap.
    package var token: Int
    package var range: Range<Int>
    package var kind: Kind
    package var label: String
    /// Cells of the label.
    package var cells: Int
    /// Whether the token begins here: long ones and those with line ends come in several pieces.
    package var isFirst: Bool
    var isLast = true
    /// A line of the text ends here.
    var endsLine = false
    /// A row may well begin here.
    var startsWord = false
  }

  let text: TokenizedText
  let hex: Bool
  let spaces: Bool
  /// No piece is wider than this.
  let width: Int
  /// The next token, and how far the text is told.
  private(set) var token: Int
  private(set) var at: Int
  private var afterSpace = true

  /// Pieces are at most this long.
  private static let reach = 256

  init(_ text: TokenizedText, hex: Bool, spaces: Bool, width: Int, from place: TokensPlace) {
    self.text = text
    self.width = max(2, width)
    self.hex = hex
    self.spaces = spaces
    token = place.token
    at = place.offset
    if at > 0 { afterSpace = text.bytes[at - 1] == 0x20 || text.bytes[at - 1] == 0x0A }
  }

  mutating func next() -> Piece? {
    if token >= text.count {
      return at < text.bytes.count ? textPiece(at..<text.bytes.count, isGap: true) : nil
    }
    let start = min(text.offsets[token].lowerBound, text.bytes.count)
    return start > at ? textPiece(at..<start, isGap: true) : tokenPiece()
  }

  private mutating func tokenPiece() -> Piece {
    let full = text.offsets[token]
    let end = max(min(full.upperBound, text.bytes.count), at)
    let range = at..<end
    var piece = Piece(token: token, range: range, kind: .hex, label: "", cells: 0, isFirst: at <= full.lowerBound)
    if text.isSpecial(token) {
      let name = text.written(token)
      piece.kind = .special
      piece.startsWord = true
      piece.label = SafeText.clean(
        name.isEmpty ? String(decoding: text.bytes[range], as: UTF8.self) : name, keepingNewlines: false)
    } else if range.isEmpty {
      // Of several tokens that share a character, those after the first; or a mark of the vocabulary's own.
      piece.isFirst = true
      piece.kind = full.isEmpty ? .virtual : .hex
      piece.label =
        full.isEmpty
        ? TokenLabel.written(text.written(token)) : TokenLabel.hexadecimal(text.tokenBytes(token))
    } else if sharesCharacter(range) {
      piece.label = TokenLabel.hexadecimal(sharesNext ? text.tokenBytes(token) : Array(text.bytes[range]))
    } else if hex {
      piece.label = TokenLabel.hexadecimal(text.bytes[range])
      piece.endsLine = text.bytes[range].last == 0x0A
    } else {
      return textPiece(range, isGap: false, isFirst: piece.isFirst)
    }
    at = end
    token += 1
    // Scripts written without spaces may break between any two characters.
    if piece.kind == .hex, let first = text.bytes[range].first, first >= 0xE0 { piece.startsWord = true }
    piece.label = TextWidth.truncate(piece.label, to: width)
    piece.cells = TextWidth.of(piece.label)
    if afterSpace { piece.startsWord = true }
    afterSpace = piece.endsLine || piece.kind == .special
    return piece
  }

  /// The next token has some of the same bytes.
  private var sharesNext: Bool {
    token + 1 < text.count && !text.offsets[token + 1].isEmpty
      && text.offsets[token + 1].lowerBound < text.offsets[token].upperBound
  }

  /// Whether a token has only part of a character.
  private func sharesCharacter(_ range: Range<Int>) -> Bool {
    if text.bytes[range.lowerBound] & 0xC0 == 0x80 { return true }
    if range.upperBound < text.bytes.count, text.bytes[range.upperBound] & 0xC0 == 0x80 { return true }
    return sharesNext
  }

  /// Cuts at line ends, and every so often, so that an enormous token is told piece by piece.
  private mutating func textPiece(_ range: Range<Int>, isGap: Bool, isFirst: Bool = true) -> Piece {
    let bytes = text.bytes
    var end = cut(range.lowerBound + min(range.count, Self.reach), in: range)
    if let newline = bytes[range.lowerBound..<end].firstIndex(of: 0x0A) { end = newline + 1 }
    var piece = label(range.lowerBound..<end)
    while piece.cells > width {
      let shorter = cut(range.lowerBound + (end - range.lowerBound) * width / piece.cells, in: range)
      guard shorter < end else { break }
      end = shorter
      piece = label(range.lowerBound..<end)
    }
    piece.kind = isGap ? .gap : .text
    piece.token = token
    piece.isFirst = isFirst && !isGap
    piece.isLast = isGap || end == range.upperBound
    if piece.cells == 0, !isGap, piece.isLast, piece.isFirst {
      piece.label = TokenLabel.hexadecimal(bytes[range.lowerBound..<end])
      piece.cells = TextWidth.of(piece.label)
      piece.kind = .hex
    }
    if afterSpace { piece.startsWord = true }
    let last = bytes[end - 1]
    afterSpace = last == 0x20 || last == 0x0A || last == 0x09
    at = end
    if piece.isLast, !isGap { token += 1 }
    return piece
  }

  /// The nearest end of a scalar at or before an offset, but at least one scalar.
  private func cut(_ offset: Int, in range: Range<Int>) -> Int {
    var end = min(offset, range.upperBound)
    while end > range.lowerBound, end < range.upperBound, text.bytes[end] & 0xC0 == 0x80 { end -= 1 }
    if end > range.lowerBound { return end }
    end = range.lowerBound + 1
    while end < range.upperBound, text.bytes[end] & 0xC0 == 0x80 { end += 1 }
    return end
  }

  /// Text with its spaces and controls made visible.
  private func label(_ range: Range<Int>) -> Piece {
    let (label, cells, endsLine) = text.bytes.withUnsafeBufferPointer {
      TokenLabel.text(UnsafeBufferPointer(rebasing: $0[range]), spaces: spaces)
    }
    let first = text.bytes[range.lowerBound]
    return Piece(
      token: 0, range: range, kind: .text, label: label, cells: cells, isFirst: true, endsLine: endsLine,
      startsWord: first == 0x20 || first >= 0xE2)
  }

  /// Cells of the text from the start of a piece to an offset inside it.
  func cells(of piece: Piece, to offset: Int) -> Int {
    if offset <= piece.range.lowerBound { return 0 }
    if offset >= piece.range.upperBound || piece.kind != .text && piece.kind != .gap { return piece.cells }
    return label(piece.range.lowerBound..<offset).cells
  }
}

/// A place in a tokenized text: how far it is told, and which token comes next.
public struct TokensPlace: Sendable, Equatable, Comparable {
  public var offset: Int
  public var token: Int

  public init(_ offset: Int = 0, _ token: Int = 0) {
    self.offset = offset
    self.token = token
  }

  public static func < (a: TokensPlace, b: TokensPlace) -> Bool { (a.offset, a.token) < (b.offset, b.token) }
}
