/// A token that is found in text before anything else looks at it.
struct AddedToken: Sendable {
  var content: String
  var id: TokenID
  /// Left out by `skipSpecialTokens`; plain text where special tokens are not parsed.
  var isSpecial = true
  /// Takes white space before or after it along.
  var stripsLeft = false
  var stripsRight = false
  /// Only where no word character stands beside it.
  var isSingleWord = false
  /// Looked for in normalized text.
  var isNormalized = false
}

/// The added tokens of a vocabulary, and the cut of a text at those that stand in it.
struct AddedVocabulary: Sendable {
  /// Which of several overlapping tokens counts.
  enum Order: Sendable {
    /// The leftmost, of these the longest (Hugging Face).
    case leftmostLongest
    /// The longest, of these the leftmost (llama.cpp).
    case longestFirst
  }

  enum Part {
    case token(TokenID, Range<Int>)
    case text(Range<Int>)
  }

  let tokens: [AddedToken]
  private let order: Order
  private var plain = ByteTrie()
  private var normalized = ByteTrie()
  private let byID: [TokenID: Int]
  /// Of tokens that are looked for in normalized text; `plain` says it of the others.
  private let byContent: [[UInt8]: Int]
  /// A token of which the normalizer makes more than ``TextGrowth`` allows.
  private(set) var overfull: String?
  /// A token of which the normalizer leaves nothing: the official library finds it between any two characters.
  private(set) var vanished: String?

  init(_ tokens: [AddedToken], order: Order = .leftmostLongest, normalizer: (any Normalizer)? = nil) {
    self.tokens = tokens
    self.order = order
    var byID: [TokenID: Int] = [:]
    var byContent: [[UInt8]: Int] = [:]
    byID.reserveCapacity(tokens.count)
    for (index, token) in tokens.enumerated() {
      byID[token.id] = index
      let content = Array(token.content.utf8)
      if token.isNormalized {
        byContent[content] = index
        guard let sought = normalizer.map({ Self.normalize(content, $0) }) ?? content else {
          overfull = token.content
          continue
        }
        if sought.isEmpty { vanished = token.content }
        // Of tokens that become equal the first one is found.
        if normalized.value(of: sought) == nil { normalized.insert(sought, value: index) }
      } else {
        plain.insert(content, value: index)
      }
    }
    self.byID = byID
    self.byContent = byContent
  }

  private static func normalize(_ content: [UInt8], _ normalizer: any Normalizer) -> [UInt8]? {
    content.withUnsafeBufferPointer { bytes in
      var text = AlignedText(bytes)
      normalizer.normalize(&text)
      return text.isOverfull ? nil : text.withBytes { Array($0) }
    }
  }

  func token(_ id: TokenID) -> AddedToken? { byID[id].map { tokens[$0] } }

  /// Of equal tokens the last one counts.
  func token(_ content: [UInt8]) -> AddedToken? {
    let index = max(byContent[content] ?? -1, plain.value(of: content) ?? -1)
    return index >= 0 ? tokens[index] : nil
  }

  var hasNormalizedTokens: Bool { !normalized.isEmpty }

  /// Cuts text at the tokens that are looked for before (`normalized: false`) or after the normalizer.
  func parts(_ text: UnsafeBufferPointer<UInt8>, normalized isNormalized: Bool, parsesSpecial: Bool) -> [Part] {
    var parts: [Part] = []
    forEachPart(of: text, normalized: isNormalized, parsesSpecial: parsesSpecial) { parts.append($0) }
    return parts
  }

  /// Hands out the parts of ``parts(_:normalized:parsesSpecial:)`` one by one: there may be very many.
  func forEachPart(
    of text: UnsafeBufferPointer<UInt8>, normalized isNormalized: Bool, parsesSpecial: Bool, _ body: (Part) -> Void
  ) {
    let trie = isNormalized ? normalized : plain
    guard !text.isEmpty else { return }
    guard !trie.isEmpty else { return body(.text(0..<text.count)) }
    switch order {
    case .leftmostLongest: leftmostLongest(text, trie, parsesSpecial, body)
    case .longestFirst: longestFirst(text, trie, parsesSpecial, body)
    }
  }

  private func leftmostLongest(
    _ text: UnsafeBufferPointer<UInt8>, _ trie: ByteTrie, _ parsesSpecial: Bool, _ body: (Part) -> Void
  ) {
    var kept = 0
    var i = 0
    while true {
      i = trie.candidate(text, from: i)
      guard i < text.count else { break }
      guard let match = trie.longest(text, at: i, end: text.count, accepts: { _ in true })
      else {
        i += 1
        continue
      }
      let token = tokens[match.value]
      var start = i
      var end = i + match.length
      // The search goes on behind the token itself: white space that it takes along may still be another token.
      i = end
      // A special token that is not wanted hides what stands inside it all the same, as in the official library.
      if token.isSpecial, !parsesSpecial { continue }
      if token.isSingleWord, isWord(text, before: start) || isWord(text, at: end) { continue }
      if token.stripsLeft { start = max(kept, spaceBefore(text, start)) }
      if token.stripsRight { end = spaceAfter(text, end) }
      if kept < start { body(.text(kept..<start)) }
      // Of one that a neighbour has taken along nothing is left.
      if start < end { body(.token(token.id, start..<end)) }
      kept = end
    }
    if kept < text.count { body(.text(kept..<text.count)) }
  }

