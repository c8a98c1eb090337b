/// tiktoken's rank files: a line for each token, its bytes in base64 (RFC 4648) and its rank, which is its id.
///
/// A piece of text that is a token is that token; else neighbours that together are a token merge, those of the lowest
/// rank first, the leftmost of equals. That is BPE with a merge for each way to cut a token in two others, all of the
/// token's own rank.
struct RankFile {
  /// Cutting a token takes time with the square of its length; real ones have at most some hundred bytes.
  private static let longestToken = 1024

  let vocabulary: Vocabulary
  /// How many tokens there are, gaps not counted.
  let tokens: Int
  private let cache: TableCache

  /// Whether a file begins as rank files do: letters of base64, a space, a number, a line's end.
  static func isRankFile(_ bytes: UnsafeRawBufferPointer) -> Bool {
    var letters = 0
    while letters < bytes.count, isLetter(bytes[letters]) { letters += 1 }
    guard letters >= 4, letters % 4 == 0, letters + 2 < bytes.count, bytes[letters] == 0x20 else { return false }
    var at = letters + 1
    while at < bytes.count, isDigit(bytes[at]) { at += 1 }
    return at > letters + 1 && (at == bytes.count || bytes[at] == 0x0A || bytes[at] == 0x0D)
  }

  /// - Throws: ``FormatError``: a line that is damaged, a token or a rank that stands twice, a byte that is no token.
  init(_ bytes: UnsafeRawBufferPointer, file: String, cache: TableCache = .off) throws {
    self.cache = cache
    var count = 0
    vocabulary = try cache.vocabulary {
      let read = try Self.read(bytes, file)
      count = read.tokens
      return read.vocabulary
    }
    guard let tokens = try cache.json("tokens", { .int(count) }).int else { throw TableCache.Damage() }
    self.tokens = tokens
  }

  private static func read(
    _ bytes: UnsafeRawBufferPointer, _ file: String
  ) throws -> (vocabulary: Vocabulary, tokens: Int) {
    var builder = VocabularyBuilder(expecting: bytes.count / 16)
    var token: [UInt8] = []
    var number = 0
    var at = 0
    func fault(_ found: String, _ expected: String? = nil) -> FormatError {
      FormatError(file: file, place: "line \(number)", found: found, expected: expected)
    }
    while at < bytes.count {
      number += 1
      let start = at
      while at < bytes.count, bytes[at] != 0x0A { at += 1 }
      var end = at
      at += 1
      if end > start, bytes[end - 1] == 0x0D { end -= 1 }
      guard end > start else { continue }
      guard let space = bytes[start..<end].firstIndex(of: 0x20), Self.decode(bytes[start..<space], into: &token),
        let rank = Self.number(bytes[(space + 1)..<end])
      else { throw fault("no token and rank", "base64, a space and a number") }
      guard token.count <= Self.longestToken else {
        throw fault("a token of \(token.count) bytes", "at most \(Self.longestToken)")
      }
      guard token.withUnsafeBufferPointer({ builder.add($0, id: rank) }) else {
        throw fault("the rank \(rank)", "0 to \(Vocabulary.maximumID)")
      }
    }
    let tokens = builder.tokens
    let vocabulary = builder.build()
    for id in 0..<vocabulary.count {
      guard let bytes = vocabulary.bytes(TokenID(id)) else { continue }
      guard vocabulary.id(bytes) == id else {
        throw FormatError(file: file, found: "one token with the ranks \(id) and \(vocabulary.id(bytes))")
      }
    }
    guard (0..<vocabulary.count).count(where: { vocabulary.contains(TokenID($0)) }) == tokens else {
      throw FormatError(file: file, found: "two tokens with one rank")
    }
    let known = (UInt8.min...UInt8.max).count { vocabulary.id([$0]) >= 0 }
    guard known == 256 else {
      throw FormatError(file: file, found: "tokens for \(known) of the 256 bytes", expected: "one for each")
    }
    return (vocabulary, tokens)
  }

  /// A merge for each way to cut a token in two.
  func merges() throws -> MergeTable { try cache.merges(vocabulary) { makeMerges() } }

