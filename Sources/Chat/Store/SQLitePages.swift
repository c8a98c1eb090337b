import Foundation

/// The pages of a SQLite file, read without SQLite: for a file that it refuses because a part of it is damaged.
/// Follows https://www.sqlite.org/fileformat2.html. Any bytes may be given; what makes no sense is left out.
struct SQLitePages {
  enum Value: Equatable {
    case null
    case integer(Int64)
    case real(Double)
    case text(String)
    case blob([UInt8])
  }

  /// A record as a page holds it.
  struct Row {
    var values: [Value]
    /// Its end lies on pages that cannot be found.
    var isCut = false
  }

  private let file: Data
  /// Newer pages from the write-ahead log, by number.
  private let logged: [Int: Data]
  private let pageSize: Int
  private let usable: Int
  private let count: Int

  /// - Parameters:
  ///   - file: the database; it may be cut short.
  ///   - log: its write-ahead log, empty where there is none.
  init(file: Data, log: Data = Data()) {
    // Indices from 0 in both.
    let file = Data(file)
    let log = Data(log)
    var size = Int(Self.number(file, 16, 2))
    if size == 1 { size = 65536 }
    if size < 512 || size > 65536 || size & (size - 1) != 0 { size = 4096 }
    let reserved = file.count > 20 ? Int(file[20]) : 0
    self.file = file
    pageSize = size
    usable = reserved < size - 480 ? size - reserved : size
    logged = Self.pages(ofLog: log, size: size)
    count = max(file.count / size, logged.keys.max() ?? 0)
  }

  /// All rows of index b-trees (which tables without row ids are too) on pages that are not known to be free.
  func rows(_ body: (Row) -> Void) {
    let free = freePages()
    for number in stride(from: 1, through: count, by: 1) where !free.contains(number) {
      guard let page = page(number) else { continue }
      for row in rows(on: page, first: number == 1 ? 100 : 0) { body(row) }
    }
  }

  // MARK: Pages

  private func page(_ number: Int) -> Data? {
    if let page = logged[number] { return page }
    let start = (number - 1) * pageSize
    guard number > 0, start + pageSize <= file.count else { return nil }
    return Data(file[start..<start + pageSize])
  }

  /// Pages of what was deleted: what stands on them is of the past.
  private func freePages() -> Set<Int> {
    var free: Set<Int> = []
    var trunk = page(1).map { Int(Self.number($0, 32, 4)) } ?? 0
    while trunk > 0, trunk <= count, free.insert(trunk).inserted, let page = page(trunk) {
      let leaves = min(Int(Self.number(page, 4, 4)), usable / 4 - 2)
      for i in stride(from: 0, to: leaves, by: 1) { free.insert(Int(Self.number(page, 8 + 4 * i, 4))) }
      trunk = Int(Self.number(page, 0, 4))
    }
    return free
  }

  /// The newest committed version of each page in a log.
  private static func pages(ofLog log: Data, size: Int) -> [Int: Data] {
    let magic = number(log, 0, 4)
    guard log.count > 32, magic & ~1 == 0x377F_0682, Int(number(log, 8, 4)) == size else { return [:] }
    let isBig = magic & 1 == 1
    var sums: (UInt32, UInt32) = (0, 0)
    add(log, 0..<24, isBig, &sums)
    var committed: [Int: Data] = [:]
    var open: [Int: Data] = [:]
    var at = 32
    while at + 24 + size <= log.count {
      guard log[at + 8..<at + 16].elementsEqual(log[16..<24]) else { break }
      add(log, at..<at + 8, isBig, &sums)
      add(log, at + 24..<at + 24 + size, isBig, &sums)
      guard UInt64(sums.0) == number(log, at + 16, 4), UInt64(sums.1) == number(log, at + 20, 4) else { break }
      open[Int(number(log, at, 4))] = Data(log[at + 24..<at + 24 + size])
      if number(log, at + 4, 4) != 0 {
        committed.merge(open) { $1 }
        open = [:]
      }
      at += 24 + size
    }
    return committed
  }

  private static func add(_ data: Data, _ range: Range<Int>, _ isBig: Bool, _ sums: inout (UInt32, UInt32)) {
    for i in stride(from: range.lowerBound, to: range.upperBound, by: 8) {
      let first = UInt32(number(data, i, 4))
      let second = UInt32(number(data, i + 4, 4))
      sums.0 = sums.0 &+ (isBig ? first : first.byteSwapped) &+ sums.1
      sums.1 = sums.1 &+ (isBig ? second : second.byteSwapped) &+ sums.0
    }
  }

