#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

extension VocabularyIndex {
  /// Understands what is typed into a search field.
  ///
  /// `the` tokens that hold it · `^the` that begin with it · `=the` that are it · `/…/` that match a pattern ·
  /// `id:5`, `id:5-90` (also `#5`) · `hex:e29681` bytes · `kind:special` · `script:Han` · `len:12`, `len:12-20` in bytes.
  /// In text `\n`, `\t`, `\r`, `\xE2` and `\\` stand for what they do elsewhere (a first `\` also keeps `^`, `=`, `/` and `#`
  /// from having a meaning), `▁` and `Ġ` for a space where the vocabulary is written so.
  /// - Throws: ``VocabularyQuery/QueryError``.
  public func query(_ typed: String) throws -> VocabularyQuery {
    func error(_ text: String) -> VocabularyQuery.QueryError { .init(description: text) }
    if typed.hasPrefix("^") { return .prefix(try text(typed.dropFirst())) }
    if typed.hasPrefix("="), typed.count > 1 { return .whole(try text(typed.dropFirst())) }
    if typed.hasPrefix("/"), typed.hasSuffix("/"), typed.count > 2 {
      return .pattern(String(typed.dropFirst().dropLast()))
    }
    if typed.hasPrefix("#"), let ids = Self.range(typed.dropFirst(), most: Int(TokenID.max)) {
      return .ids(TokenID(ids.lowerBound)...TokenID(ids.upperBound))
    }
    guard let colon = typed.firstIndex(of: ":") else { return .text(try text(typed[...])) }
    let value = typed[typed.index(after: colon)...]
    switch typed[..<colon] {
    case "id":
      guard let ids = Self.range(value, most: Int(TokenID.max)) else {
        throw error("\"\(value)\" is no id and no range of ids; write id:5 or id:5-90.")
      }
      return .ids(TokenID(ids.lowerBound)...TokenID(ids.upperBound))
    case "len":
      guard let length = Self.range(value, most: 1 << 30) else {
        throw error("\"\(value)\" is no length and no range of lengths; write len:12 or len:12-20.")
      }
      return .length(length)
    case "hex":
      let digits = value.utf8.filter { $0 != 0x20 }
      let bytes = stride(from: 0, to: digits.count - digits.count % 2, by: 2).compactMap {
        UInt8(String(decoding: digits[$0..<($0 + 2)], as: UTF8.self), radix: 16)
      }
      guard !bytes.isEmpty, bytes.count * 2 == digits.count else {
        throw error("\"\(value)\" are no bytes; write two hexadecimal digits for each.")
      }
      return .text(bytes)
    case "kind":
      guard let kind = TokenKind.allCases.first(where: { $0.rawValue.lowercased() == value.lowercased() }) else {
        let known = TokenKind.allCases.map(\.rawValue).joined(separator: ", ")
        throw error("\"\(value)\" is no kind of token; there are \(known).")
      }
      return .kind(kind)
    case "script":
      guard let script = scripts.first(where: { $0.script.lowercased() == value.lowercased() })?.script else {
        throw error("No token is written in \"\(value)\"; there are \(scripts.map(\.script).joined(separator: ", ")).")
      }
      return .script(script)
    default: return .text(try text(typed[...]))
    }
  }

