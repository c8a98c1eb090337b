/// A vocabulary laid out for browsing: the text of each token in flat memory, with its kind, length and script.
///
/// Immutable and safe to use from any thread. Builds in one pass; searches read through a megabyte or two.
public final class VocabularyIndex: Sendable {
  /// How many tokens have which length.
  public struct LengthHistogram: Sendable, Equatable {
    /// By length from 0; the last one also counts all longer ones.
    public var counts: [Int]
    public var longest: Int
    public var mean: Double
    public var median: Int

    /// - Parameter lengths: how many tokens there are of each length.
    init(_ lengths: [Int], cap: Int = 64) {
      counts = Array(lengths.prefix(cap))
      if lengths.count > cap { counts.append(lengths[cap...].reduce(0, +)) }
      longest = lengths.lastIndex { $0 > 0 } ?? 0
      let tokens = lengths.reduce(0, +)
      mean = tokens > 0 ? Double(lengths.enumerated().reduce(0) { $0 + $1.offset * $1.element }) / Double(tokens) : 0
      var below = 0
      median =
        lengths.firstIndex {
          below += $0; return below * 2 > tokens
        } ?? 0
    }
  }

  public struct ScriptCount: Sendable, Equatable {
    public var script: String
    public var tokens: Int
  }

  public let tokenizer: any Tokenizer
  /// Ids run from 0 to one less than this.
  public let count: Int
  /// Of normal, byte and user-defined tokens.
  public let byteLengths: LengthHistogram
  /// The same in characters (scalars); tokens that are part of a character are left out.
  public let characterLengths: LengthHistogram
  /// What tokens are written in, the most common first: scripts by the Unicode Standard, and for tokens without letters
  /// "Digits", "Punctuation", "Symbols", "White space" …; "Mixed" has letters of several scripts.
  public let scripts: [ScriptCount]
  /// How many tokens there are of each kind.
  public let kindCounts: [TokenKind: Int]

  let arena: [UInt8]
  /// One more than there are tokens.
  let starts: [UInt32]
  private let kinds: [TokenKind]
  private let scriptOf: [UInt8]

  public init(_ tokenizer: any Tokenizer) {
    self.tokenizer = tokenizer
    let texts = TokenTexts(tokenizer)
    count = texts.count
    arena = texts.arena
    starts = texts.starts
    let kindOf = TokenKinds(tokenizer)
    var kinds: [TokenKind] = []
    var scripts: [UInt8] = []
    kinds.reserveCapacity(count)
    scripts.reserveCapacity(count)
    var byteCounts = [Int](repeating: 0, count: 1)
    var characterCounts = [Int](repeating: 0, count: 1)
    var scriptCounts = [Int](repeating: 0, count: TokenScript.names.count)
    var kindCounts: [TokenKind: Int] = [:]
    let special = TokenScript.index(TokenScript.special)
    texts.arena.withUnsafeBufferPointer { arena in
      for id in 0..<texts.count {
        let kind = kindOf.kind(of: TokenID(id))
        kinds.append(kind)
        kindCounts[kind, default: 0] += 1
        var (script, characters) = TokenScript.classify(
          UnsafeBufferPointer(rebasing: arena[Int(texts.starts[id])..<Int(texts.starts[id + 1])]))
        let isText = kind == .normal || kind == .byte || kind == .userDefined
        if isText {
          Self.count(Int(texts.starts[id + 1] - texts.starts[id]), &byteCounts)
          if characters >= 0 { Self.count(characters, &characterCounts) }
        } else {
          script = special
        }
        scriptCounts[script] += 1
        scripts.append(UInt8(script))
      }
    }
    self.kinds = kinds
    scriptOf = scripts
    self.kindCounts = kindCounts
    byteLengths = LengthHistogram(byteCounts)
    characterLengths = LengthHistogram(characterCounts)
    self.scripts = scriptCounts.enumerated().filter { $0.element > 0 }
      .map { ScriptCount(script: TokenScript.names[$0.offset], tokens: $0.element) }
      .sorted { $0.tokens > $1.tokens }
  }

  private static func count(_ length: Int, _ counts: inout [Int]) {
    // Longer ones than any vocabulary has count as one length, so that a hostile file takes no memory.
    let length = min(length, 1 << 16)
    if length >= counts.count { counts.append(contentsOf: repeatElement(0, count: length + 1 - counts.count)) }
    counts[length] += 1
  }

  // MARK: - One token

  /// What a token stands for in a text; empty for an id that is not used.
  public func bytes(of id: TokenID) -> ArraySlice<UInt8> {
    guard id >= 0, Int(id) < count else { return [] }
    return arena[Int(starts[Int(id)])..<Int(starts[Int(id) + 1])]
  }

  public func kind(of id: TokenID) -> TokenKind {
    id >= 0 && Int(id) < count ? kinds[Int(id)] : .unused
  }

  public func script(of id: TokenID) -> String {
    TokenScript.names[id >= 0 && Int(id) < count ? Int(scriptOf[Int(id)]) : TokenScript.index(TokenScript.nothing)]
  }

  /// - Parameter ids: the tokens of the text at hand, to count the token's occurrences in.
  public func card(of id: TokenID, in ids: [TokenID] = []) -> TokenCard { TokenCard(id, of: tokenizer, in: ids) }

  // MARK: - Many

  /// The longest tokens in bytes, longest first, lower ids first among equals.
  public func longest(_ most: Int) -> [TokenID] {
    let ids = (0..<count).filter { kinds[$0] == .normal || kinds[$0] == .userDefined }
    let length = { (id: Int) in self.starts[id + 1] - self.starts[id] }
    return ids.sorted { (length($1), $0) < (length($0), $1) }.prefix(most).map { TokenID($0) }
  }

  /// Groups of tokens that stand for the same bytes in the same place of a word, in the order of their first ids.
  public func duplicates() -> [[TokenID]] {
    // With marks (`##`) the same letters are different tokens inside a word.
    if let model = (tokenizer as? PipelineTokenizer)?.stages.model, !model.marks.isEmpty {
      var groups: [ArraySlice<UInt8>: [TokenID]] = [:]
      for id in 0..<TokenID(count) where kinds[Int(id)] != .unused {
        groups[(tokenizer.token(of: id).map { Array($0.utf8) } ?? [])[...], default: []].append(id)
      }
      return groups.values.filter { $0.count > 1 }.sorted { $0[0] < $1[0] }
    }
    var groups: [ArraySlice<UInt8>: [TokenID]] = [:]
    for id in 0..<TokenID(count) where kinds[Int(id)] != .unused && starts[Int(id) + 1] > starts[Int(id)] {
      groups[bytes(of: id), default: []].append(id)
    }
    return groups.values.filter { $0.count > 1 }.sorted { $0[0] < $1[0] }
  }
}

/// The bytes of all tokens in flat memory: what `bytes(of:)` gives, without an array for each.
private struct TokenTexts {
  var arena: [UInt8] = []
  var starts: [UInt32] = [0]
  let count: Int

  init(_ tokenizer: any Tokenizer) {
    count = tokenizer.vocabularySize
    starts.reserveCapacity(count + 1)
    arena.reserveCapacity(count * 8)
    for id in 0..<TokenID(count) {
      arena.append(contentsOf: tokenizer.bytes(of: id))
      starts.append(UInt32(truncatingIfNeeded: arena.count))
    }
  }
}