  private func makeMerges() -> MergeTable {
    var merges: [(left: TokenID, right: TokenID, id: TokenID)] = []
    merges.reserveCapacity(tokens * 3)
    // Both parts of many cuts are looked up together.
    withUnsafeTemporaryAllocation(of: TokenCut.self, capacity: Self.batch + Self.longestToken) { cuts in
      guard let cuts = cuts.baseAddress else { return }
      var count = 0
      for id in 0..<vocabulary.count {
        if let bytes = vocabulary.bytes(TokenID(id)), (2...Self.longestToken).contains(bytes.count),
          let base = bytes.baseAddress
        {
          for place in 1..<bytes.count {
            let cut = TokenCut(id: TokenID(id), base, place, bytes.count, vocabulary)
            vocabulary.prefetch(hash: cut.leftHash)
            vocabulary.prefetch(hash: cut.rightHash)
            (cuts + count).initialize(to: cut)
            count &+= 1
          }
        }
        guard count >= Self.batch || id + 1 == vocabulary.count else { continue }
        lookUp(cuts, count, into: &merges)
        count = 0
      }
    }
    let table = MergeTable(capacity: merges.count)
    let ahead = 16
    for (i, merge) in merges.enumerated() {
      if i + ahead < merges.count { table.prefetch(merges[i + ahead].left, merges[i + ahead].right) }
      table.add(merge.left, merge.right, rank: UInt32(merge.id), id: merge.id)
    }
    return table
  }

  private static let batch = 128

  private func lookUp(
    _ cuts: UnsafeMutablePointer<TokenCut>, _ count: Int,
    into merges: inout [(left: TokenID, right: TokenID, id: TokenID)]
  ) {
    // Which ones may be merges cannot be guessed, so there are no branches.
    var left = 0
    for i in 0..<count {
      let cut = cuts[i]
      cuts[left] = cut
      let mayBe = vocabulary.mayHold(hash: cut.leftHash) && vocabulary.mayHold(hash: cut.rightHash)
      left &+= mayBe ? 1 : 0
    }
    for i in 0..<left {
      vocabulary.prefetchBytes(hash: cuts[i].leftHash)
      vocabulary.prefetchBytes(hash: cuts[i].rightHash)
    }
    for i in 0..<left {
      let cut = cuts[i]
      let before = vocabulary.id(cut.left, count: cut.leftCount, hash: cut.leftHash)
      guard before >= 0 else { continue }
      let after = vocabulary.id(cut.left + cut.leftCount, count: cut.rightCount, hash: cut.rightHash)
      if after >= 0 { merges.append((before, after, cut.id)) }
    }
  }

  /// A way to cut a token in two.
  private struct TokenCut {
    var id: TokenID
    var left: UnsafePointer<UInt8>
    var leftCount: Int
    var rightCount: Int
    var leftHash: UInt64
    var rightHash: UInt64

    @inline(__always)
    init(id: TokenID, _ base: UnsafePointer<UInt8>, _ place: Int, _ count: Int, _ vocabulary: Vocabulary) {
      (self.id, left, leftCount, rightCount) = (id, base, place, count - place)
      leftHash = vocabulary.hash(base, count: place)
      rightHash = vocabulary.hash(base + place, count: count - place)
    }
  }

  // MARK: - Lines

  private static func isDigit(_ byte: UInt8) -> Bool { byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9") }

  private static func isLetter(_ byte: UInt8) -> Bool { values[Int(byte)] >= 0 || byte == UInt8(ascii: "=") }

  private static func number(_ digits: Slice<UnsafeRawBufferPointer>) -> Int? {
    guard !digits.isEmpty, digits.count < 10 else { return nil }
    var value = 0
    for byte in digits {
      guard isDigit(byte) else { return nil }
      value = value * 10 + Int(byte - UInt8(ascii: "0"))
    }
    return value
  }

  /// The value of each letter of base64, or -1.
  private static let values: [Int8] = {
    var table = [Int8](repeating: -1, count: 256)
    let letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    for (value, letter) in letters.utf8.enumerated() { table[Int(letter)] = Int8(value) }
    return table
  }()

  private static func decode(_ text: Slice<UnsafeRawBufferPointer>, into bytes: inout [UInt8]) -> Bool {
    bytes.removeAll(keepingCapacity: true)
    guard !text.isEmpty, text.count % 4 == 0 else { return false }
    let padding = text.suffix(2).reversed().prefix { $0 == UInt8(ascii: "=") }.count
    let values = values
    var bits: UInt32 = 0
    var count = 0
    for byte in text.dropLast(padding) {
      let value = values[Int(byte)]
      guard value >= 0 else { return false }
      bits = bits << 6 | UInt32(value)
      count += 6
      if count >= 8 {
        count -= 8
        bytes.append(UInt8(truncatingIfNeeded: bits >> UInt32(count)))
      }
    }
    return true
  }
}
