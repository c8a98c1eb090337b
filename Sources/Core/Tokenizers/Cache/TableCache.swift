/// The tables of one tokenizer while it is loaded: taken from a file of ``TokenizerCache``, or made and kept for one.
///
/// Whatever a file holds, what comes from it is checked: no table reads outside of its memory, and no merge leads to an
/// id that the vocabulary does not have.
final class TableCache {
  /// A cache file does not hold what it should.
  struct Damage: Error {}

  private enum Mode { case off, stored(CacheFile), recording }

  /// Neither takes nor keeps.
  static var off: TableCache { TableCache(.off) }

  private let mode: Mode
  private var kept: [CacheFile.Section] = []

  static func stored(_ file: CacheFile) -> TableCache { TableCache(.stored(file)) }

  private init(_ mode: Mode) { self.mode = mode }

  /// Runs `body` with the tables made before from these sources, and if there are none or they are damaged, with a
  /// cache that keeps what is made.
  /// - Throws: what `body` throws.
  static func load<T>(_ sources: [TokenizerCache.Source], _ body: (TableCache) throws -> T) rethrows -> T {
    guard let folder = TokenizerCache.folder, let (key, path) = TokenizerCache.key(sources, folder: folder) else {
      return try body(.off)
    }
    if let file = CacheFile(path: path, key: key), let result = try? body(.stored(file)) { return result }
    let cache = TableCache(.recording)
    let result = try body(cache)
    if !cache.kept.isEmpty { TokenizerCache.write(cache.kept, key: key, path: path, folder: folder) }
    return result
  }

  private func section(_ name: String) throws -> TableMemory? {
    guard case .stored(let file) = mode else { return nil }
    guard let memory = file[name] else { throw Damage() }
    return memory
  }

  private func keep(_ memory: @autoclosure () -> TableMemory, _ name: String) {
    if case .recording = mode { kept.append((name, memory())) }
  }

  /// Whether nothing need be read from the source.
  var isStored: Bool { if case .stored = mode { true } else { false } }

  // MARK: - Kinds of sections

  func json(_ name: String, _ make: () throws -> JSON) throws -> JSON {
    if let memory = try section(name) { return try JSON.parse(memory.bytes) }
    let value = try make()
    keep(
      {
        var writer = JSON.Writer()
        writer.write(value)
        return TableMemory(copying: writer.bytes)
      }(), name)
    return value
  }

  func vocabulary(_ make: () throws -> Vocabulary) throws -> Vocabulary {
    if let memory = try section("vocabulary") {
      guard let vocabulary = Vocabulary(memory: memory), !vocabulary.hasRun(longerThan: Self.longestRun) else {
        throw Damage()
      }
      return vocabulary
    }
    let vocabulary = try make()
    keep(vocabulary.memory, "vocabulary")
    return vocabulary
  }

  func merges(_ vocabulary: Vocabulary, _ make: () throws -> MergeTable) throws -> MergeTable {
    if let memory = try section("merges") {
      guard let merges = MergeTable(memory: memory), merges.isSound(tokens: vocabulary.count, run: Self.longestRun)
      else {
        throw Damage()
      }
      return merges
    }
    let merges = try make()
    keep(merges.memory, "merges")
    return merges
  }

  /// - Parameters: as of ``TokenTrie``.
  func trie(_ name: String, _ vocabulary: Vocabulary, prefix: [UInt8] = []) throws -> TokenTrie {
    if let memory = try section(name) {
      guard let trie = TokenTrie(memory: memory, tokens: vocabulary.count) else { throw Damage() }
      return trie
    }
    let trie = TokenTrie(vocabulary, prefix: prefix)
    keep(trie.memory, name)
    return trie
  }

  /// Texts by id.
  func texts(_ name: String, _ make: () throws -> [TokenID: String]) throws -> [TokenID: String] {
    let list = try json(name) {
      .array(try make().sorted { $0.key < $1.key }.map { .array([.int(Int($0.key)), .string($0.value)]) })
    }
    var texts: [TokenID: String] = [:]
    for entry in list.array ?? [] {
      guard let id = entry[0]?.int, id >= 0, id <= Vocabulary.maximumID, let text = entry[1]?.string else {
        throw Damage()
      }
      texts[TokenID(id)] = text
    }
    return texts
  }

  func numbers<Number: BinaryFloatingPoint & BitwiseCopyable>(
    _ name: String, _ make: () throws -> [Number]
  ) throws -> [Number] {
    if let memory = try section(name) {
      guard memory.count % MemoryLayout<Number>.size == 0 else { throw Damage() }
      return Array(memory.bytes.bindMemory(to: Number.self))
    }
    let values = try make()
    keep(values.withUnsafeBytes { TableMemory(copying: $0) }, name)
    return values
  }

  /// Slots in a row that are taken: a table with more would be slow to look in, and none is made that has.
  private static let longestRun = 4096
}
