#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// Reads vocabularies and merges of BPE in the forms files have them.
struct BPEFileReader {
  let file: String
  let isByteLevel: Bool
  var cache = TableCache.off

  /// `{"token": id, …}`.
  /// - Returns: also the tokens of a byte-level vocabulary that are not written in its alphabet, and how many tokens
  ///   there are.
  /// - Throws: ``FormatError``, also for an id that two tokens have.
  func vocabulary(
    _ scanner: @autoclosure () throws -> JSONScanner
  ) throws -> (Vocabulary, plain: [TokenID: String], count: Int) {
    var plain: [TokenID: String] = [:]
    var count = 0
    let vocabulary = try cache.vocabulary {
      let read = try readVocabulary(scanner())
      if let (alias, id) = read.aliases.min(by: { $0.value < $1.value }) {
        let other = written(read.vocabulary.bytes(id).map { Array($0) } ?? [])
        throw FormatError(
          file: file, place: "model.vocab", found: "the id \(id) twice: for \"\(written(alias))\" and \"\(other)\"",
          expected: "an id of its own for each token")
      }
      (plain, count) = (read.plain, read.count)
      return read.vocabulary
    }
    let texts = try cache.texts("plain") { plain }
    guard let number = try cache.json("tokens", { .int(count) }).int else { throw TableCache.Damage() }
    return (vocabulary, texts, number)
  }

  /// The same for a model that only looks up whole words, of which several may have one id.
  func words(
    _ scanner: @autoclosure () throws -> JSONScanner
  ) throws -> (Vocabulary, plain: [TokenID: String], count: Int, aliases: [[UInt8]: TokenID]) {
    var read: Read?
    let vocabulary = try cache.vocabulary {
      let made = try readVocabulary(scanner())
      read = made
      return made.vocabulary
    }
    let plain = try cache.texts("plain") { read?.plain ?? [:] }
    guard let count = try cache.json("tokens", { .int(read?.count ?? 0) }).int else { throw TableCache.Damage() }
    let list = try cache.json("aliases") {
      .array(
        (read?.aliases ?? [:]).map { .array([.int(Int($0.value)), .array($0.key.map { .int(Int($0)) })]) })
    }
    var aliases: [[UInt8]: TokenID] = [:]
    for entry in list.array ?? [] {
      let bytes = entry[1]?.array?.compactMap { $0.int.flatMap { UInt8(exactly: $0) } }
      guard let id = entry[0]?.int, (0..<vocabulary.count).contains(id), let bytes else { throw TableCache.Damage() }
      aliases[bytes] = TokenID(id)
    }
    return (vocabulary, plain, count, aliases)
  }

  private func written(_ bytes: [UInt8]) -> String {
    guard isByteLevel else { return String(decoding: bytes, as: UTF8.self) }
    return bytes.withUnsafeBufferPointer { ByteAlphabet.encode($0) }
  }

  private struct Read {
    var vocabulary: Vocabulary
    var plain: [TokenID: String]
    var count: Int
    /// Tokens that another one has the id of, which is what the vocabulary has for it.
    var aliases: [[UInt8]: TokenID]
  }

  private func readVocabulary(_ scanner: consuming JSONScanner) throws -> Read {
    var builder = VocabularyBuilder(expecting: 32_000)
    var plain: [TokenID: String] = [:]
    var scratch: [UInt8] = []
    try scanner.beginObject()
    while let key = try scanner.nextKey() {
      let place = scanner.offset
      // The key's bytes are only valid until the scanner moves on.
      scratch.removeAll(keepingCapacity: true)
      let isWritten = isByteLevel && ByteAlphabet.decode(key, into: &scratch)
      if !isWritten { scratch.append(contentsOf: key) }
      guard let id = try scanner.readNumber().int else { throw scanner.error("no whole number", expected: "an id") }
      let added = scratch.withUnsafeBufferPointer { builder.add($0, id: id, isFindable: isWritten || !isByteLevel) }
      guard added else {
        throw scanner.error(at: place, "id \(id)", expected: "0 to \(Vocabulary.maximumID)")
      }
      if isByteLevel, !isWritten { plain[TokenID(id)] = String(decoding: scratch, as: UTF8.self) }
    }
    guard builder.tokens > 0 else { throw scanner.error("an empty vocabulary") }
    let entries = builder.tokens
    let vocabulary = builder.build()
    return Read(
      vocabulary: vocabulary, plain: plain, count: entries - vocabulary.repeated, aliases: vocabulary.aliases)
  }

  /// `["a b", …]` or `[["a", "b"], …]`.
  /// - Parameter prefixLength: bytes of the mark that a right part begins with and loses in the token they become.
  func merges(
    _ scanner: @autoclosure () throws -> JSONScanner, _ vocabulary: Vocabulary, prefixLength: Int = 0
  ) throws -> MergeTable {
    try cache.merges(vocabulary) { try readMerges(scanner(), vocabulary, prefixLength) }
  }

  private func readMerges(
    _ scanner: consuming JSONScanner, _ vocabulary: Vocabulary, _ prefixLength: Int
  ) throws -> MergeTable {
    var list = MergeList(vocabulary: vocabulary, isByteLevel: isByteLevel, prefixLength: prefixLength)
    try scanner.beginArray()
    while try scanner.nextElement() {
      let place = scanner.offset
      switch try scanner.peek() {
      case .string:
        let line = try scanner.readString()
        guard let space = Self.onlySpace(line) else {
          throw scanner.error(at: place, "a merge without two parts", expected: "\"left right\"")
        }
        list.setLeft(UnsafeBufferPointer(rebasing: line[..<space]))
        list.setRight(UnsafeBufferPointer(rebasing: line[(space + 1)...]))
      case .array:
        try scanner.beginArray()
        guard try scanner.nextElement() else { throw scanner.error("a merge without two parts") }
        list.setLeft(try scanner.readString())
        guard try scanner.nextElement() else { throw scanner.error("a merge without two parts") }
        list.setRight(try scanner.readString())
        guard try !scanner.nextElement() else { throw scanner.error("a merge with more than two parts") }
      default: throw scanner.error("no merge", expected: "\"left right\" or [\"left\", \"right\"]")
      }
      guard list.append() else {
        throw scanner.error(at: place, "a merge of tokens that are not in the vocabulary")
      }
    }
    return list.table()
  }