  // MARK: Rows

  private func rows(on page: Data, first: Int) -> [Row] {
    let kind = Self.number(page, first, 1)
    guard kind == 0x0A || kind == 0x02 else { return [] }
    let isLeaf = kind == 0x0A
    let cells = Int(Self.number(page, first + 3, 2))
    let pointers = first + (isLeaf ? 8 : 12)
    guard cells <= (pageSize - pointers) / 2 else { return [] }
    return (0..<cells).compactMap { i in
      let cell = Int(Self.number(page, pointers + 2 * i, 2))
      guard cell >= pointers + 2 * cells, cell < usable else { return nil }
      return row(on: page, at: cell + (isLeaf ? 0 : 4))
    }
  }

  private func row(on page: Data, at start: Int) -> Row? {
    var at = start
    guard let length = Self.varint(page, &at), length > 0, length < 1 << 31 else { return nil }
    let size = Int(length)
    let most = (usable - 12) * 64 / 255 - 23
    let least = (usable - 12) * 32 / 255 - 23
    var local = size
    if size > most {
      let rest = least + (size - least) % (usable - 4)
      local = rest <= most ? rest : least
    }
    guard at + local <= usable else { return nil }
    var payload = Data(page[at..<at + local])
    var isCut = false
    if local < size {
      var next = Int(Self.number(page, at + local, 4))
      var seen: Set<Int> = []
      while payload.count < size {
        guard seen.insert(next).inserted, let more = self.page(next) else {
          isCut = true
          break
        }
        payload += more[4..<min(usable, 4 + size - payload.count)]
        next = Int(Self.number(more, 0, 4))
      }
    }
    return Self.values(of: payload).map { Row(values: $0, isCut: isCut) }
  }

  /// A record: the types of its values, then the values.
  private static func values(of record: Data) -> [Value]? {
    var at = 0
    guard let head = varint(record, &at), head >= at, head <= record.count else { return nil }
    var types: [UInt64] = []
    while at < Int(head) {
      guard let type = varint(record, &at) else { return nil }
      types.append(type)
    }
    guard at == Int(head), !types.isEmpty else { return nil }
    var values: [Value] = []
    for type in types {
      let size: Int
      switch type {
      case 0, 8, 9: size = 0
      case 1...4: size = Int(type)
      case 5: size = 6
      case 6, 7: size = 8
      case 10, 11: return nil
      default:
        guard type < 1 << 40 else { return nil }
        size = Int(type - 12) / 2
      }
      let end = min(at + size, record.count)
      guard type >= 12 || at + size <= record.count else { break }
      switch type {
      case 0: values.append(.null)
      case 8: values.append(.integer(0))
      case 9: values.append(.integer(1))
      case 7: values.append(.real(Double(bitPattern: number(record, at, 8))))
      case 1...6: values.append(.integer(signed(number(record, at, size), bytes: size)))
      default:
        let bytes = Array(record[at..<end])
        values.append(type & 1 == 0 ? .blob(bytes) : .text(String(decoding: bytes, as: UTF8.self)))
      }
      at = end
    }
    return values
  }

  private static func signed(_ bits: UInt64, bytes: Int) -> Int64 {
    let shift = UInt64(64 - 8 * bytes)
    return Int64(bitPattern: bits << shift) >> Int64(shift)
  }

  /// A big-endian number; 0 where the bytes are not there.
  private static func number(_ data: Data, _ at: Int, _ bytes: Int) -> UInt64 {
    guard at >= 0, at + bytes <= data.count else { return 0 }
    var value: UInt64 = 0
    for i in 0..<bytes { value = value << 8 | UInt64(data[at + i]) }
    return value
  }

  private static func varint(_ data: Data, _ at: inout Int) -> UInt64? {
    var value: UInt64 = 0
    for i in 0..<9 {
      guard at < data.count else { return nil }
      let byte = UInt64(data[at])
      at += 1
      if i == 8 { return value << 8 | byte }
      value = value << 7 | byte & 0x7F
      if byte < 0x80 { return value }
    }
    return nil
  }
}
