import Core

/// What data files hold, and what the user should know of how they were read.
public struct TrainingData: Sendable {
  public var rows: [DataRow] = []
  /// Rows that were read and cannot be learnt from, by reason.
  public var skipped: [(reason: String, count: Int)] = []
  /// Sentences about files that were passed over.
  public var notes: [String] = []

  mutating func skip(_ reason: String) {
    if let index = skipped.firstIndex(where: { $0.reason == reason }) {
      skipped[index].count += 1
    } else {
      skipped.append((reason, 1))
    }
  }

  public var skippedCount: Int { skipped.reduce(0) { $0 + $1.count } }
  /// All that was read.
  public var rowCount: Int { rows.count + skippedCount }
  /// ``notes``, and one sentence for each reason to skip rows.
  public var remarks: [String] { notes + skipped.map { "\(count($0.count, "row")) left out: \($0.reason)" } }
}

/// Reads files and folders of training data, packed (`.gz`, `.zst`) or not, all of it UTF-8.
///
/// `.jsonl` and `.ndjson` are one row a line; `.json` a list of rows, or lines; `.csv` and `.tsv` a row a record, columns
/// named by the first. Anything else that is text is one row, or one for each part between `<|endoftext|>`.
public enum DataReader {
  /// Bytes that one run reads at most, unpacked.
  static let limit = 8 << 30
  /// Bytes of one JSON line, list or table.
  private static let longestLine = 1 << 30

  /// - Throws: ``TrainingError``, ``FormatError``.
  public static func rows(in paths: [String]) throws -> [DataRow] { try read(paths).rows }

  /// - Throws: ``TrainingError``, ``FormatError``.
  public static func read(_ paths: [String]) throws -> TrainingData {
    var data = TrainingData()
    var bytes = 0
    for path in paths {
      let (files, notes) = try DataFolder.files(path)
      data.notes += notes
      for file in files { try read(DataFile(path: file), into: &data, bytes: &bytes) }
    }
    return data
  }

  private static func read(_ file: DataFile, into data: inout TrainingData, bytes total: inout Int) throws {
    func count(_ bytes: Int) throws {
      total += bytes
      guard total <= limit else {
        throw TrainingError.data(file: file.path, line: nil, problem: "the data are larger than \(limit >> 30) GiB")
      }
    }
    switch file.kind.ending {
    case "jsonl", "ndjson": try readLines(file, into: &data, count)
    case "json":
      try file.whole(limit: longestLine) {
        try count($0.count)
        try readJSON($0, file.path, into: &data)
      }
    case "csv", "tsv":
      let separator = UInt8(ascii: file.kind.ending == "tsv" ? "\t" : ",")
      try file.whole(limit: limit - total) {
        try count($0.count)
        try readTable($0, separator, file.path, into: &data)
      }
    default:
      try file.whole(limit: limit - total) {
        try count($0.count)
        readText($0, into: &data)
      }
    }
  }

  /// One row, or one for each part between separators that is not white space alone.
  private static func readText(_ bytes: UnsafeRawBufferPointer, into data: inout TrainingData) {
    let parts = TextSeparator.parts(of: bytes)
    for part in parts {
      let text = String(decoding: UnsafeRawBufferPointer(rebasing: bytes[part]), as: UTF8.self)
      if parts.count > 1, bytes[part].allSatisfy({ $0 == 0x20 || (0x09...0x0D).contains($0) }) { continue }
      if !text.isEmpty { data.rows.append(.text(text)) }
    }
  }

  private static func readLines(
    _ file: DataFile, into data: inout TrainingData, _ count: (Int) throws -> Void
  ) throws {
    var number = 0
    var carry: [UInt8] = []
    while let done = try file.next({ (block: UnsafeRawBufferPointer) -> Bool in
      try count(block.count)
      var rest = block[...]
      while let end = rest.firstIndex(of: 0x0A) {
        number += 1
        if carry.isEmpty {
          try readLine(UnsafeRawBufferPointer(rebasing: rest[..<end]), number, file.path, into: &data)
        } else {
          carry += rest[..<end]
          try carry.withUnsafeBytes { try readLine($0, number, file.path, into: &data) }
          carry.removeAll(keepingCapacity: true)
        }
        rest = rest[(end + 1)...]
      }
      carry += rest
      guard carry.count <= longestLine else {
        throw TrainingError.data(file: file.path, line: number + 1, problem: "this line is longer than 1 GiB")
      }
      return true
    }) { _ = done }
    if !carry.isEmpty { try carry.withUnsafeBytes { try readLine($0, number + 1, file.path, into: &data) } }
  }

  private static func readLine(
    _ line: UnsafeRawBufferPointer, _ number: Int, _ path: String, into data: inout TrainingData
  ) throws {
    if line.allSatisfy({ $0 == 0x20 || $0 == 0x09 || $0 == 0x0D }) { return }
    let value: JSON
    do {
      value = try JSON.parse(line, file: path)
    } catch {
      throw TrainingError.data(file: path, line: number, problem: "this line is not JSON")
    }
    try add(value, path, number, to: &data)
  }

  private static func add(_ value: JSON, _ path: String, _ line: Int?, to data: inout TrainingData) throws {
    do {
      data.rows.append(try DataRow(value, file: path, line: line))
    } catch let skipped as SkippedRow {
      data.skip(skipped.reason)
    }
  }

  /// A list of rows, one row, or a row a line under the wrong name.
  private static func readJSON(
    _ bytes: UnsafeRawBufferPointer, _ path: String, into data: inout TrainingData
  ) throws {
    let value: JSON
    do {
      value = try JSON.parse(bytes, file: path)
    } catch {
      let first = bytes.prefix { $0 != 0x0A }
      guard first.count < bytes.count,
        (try? JSON.parse(UnsafeRawBufferPointer(rebasing: first)))?.object != nil
      else { throw error }
      var number = 0
      for line in bytes.split(separator: 0x0A, omittingEmptySubsequences: false) {
        number += 1
        try readLine(UnsafeRawBufferPointer(rebasing: line), number, path, into: &data)
      }
      return
    }
    guard let list = value.array else { return try add(value, path, nil, to: &data) }
    for (index, row) in list.enumerated() {
      do {
        try add(row, path, nil, to: &data)
      } catch TrainingError.data(_, _, let problem) {
        throw TrainingError.data(file: path, line: nil, problem: "row \(index + 1): \(problem)")
      }
    }
  }

  private static func readTable(
    _ bytes: UnsafeRawBufferPointer, _ separator: UInt8, _ path: String, into data: inout TrainingData
  ) throws {
    var records = DelimitedValues(bytes, separator: separator)
    guard let header = records.next() else { return }
    while let record = records.next() {
      if record.count == 1, record[0].isEmpty { continue }
      guard record.count <= header.count else {
        throw TrainingError.data(
          file: path, line: records.line,
          problem: "\(record.count) fields stand under \(count(header.count, "column")); "
            + "a field that holds the separator must be in quotes")
      }
      let members = zip(header, record).map { (key: $0.0, value: JSON.string($0.1)) }
      try add(.object(JSONObject(members)), path, records.line, to: &data)
    }
    if let line = records.openQuote {
      throw TrainingError.data(file: path, line: line, problem: "a quote that begins here is never closed")
    }
  }
}
