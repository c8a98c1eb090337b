/// Keys and values of one sequence: its tokens, and the pages that hold what attention needs of them.
///
/// Pages are shared between forks and copied when one of them writes (copy on write). A table belongs to one thread at
/// a time; forks of it may live on others.
public final class PageTable: @unchecked Sendable {
  public let pool: PagePool
  private(set) var pages: [Page] = []
  /// The tokens whose keys and values are held, in order. Kept so that they can be recomputed when weights change.
  public private(set) var tokens: [TokenID] = []

  public init(pool: PagePool) { self.pool = pool }

  private init(pool: PagePool, pages: [Page], tokens: [TokenID]) {
    self.pool = pool
    self.pages = pages
    self.tokens = tokens
  }

  /// Tokens held.
  public var count: Int { tokens.count }
  /// Bytes of all pages, shared ones included.
  public var byteCount: Int { pages.count * pool.layout.pageBytes }
  /// Pages that no other table holds.
  public var pagesOwned: Int {
    var owned = 0
    for i in pages.indices where isKnownUniquelyReferenced(&pages[i]) { owned += 1 }
    return owned
  }
  public var pageCount: Int { pages.count }

  /// Another sequence with the same past; nothing is copied until one of the two goes on.
  public func fork() -> PageTable { PageTable(pool: pool, pages: pages, tokens: tokens) }

  /// Forgets all but the first `count` tokens.
  public func truncate(to count: Int) {
    guard count < tokens.count else { return }
    let count = max(0, count)
    tokens.removeLast(tokens.count - count)
    let needed = (count + PageLayout.tokens - 1) / PageLayout.tokens
    if needed < pages.count { pages.removeLast(pages.count - needed) }
  }

  /// How many leading tokens have keys and values of these weights.
  public func validCount(epoch: UInt64) -> Int {
    for (i, page) in pages.enumerated() where page.epoch != epoch { return i * PageLayout.tokens }
    return tokens.count
  }

  /// Length of the longest common beginning with a text.
  public func commonPrefix(with ids: some Collection<TokenID>) -> Int {
    var n = 0
    for (a, b) in zip(tokens, ids) {
      if a != b { break }
      n += 1
    }
    return n
  }

  /// Makes room for tokens after those held, in pages that only this table writes. The tokens count once
  /// ``commit(_:)`` is called; a step that fails leaves the table as it was.
  /// - Throws: ``OutOfMemory``; ``rollback()`` gives back what was had.
  func reserve(_ added: Int, epoch: UInt64) throws {
    let first = tokens.count / PageLayout.tokens
    if first < pages.count, !isKnownUniquelyReferenced(&pages[first]) { pages[first] = try pages[first].copy() }
    let needed = (tokens.count + added + PageLayout.tokens - 1) / PageLayout.tokens
    while pages.count < needed { pages.append(try pool.take(epoch: epoch)) }
  }

  func commit(_ added: [TokenID]) { tokens.append(contentsOf: added) }

  /// Gives back the pages that ``reserve(_:epoch:)`` took.
  func rollback() {
    let needed = (tokens.count + PageLayout.tokens - 1) / PageLayout.tokens
    if needed < pages.count { pages.removeLast(pages.count - needed) }
  }
}