  private typealias Candidate = (at: Int, length: Int)
  private typealias Claim = (range: Range<Int>, id: TokenID)

  /// Longest tokens claim their places first. A place whose longest token does not fit any more is tried again with the
  /// next shorter one.
  ///
  /// Only tokens that overlap have to do with each other, and one that is as long as any has its place at once.
  private func longestFirst(
    _ text: UnsafeBufferPointer<UInt8>, _ trie: ByteTrie, _ parsesSpecial: Bool, _ body: (Part) -> Void
  ) {
    let accepts = { (index: Int) in parsesSpecial || !tokens[index].isSpecial }
    let stripping = tokens.contains { $0.stripsLeft || $0.stripsRight }
    var kept = 0
    func take(_ claims: [Claim]) {
      for (range, id) in claims {
        if kept < range.lowerBound { body(.text(kept..<range.lowerBound)) }
        body(.token(id, range))
        kept = range.upperBound
      }
    }
    var cluster: [Candidate] = []
    var reach = 0
    var i = 0
    while i < text.count {
      guard trie.mayBegin(with: text[i]), let match = trie.longest(text, at: i, end: text.count, accepts: accepts)
      else {
        i += 1
        continue
      }
      // White space that a token takes along may be far away.
      if !stripping, i >= reach {
        take(claims(text, trie, cluster, within: (cluster.first?.at ?? 0)..<reach, accepts))
        cluster.removeAll(keepingCapacity: true)
      }
      if !stripping, match.length == trie.longestKey {
        take(claims(text, trie, cluster, within: (cluster.first?.at ?? i)..<i, accepts))
        cluster.removeAll(keepingCapacity: true)
        take([(i..<(i + match.length), tokens[match.value].id)])
        i += match.length
        reach = i
        continue
      }
      cluster.append((i, match.length))
      reach = max(reach, i + match.length)
      i += 1
    }
    if !cluster.isEmpty {
      let range = stripping ? 0..<text.count : cluster[0].at..<reach
      take(claims(text, trie, cluster, within: range, accepts))
    }
    if kept < text.count { body(.text(kept..<text.count)) }
  }

  /// The claims of some candidates, in order; their tokens may reach beyond `range`, and then do not fit.
  private func claims(
    _ text: UnsafeBufferPointer<UInt8>, _ trie: ByteTrie, _ all: [Candidate], within range: Range<Int>,
    _ accepts: (Int) -> Bool
  ) -> [Claim] {
    guard let first = all.first else { return [] }
    // Most often the first one holds all others.
    if (first.at..<(first.at + first.length)) == range,
      let match = trie.longest(text, at: first.at, end: range.upperBound, accepts: accepts),
      !tokens[match.value].stripsLeft, !tokens[match.value].stripsRight
    {
      return [(range, tokens[match.value].id)]
    }
    var byLength: [Int: [Int]] = [:]
    for (at, length) in all { byLength[length, default: []].append(at) }
    let origin = range.lowerBound
    var taken = [Bool](repeating: false, count: range.count)
    var claims: [Claim] = []
    while let length = byLength.keys.max() {
      let candidates = byLength.removeValue(forKey: length)?.sorted() ?? []
      for at in candidates where !taken[at - origin] {
        let whole = min(at + length, range.upperBound)
        var free = at
        while free < whole, !taken[free - origin] { free += 1 }
        guard free == at + length else {
          if let match = trie.longest(text, at: at, end: free, accepts: accepts) {
            byLength[match.length, default: []].append(at)
          }
          continue
        }
        guard let index = trie.longest(text, at: at, end: free, accepts: accepts)?.value else { continue }
        var start = at
        var end = at + length
        if tokens[index].stripsLeft {
          let space = spaceBefore(text, start)
          while start > space, !taken[start - 1 - origin] { start -= 1 }
        }
        if tokens[index].stripsRight {
          let space = spaceAfter(text, end)
          while end < space, !taken[end - origin] { end += 1 }
        }
        for i in start..<end { taken[i - origin] = true }
        claims.append((start..<end, tokens[index].id))
      }
    }
    claims.sort { $0.range.lowerBound < $1.range.lowerBound }
    return claims
  }

  // MARK: - What stands beside a token

  private func isWord(_ text: UnsafeBufferPointer<UInt8>, at: Int) -> Bool {
    guard let base = text.baseAddress, at < text.count else { return false }
    return ScannedText(base: base, end: text.count).character(at).bits & UnicodeClasses.word != 0
  }

  private func isWord(_ text: UnsafeBufferPointer<UInt8>, before: Int) -> Bool {
    guard let base = text.baseAddress, before > 0 else { return false }
    return isWord(text, at: ScannedText(base: base, end: text.count).before(before))
  }

  private func spaceAfter(_ text: UnsafeBufferPointer<UInt8>, _ at: Int) -> Int {
    guard let base = text.baseAddress else { return at }
    return ScannedText(base: base, end: text.count).run(of: UnicodeClasses.space, from: at)
  }

  private func spaceBefore(_ text: UnsafeBufferPointer<UInt8>, _ at: Int) -> Int {
    guard let base = text.baseAddress else { return at }
    let scanned = ScannedText(base: base, end: text.count)
    var at = at
    while at > 0 {
      let before = scanned.before(at)
      guard scanned.character(before).bits & UnicodeClasses.space != 0 else { break }
      at = before
    }
    return at
  }
}
