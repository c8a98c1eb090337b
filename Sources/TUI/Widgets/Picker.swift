/// One line of a list to choose from.
public struct PickerItem: Sendable, Equatable {
  public var id: String
  public var title: String
  /// Dim, after the title.
  public var detail: String
  /// At the right edge: a key, a size, a date.
  public var note: String
  /// Marked as the one in use.
  public var current: Bool
  /// Other words it is found by; not shown.
  public var words = ""
  /// Its file, where it has one: what `models show` would be asked for.
  public init(id: String, title: String, detail: String = "", note: String = "", current: Bool = false) {
    self.id = id
    self.title = title
    self.detail = detail
    self.note = note
    self.current = current
  }
}

/// A list with a line to search it by.
public struct Picker: Sendable {
  public enum Purpose: Sendable, Equatable {
    case palette, model, theme, conversation, tokenizer, compare, run, template
    case alternatives(message: String, token: Int)
  }

  public struct Match: Sendable, Equatable {
    public var index: Int
    /// Characters of the title that were typed.
    public var positions: [Int]
    /// Characters of the detail that were.
    public var inDetail: [Int] = []
    /// Words that the item was found by, where the title has not what was typed.
    public var words: [FuzzyMatch.Word] = []
  }

  public var purpose: Purpose
  public var title: String
  public var items: [PickerItem] {
    didSet {
      // A list that grows behind the cursor keeps what was chosen.
      let chosen = matches.indices.contains(selection) ? oldValue[matches[selection].index].id : nil
      search()
      if let chosen, let again = matches.firstIndex(where: { items[$0.index].id == chosen }) { selection = again }
    }
  }
  public var query = TextEditor()
  public private(set) var matches: [Match] = []
  public private(set) var selection = 0
  public var scroll = 0
  /// The items are found by somebody else, who looks further than titles: then those that answer the query are all shown.
  public var isAnsweredElsewhere = false
  /// A short list needs no line to search it by.
  public var isSearchable = true
  /// Whether a path may be typed too, and opened.
  public var takesPaths = false
  public internal(set) var typedPath = TypedPath()
  /// The query that the items answer.
  public var answered = ""
  public var placeholder = "type to search"
  /// Shown where nothing matches, or while items are still being found.
  public var emptyText = "nothing matches"
  /// What further keys do with the selected item, for the last line: ("Ctrl-D", "delete").
  public var extras: [(key: Key, label: String, id: String)] = []

  public init(_ purpose: Purpose, title: String, items: [PickerItem]) {
    self.purpose = purpose
    self.title = title
    self.items = items
    search()
    if let current = matches.firstIndex(where: { items[$0.index].current }) { selection = current }
  }

  public var selected: PickerItem? { matches.indices.contains(selection) ? items[matches[selection].index] : nil }

  public mutating func search() {
    let text = query.text
    if text.isEmpty || isAnsweredElsewhere && answered == text {
      matches = items.indices.map {
        Match(index: $0, positions: text.isEmpty ? [] : places(of: text, in: items[$0].title))
      }
    } else {
      let scored = items.indices.compactMap { i -> (score: Int, match: Match)? in
        let byWord = FuzzyMatch.words(text, among: items[i].words)
        if let hit = FuzzyMatch.match(text, in: items[i].title), hit.score + 40 >= byWord?.score ?? .min {
          return (hit.score + 40, Match(index: i, positions: hit.positions))
        }
        if let byWord { return (byWord.score, Match(index: i, positions: [], words: byWord.words)) }
        // Letters of the detail count less.
        guard let hit = FuzzyMatch.match(text, in: items[i].title + " " + items[i].detail) else { return nil }
        let border = items[i].title.count + 1
        return (
          hit.score,
          Match(
            index: i, positions: hit.positions.filter { $0 < border - 1 },
            inDetail: hit.positions.filter { $0 >= border }.map { $0 - border })
        )
      }
      matches = scored.sorted { ($0.score, -$0.match.index) > ($1.score, -$1.match.index) }.map(\.match)
    }
    // A new query starts from its best match.
    selection = 0
  }

  /// Where a title has the words as they were typed.
  private func places(of words: String, in title: String) -> [Int] {
    let (title, words) = (Array(title.lowercased()), Array(words.lowercased()))
    guard !words.isEmpty, title.count >= words.count else { return [] }
    let start = (0...title.count - words.count).first { title[$0..<$0 + words.count].elementsEqual(words) }
    return start.map { Array($0..<$0 + words.count) } ?? []
  }

  public mutating func select(_ index: Int) {
    guard !matches.isEmpty else { return }
    selection = min(max(0, index), matches.count - 1)
  }

  public enum Outcome: Sendable, Equatable {
    case stays, cancelled
    case chose(PickerItem)
    case path(String)
    case extra(String, PickerItem)
  }

  public mutating func handle(_ stroke: Key, page: Int = 10) -> Outcome {
    if let extra = extras.first(where: { $0.key == stroke }), let selected { return .extra(extra.id, selected) }
    if isTypingPath, let outcome = handlePath(stroke, page: page) { return outcome }
    switch (stroke.code, stroke.modifiers) {
    case (.escape, _), (.character("c"), .control): return .cancelled
    case (.enter, _): return selected.map { .chose($0) } ?? .stays
    case (.up, []), (.character("p"), .control), (.character("k"), .control):
      select(selection == 0 ? matches.count - 1 : selection - 1)
    case (.down, []), (.character("n"), .control), (.character("j"), .control), (.tab, []):
      select(selection + 1 == matches.count ? 0 : selection + 1)
    case (.pageUp, _): select(selection - page)
    case (.pageDown, _): select(selection + page)
    case (.home, .control): select(0)
    case (.end, .control): select(matches.count - 1)
    default:
      guard isSearchable else { return .stays }
      let version = query.version
      if stroke == .control("u") {
        query.setText("")
      } else if stroke == .control("w") {
        query.delete(to: query.wordLeft)
      } else {
        _ = query.handle(stroke, multiline: false)
      }
      if query.version != version {
        typedPath.typed()
        search()
      }
    }
    return .stays
  }

  public mutating func paste(_ text: String) {
    guard isSearchable else { return }
    query.insert(text.split(whereSeparator: \.isNewline).joined(separator: " "))
    typedPath.typed()
    search()
  }
}
