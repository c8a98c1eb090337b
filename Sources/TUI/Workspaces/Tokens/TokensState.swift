import Core

/// What the Tokens workspace shows: a text through a tokenizer, and the views beside it.
public struct TokensState: Sendable {
  public enum Source: String, Sendable {
    /// The input box, or the selected message while the box is empty.
    case live
    case own
  }

  /// Where the ids stand.
  public enum IDs: String, Sendable, CaseIterable {
    case under, none, list
  }

  public enum View: String, Sendable, CaseIterable {
    case text, merges, compare, vocabulary, training
  }

  public var tokenizerName = ""
  /// Its file or folder; empty for the model's own.
  public var tokenizerPath = ""
  /// Counts the tokenizers that were looked through.
  public var tokenizerNumber = 0
  /// Whose the tokenizer is, where it is no file's.
  public enum Owner: Sendable, Equatable {
    case model(Int), training(Int)
  }
  public var tokenizerOwner: Owner?
  /// Counts the models that were loaded.
  public var modelNumber = 0
  /// Whether the text is seen as the loaded model sees it.
  var isThroughModel: Bool { tokenizerOwner == .model(modelNumber) }
  public var loading = false
  public var problem: String?
  public var source = Source.live
  /// A text of its own, with where it came from.
  public var document = TokensDocument()
  public var documentName: String {
    get { document.name }
    set { document.name = newValue }
  }
  public var result = TokenizedText.empty
  public var view = View.text
  /// A token of the result.
  public var cursor = 0
  public var hex = false
  public var spaces = true
  public var ids = IDs.under
  /// Where the first row shown begins.
  public var top = TokensPlace()
  /// Whether the cursor is kept in sight; scrolling lets it go.
  public var follows = true
  /// What was last laid out, kept by ``Frame``.
  var page = TokensPage()

  public var explained: TokensExplanation?
  public var player = TokensPlayer()
  public var compare = CompareState()
  public var vocabulary = VocabularyState()
  public var training: TokenizerTrainingState?
  /// Whether the text is coloured by how little the model expects it.
  public var showsSurprisal = false
  public var surprisal: Surprisal?
  /// The surprisal, when it is of the tokens that are shown.
  var shownSurprisal: Surprisal? {
    surprisal.flatMap { showsSurprisal && $0.serial == result.serial && $0.model == modelNumber ? $0 : nil }
  }

  public init() {}

  /// What ``explained`` ought to be about.
  var explanationKey: TokensExplanation.Key { TokensExplanation.Key(serial: result.serial, token: cursor) }
  /// The explanation, when it is about the token under the cursor.
  package var explanation: TokensExplanation? { explained.flatMap { $0.key == explanationKey ? $0 : nil } }

  /// Takes a new text with its tokens.
  mutating func take(_ new: TokenizedText) {
    if new.bytes.isEmpty || result.bytes.isEmpty || new.bytes.first != result.bytes.first {
      compare.difference = nil
      compare.top = 0
    }
    if new.origin.text != result.origin.text {
      // Where one looked in another text is nowhere in this one.
      (cursor, top, follows) = (0, TokensPlace(), true)
    } else if top.offset > 0,
      source == .live ? !Self.agree(result.bytes, new.bytes, to: top.offset) : top.offset >= new.bytes.count
    {
      // Nor in one that began otherwise.
      (top, follows) = (TokensPlace(), true)
    }
    result = new
    clampCursor()
  }

  private static func agree(_ a: [UInt8], _ b: [UInt8], to offset: Int) -> Bool {
    guard offset < min(a.count, b.count) else { return false }
    return a.withUnsafeBytes { a in b.withUnsafeBytes { b in CommonBytes.prefix(a, b) >= offset } }
  }

  mutating func take(_ new: TokensExplanation) {
    if new.word != explained?.word || new.tokens != explained?.tokens { player = TokensPlayer() }
    explained = new
  }
}

/// The rows on the screen, for moving up and down and for the mouse.
struct TokensPage: Sendable {
  var rows: [TokensLayout.Row] = []
  /// Screen rows that each takes.
  var rowHeight = 2
  var area = Rect(x: 0, y: 0, width: 0, height: 0)
  /// More text follows.
  var next: TokensPlace?
  var hasIDs = true