  private static func range(_ typed: Substring, most: Int) -> ClosedRange<Int>? {
    let ends = typed.split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false)
    guard let first = ends.first.flatMap({ Int($0) }), first >= 0, first <= most else { return nil }
    guard ends.count == 2 else { return first...first }
    guard let last = Int(ends[1]), last >= first, last <= most else { return nil }
    return first...last
  }

  /// Bytes of what is typed.
  private func text(_ typed: Substring) throws -> [UInt8] {
    var result: [UInt8] = []
    var rest = typed.unicodeScalars
    let isByteLevel = (tokenizer as? PipelineTokenizer)?.stages.isByteLevel ?? false
    while let scalar = rest.popFirst() {
      switch scalar {
      case "\\":
        guard let next = rest.popFirst() else {
          result.append(UInt8(ascii: "\\"))
          break
        }
        switch next {
        case "n": result.append(0x0A)
        case "t": result.append(0x09)
        case "r": result.append(0x0D)
        case "x":
          guard rest.count >= 2, let byte = UInt8(String(rest.prefix(2)), radix: 16) else {
            throw VocabularyQuery.QueryError(description: "\\x wants two hexadecimal digits after it, as in \\xE2.")
          }
          result.append(byte)
          rest = rest.dropFirst(2)
        default: result.append(contentsOf: String(next).utf8)
        }
      case "Ġ" where isByteLevel, "▁" where !isByteLevel: result.append(0x20)
      case "Ċ" where isByteLevel: result.append(0x0A)
      case "ĉ" where isByteLevel: result.append(0x09)
      default: result.append(contentsOf: String(scalar).utf8)
      }
    }
    return result
  }

  // MARK: - Searching

  /// - Parameter most: how many ids to give back; all are counted.
  /// - Throws: ``VocabularyQuery/QueryError`` for a pattern that cannot be read.
  public func search(_ query: VocabularyQuery, most: Int = 1000) throws -> VocabularyMatches {
    var found = VocabularyMatches(ids: [], total: 0)
    func add(_ id: TokenID) {
      if found.total < most { found.ids.append(id) }
      found.total += 1
    }
    switch query {
    case .text(let text): holding(text, add)
    case .prefix(let prefix):
      for id in 0..<TokenID(count) where isText(id) && bytes(of: id).starts(with: prefix) { add(id) }
    case .whole(let text):
      for id in 0..<TokenID(count) where isText(id) && bytes(of: id).elementsEqual(text) { add(id) }
    case .ids(let ids):
      guard count > 0, Int(ids.lowerBound) < count, ids.upperBound >= 0 else { break }
      for id in max(0, ids.lowerBound)...min(TokenID(count - 1), ids.upperBound) { add(id) }
    case .kind(let kind): for id in 0..<TokenID(count) where self.kind(of: id) == kind { add(id) }
    case .script(let script): for id in 0..<TokenID(count) where self.script(of: id) == script { add(id) }
    case .length(let length):
      for id in 0..<TokenID(count) where isText(id) && length.contains(bytes(of: id).count) { add(id) }
    case .pattern(let expression):
      let pattern: SplitPattern
      do {
        pattern = try SplitPattern(expression)
      } catch {
        throw VocabularyQuery.QueryError(description: "The pattern \(expression) has \(error.found).")
      }
      arena.withUnsafeBufferPointer { arena in
        starts.withUnsafeBufferPointer { starts in
          pattern.withMatcher { matcher in
            var id = matcher.nextMatch(in: arena, starts, from: 0)
            while id < count {
              add(TokenID(id))
              id = matcher.nextMatch(in: arena, starts, from: id + 1)
            }
          }
        }
      }
    }
    return found
  }

  private func isText(_ id: TokenID) -> Bool { starts[Int(id) + 1] > starts[Int(id)] }

  /// Tokens that hold a text; the empty text is in all of them.
  private func holding(_ text: [UInt8], _ add: (TokenID) -> Void) {
    guard !text.isEmpty else {
      for id in 0..<TokenID(count) where isText(id) { add(id) }
      return
    }
    // Most tokens begin with a space: the byte after it tells more.
    let pivot = text[0] == 0x20 && text.count > 1 ? 1 : 0
    arena.withUnsafeBytes { arena in
      guard let base = arena.baseAddress else { return }
      text.withUnsafeBytes { text in
        guard let wanted = text.baseAddress else { return }
        var at = 0
        var id = 0
        while at + text.count <= arena.count {
          let left = arena.count - text.count + 1 - at
          guard let hit = memchr(base + at + pivot, Int32(text[pivot]), left) else { return }
          let place = UnsafeRawPointer(hit) - base - pivot
          at = place + 1
          guard memcmp(base + place, wanted, text.count) == 0 else { continue }
          while Int(starts[id + 1]) <= place { id += 1 }
          // A match may reach over the end of its token.
          guard place + text.count <= Int(starts[id + 1]) else { continue }
          add(TokenID(id))
          at = Int(starts[id + 1])
        }
      }
    }
  }
}