  /// The place of the one space in a text; nil where there is none, or more.
  private static func onlySpace(_ line: UnsafeBufferPointer<UInt8>) -> Int? {
    guard let base = line.baseAddress, let first = memchr(base, 0x20, line.count) else { return nil }
    let place = UnsafeRawPointer(first) - UnsafeRawPointer(base)
    return memchr(base + place + 1, 0x20, line.count - place - 1) == nil ? place : nil
  }

  /// merges.txt: a pair a line; a first line that begins with "#version" says nothing.
  func merges(lines bytes: UnsafeBufferPointer<UInt8>, _ vocabulary: Vocabulary) throws -> MergeTable {
    try cache.merges(vocabulary) { try readMerges(lines: bytes, vocabulary) }
  }

  private func readMerges(lines bytes: UnsafeBufferPointer<UInt8>, _ vocabulary: Vocabulary) throws -> MergeTable {
    var list = MergeList(vocabulary: vocabulary, isByteLevel: isByteLevel)
    var number = 0
    for line in bytes.split(separator: 0x0A, omittingEmptySubsequences: false) {
      number += 1
      var line = line
      if line.last == 0x0D { line = line.dropLast() }
      if line.isEmpty || line.starts(with: "#version".utf8) { continue }
      guard let space = line.firstIndex(of: 0x20) else {
        throw FormatError(
          file: file, place: "line \(number)", found: "no merge", expected: "two tokens and a space between")
      }
      list.setLeft(UnsafeBufferPointer(rebasing: line[..<space]))
      list.setRight(UnsafeBufferPointer(rebasing: line[(space + 1)...]))
      guard list.append() else {
        throw FormatError(
          file: file, place: "line \(number)", found: "a merge of tokens that are not in the vocabulary")
      }
    }
    return list.table()
  }
}

/// Collects merges in the order of their ranks.
struct MergeList {
  private struct Entry {
    var left: TokenID
    var right: TokenID
    var id: TokenID
  }

  private let vocabulary: Vocabulary
  private let isByteLevel: Bool
  private let prefixLength: Int
  private var entries: [Entry] = []
  private var buffer: [UInt8] = []
  private var split = 0

  init(vocabulary: Vocabulary, isByteLevel: Bool, prefixLength: Int = 0, expecting count: Int = 0) {
    self.vocabulary = vocabulary
    self.isByteLevel = isByteLevel
    self.prefixLength = prefixLength
    entries.reserveCapacity(count)
  }

  mutating func setLeft(_ token: UnsafeBufferPointer<UInt8>) {
    buffer.removeAll(keepingCapacity: true)
    add(token)
    split = buffer.count
  }

  mutating func setRight(_ token: UnsafeBufferPointer<UInt8>) { add(token) }

  private mutating func add(_ token: UnsafeBufferPointer<UInt8>) {
    if !isByteLevel || !ByteAlphabet.decode(token, into: &buffer) { buffer.append(contentsOf: token) }
  }

  /// Adds the merge of the two tokens set.
  /// - Returns: false where one of them, or what they become, is not in the vocabulary.
  mutating func append() -> Bool {
    guard buffer.count - split >= prefixLength else { return false }
    var entry = buffer.withUnsafeBufferPointer { bytes in
      guard let base = bytes.baseAddress else { return Entry(left: -1, right: -1, id: -1) }
      guard prefixLength == 0 else {
        return Entry(
          left: vocabulary.id(base, count: split), right: vocabulary.id(base + split, count: bytes.count - split),
          id: -1)
      }
      guard bytes.count <= vocabulary.longest else { return Entry(left: -1, right: -1, id: -1) }
      // Three lookups beside each other.
      let left = vocabulary.hash(base, count: split)
      let right = vocabulary.hash(base + split, count: bytes.count - split)
      let whole = vocabulary.hash(base, count: bytes.count)
      let isKnown = vocabulary.mayHold(hash: left) && vocabulary.mayHold(hash: right) && vocabulary.mayHold(hash: whole)
      guard isKnown else { return Entry(left: -1, right: -1, id: -1) }
      return Entry(
        left: vocabulary.id(base, count: split, hash: left),
        right: vocabulary.id(base + split, count: bytes.count - split, hash: right),
        id: vocabulary.id(base, count: bytes.count, hash: whole))
    }
    if prefixLength > 0 {
      buffer.removeSubrange(split..<(split + prefixLength))
      entry.id = vocabulary.id(buffer)
    }
    guard entry.left >= 0, entry.right >= 0, entry.id >= 0 else { return false }
    entries.append(entry)
    return true
  }

  /// - Parameter keepsFirst: of equal pairs the first counts, not the last.
  func table(keepsFirst: Bool = false) -> MergeTable {
    let table = MergeTable(capacity: entries.count)
    let ahead = 16
    for (rank, entry) in entries.enumerated() {
      if rank + ahead < entries.count { table.prefetch(entries[rank + ahead].left, entries[rank + ahead].right) }
      if keepsFirst, table.find(entry.left, entry.right).id >= 0 { continue }
      table.add(entry.left, entry.right, rank: UInt32(rank), id: entry.id)
    }
    return table
  }
}