  /// The row of a token, or of the caret when an offset is given.
  func row(of token: Int) -> Int? {
    rows.firstIndex { $0.pieces.contains { $0.piece.token == token && $0.piece.kind != .gap } }
  }

  func row(at offset: Int) -> Int? {
    if let row = rows.firstIndex(where: { $0.place.offset <= offset && offset < $0.end }) { return row }
    guard let last = rows.last, next == nil, offset >= last.place.offset else { return nil }
    return rows.count - 1
  }
}

extension TokensState {
  /// How a token on the page counts columns.
  func layout(_ page: TokensPage) -> TokensLayout {
    TokensLayout(self, width: page.area.width, hasIDs: page.hasIDs)
  }

  mutating func clampCursor() { cursor = min(max(0, cursor), max(0, result.count - 1)) }

  mutating func moveCursor(to token: Int) {
    cursor = token
    follows = true
    clampCursor()
  }

  /// To the token above or below.
  mutating func moveRow(_ step: Int) {
    guard let row = page.row(of: cursor),
      let here = page.rows[row].pieces.first(where: { $0.piece.token == cursor && $0.piece.kind != .gap })
    else { return }
    guard let target = neighbour(of: row, step) else { return }
    let own = target.pieces.filter { $0.piece.kind != .gap }
    guard let piece = own.last(where: { $0.x <= here.x }) ?? own.first else {
      // An empty row: what follows it.
      return moveCursor(to: target.place.token)
    }
    if piece.piece.token == cursor { return moveCursor(to: cursor + step) }
    moveCursor(to: piece.piece.token)
  }

  private func neighbour(of row: Int, _ step: Int) -> TokensLayout.Row? {
    if page.rows.indices.contains(row + step) { return page.rows[row + step] }
    let layout = layout(page)
    if step < 0 { return layout.rows(before: page.rows[row].place, count: 1).first }
    return page.next.flatMap { layout.rows(from: $0, count: 1).rows.first }
  }

  /// Scrolls by rows, without moving the cursor.
  mutating func scroll(by rows: Int) {
    guard rows != 0, page.area.width > 0 else { return }
    follows = false
    let layout = layout(page)
    if rows < 0 {
      top = layout.rows(before: top, count: -rows).first?.place ?? TokensPlace()
    } else {
      let (found, next) = layout.rows(from: top, count: rows)
      if let next { top = next } else if let last = found.last { top = last.place }
    }
  }

  /// Where the caret goes from here when it moves by rows.
  func caretOffset(movedBy step: Int) -> Int? {
    guard let row = page.row(at: document.caret), let target = neighbour(of: row, step) else { return nil }
    let flow = TokensFlow(result, hex: hex, spaces: spaces, width: page.area.width, from: TokensPlace())
    let x = page.rows[row].x(of: document.caret, flow)
    return target.offset(at: x, flow)
  }
}

extension TokensLayout.Row {
  /// The column of an offset in the row.
  func x(of offset: Int, _ flow: TokensFlow) -> Int {
    for placed in pieces where offset < placed.piece.range.upperBound {
      return placed.x + flow.cells(of: placed.piece, to: offset)
    }
    return pieces.last.map { $0.x + $0.piece.cells } ?? 0
  }

  /// The offset nearest to a column.
  func offset(at x: Int, _ flow: TokensFlow) -> Int {
    guard let placed = pieces.last(where: { $0.x <= x }) ?? pieces.first else { return place.offset }
    let piece = placed.piece
    guard piece.kind == .text || piece.kind == .gap else { return piece.range.lowerBound }
    var best = piece.range.lowerBound
    // A row's end is before the sign of the line's end, or before what the next row begins with.
    let last = piece.endsLine ? piece.range.upperBound - 1 : piece.range.upperBound
    for offset in piece.range.lowerBound...max(last, piece.range.lowerBound)
    where offset == flow.text.bytes.count || flow.text.bytes[offset] & 0xC0 != 0x80 {
      if placed.x + flow.cells(of: piece, to: offset) <= x { best = offset }
    }
    return best
  }
}
