import Core

/// The vocabulary of the tokenizer, searched.
public struct VocabularyState: Sendable {
  /// nil while it is being laid out.
  public var index: VocabularyIndex?
  public var query = TextEditor()
  /// Ids found; nil: all there are.
  public var found: [TokenID]?
  /// What is wrong with the query.
  public var problem: String?
  public var selection = 0
  public var card: TokenCard?
  /// Tokens that no text becomes, found so far, by id.
  public var unreachable: [UnreachableToken] = []
  /// Ids looked at for that.
  public var checked = 0
  /// The query that ``found`` answers.
  private(set) var answered = ""
  /// Rows of the list; kept by ``Frame``.
  var rows = 10

  public init() {}

  public var count: Int { found?.count ?? index?.count ?? 0 }

  /// The id in a row of the list.
  public func id(at row: Int) -> TokenID? {
    if let found { return found.indices.contains(row) ? found[row] : nil }
    guard let index, row >= 0, row < index.count else { return nil }
    return TokenID(row)
  }

  mutating func select(_ row: Int) {
    selection = min(max(0, row), max(0, count - 1))
    updateCard()
  }

  mutating func updateCard() {
    let id = id(at: selection)
    if card?.id != id { card = id.flatMap { id in index.map { $0.card(of: id) } } }
  }

  /// Words that stand for a list of their own.
  static let lists = ["unreachable", "longest"]

  mutating func take(_ answer: VocabularyAnswer) {
    guard answer.query == query.text else { return }
    answered = answer.query
    if problem == nil || answer.problem == nil { found = answer.found }
    problem = answer.problem
    select(answer.query == "unreachable" ? selection : 0)
  }
}

/// What a search found.
public struct VocabularyAnswer: Sendable {
  public var query: String
  public var found: [TokenID]?
  public var problem: String?

  public init(_ query: String, in index: VocabularyIndex, unreachable: [UnreachableToken]) {
    self.query = query
    switch query {
    case "": return
    case "unreachable": found = unreachable.map(\.id)
    case "longest": found = index.longest(1000)
    default:
      do {
        found = try index.search(index.query(query), most: .max).ids
      } catch {
        found = []
        problem = "\(error)"
      }
    }
  }
}
