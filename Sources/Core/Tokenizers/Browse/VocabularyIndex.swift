#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

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
    let kindOf = TokenKinds(tokenizer)
    let texts = TokenTexts(tokenizer, kindOf)
    count = texts.count
    arena = texts.arena
    starts = texts.starts
    var kinds: [TokenKind] = []
    var scripts: [UInt8] = []
    kinds.reserveCapacity(count)
    scripts.reserveCapacity(count)
    var byteCounts = [Int](repeating: 0, count: 1)
    var characterCounts = [Int](repeating: 0, count: 1)
    var scriptCounts = [Int](repeating: 0, count: TokenScript.names.count)
    let special = TokenScript.index(TokenScript.special)
    texts.arena.withUnsafeBufferPointer { arena in
      for id in 0..<texts.count {
        let kind = kindOf.kind(of: TokenID(id))
        kinds.append(kind)
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
    var kindCounts: [TokenKind: Int] = [:]
    for kind in TokenKind.allCases {
      let tokens = kinds.count { $0 == kind }
      if tokens > 0 { kindCounts[kind] = tokens }
    }
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
    let length = { (id: Int) in Int(self.starts[id + 1] - self.starts[id]) }
    // No shorter ones than enough tokens have need to be sorted.
    var shortest = byteLengths.longest
    var enough = 0
    while shortest >= 0, enough < most {
      enough += shortest < byteLengths.counts.count - 1 ? byteLengths.counts[shortest] : 0
      shortest -= 1
    }
    return (0..<count).filter { length($0) > shortest && (kinds[$0] == .normal || kinds[$0] == .userDefined) }
      .sorted { (length($1), $0) < (length($0), $1) }.prefix(most).map { TokenID($0) }
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
    var groups: [TokenID: [TokenID]] = [:]
    let seed = ByteHash.processSeed
    // Slots hold the first token of each text plus one; 0: free.
    let mask = (count * 2 + 16).nextPowerOfTwo - 1
    var slots = [Int32](repeating: 0, count: mask + 1)
    arena.withUnsafeBufferPointer { arena in
      guard let base = arena.baseAddress else { return }
      for id in 0..<count where kinds[id] != .unused && starts[id + 1] > starts[id] {
        let (start, length) = (Int(starts[id]), Int(starts[id + 1] - starts[id]))
        var slot = Int(truncatingIfNeeded: ByteHash.hash(base + start, count: length, seed: seed)) & mask
        while slots[slot] != 0 {
          let first = Int(slots[slot]) - 1
          if Int(starts[first + 1] - starts[first]) == length,
            memcmp(base + Int(starts[first]), base + start, length) == 0
          {
            groups[TokenID(first), default: [TokenID(first)]].append(TokenID(id))
            break
          }
          slot = (slot + 1) & mask
        }
        if slots[slot] == 0 { slots[slot] = Int32(id + 1) }
      }
    }
    return groups.values.sorted { $0[0] < $1[0] }
  }
}

/// The bytes of all tokens in flat memory: what `bytes(of:)` gives, without an array for each.
private struct TokenTexts {
  var arena: [UInt8] = []
  var starts: [UInt32] = [0]
  let count: Int

  init(_ tokenizer: any Tokenizer, _ kinds: TokenKinds) {
    count = tokenizer.vocabularySize
    starts.reserveCapacity(count + 1)
    arena.reserveCapacity(count * 8)
    let stages = (tokenizer as? PipelineTokenizer)?.stages
    let isByteLevel = stages?.isByteLevel ?? false
    let hasMarks = stages.map { !$0.model.marks.isEmpty } ?? true
    for id in 0..<TokenID(count) {
      if !hasMarks, let bytes = kinds.bytesOfModel(id) {
        append(bytes, isByteLevel)
      } else {
        arena.append(contentsOf: tokenizer.bytes(of: id))
      }
      starts.append(UInt32(truncatingIfNeeded: arena.count))
    }
  }

  /// A token as the model has it.
  private mutating func append(_ bytes: UnsafeBufferPointer<UInt8>, _ isByteLevel: Bool) {
    if !isByteLevel, bytes.count == 6, let byte = ByteFallback.byte(of: bytes) { return arena.append(byte) }
    guard !isByteLevel, bytes.contains(0xE2) else { return arena.append(contentsOf: bytes) }
    // `▁` stands for a space.
    var i = 0
    while i < bytes.count {
      if bytes[i] == 0xE2, i + 2 < bytes.count, bytes[i + 1] == 0x96, bytes[i + 2] == 0x81 {
        arena.append(0x20)
        i += 3
      } else {
        arena.append(bytes[i])
        i += 1
      }
    }
  }
}

extension Int {
  fileprivate var nextPowerOfTwo: Int { 1 << (Int.bitWidth - (self - 1).leadingZeroBitCount) }
}
