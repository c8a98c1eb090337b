import Core

/// Reads files and folders of training data. Text files are one row each; `.jsonl` one row a line; `.json` a list of
/// rows; `.csv` a row a record, columns named by the first.
public enum DataReader {
  /// Bytes that one run reads at most.
  static let limit = 8 << 30

  /// - Throws: ``TrainingError``, ``FormatError``.
  public static func rows(in paths: [String]) throws -> [DataRow] {
    var rows: [DataRow] = []
    var bytes = 0
    for path in paths { for file in try files(path) { try read(file, into: &rows, bytes: &bytes) } }
    return rows
  }

  /// The files of a path, in the order of their names.
  static func files(_ path: String, depth: Int = 0) throws -> [String] {
    guard FileSystem.isFolder(path) else { return [path] }
    guard depth < 16 else { return [] }
    var files: [String] = []
    for name in FileSystem.names(in: path, limit: 1_000_000) where !name.hasPrefix(".") {
      let inner = path + "/" + name
      if FileSystem.isFolder(inner) {
        files += try self.files(inner, depth: depth + 1)
      } else if ["txt", "md", "jsonl", "json", "csv"].contains(fileExtension(name)) {
        files.append(inner)
      }
    }
    if files.isEmpty, depth == 0 {
      throw TrainingError.data(
        file: path, line: nil, problem: "there is no .txt, .md, .jsonl, .json or .csv file in this folder")
    }
    return files
  }

  private static func fileExtension(_ name: String) -> String {
    guard let dot = name.lastIndex(of: ".") else { return "" }
    return name[name.index(after: dot)...].lowercased()
  }

  private static func read(_ path: String, into rows: inout [DataRow], bytes total: inout Int) throws {
    let file = try MappedFile(path: path)
    total += file.bytes.count
    guard total <= limit else {
      throw TrainingError.data(file: path, line: nil, problem: "the data are larger than \(limit >> 30) GiB")
    }
    switch fileExtension(path) {
    case "jsonl": try readLines(file, into: &rows)
    case "json": try readList(file, into: &rows)
    case "csv": try readTable(file, into: &rows)
    default:
      // A byte-order mark is no text.
      let mark = file.bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
      let text = String(decoding: file.bytes.dropFirst(mark), as: UTF8.self)
      if !text.isEmpty { rows.append(.text(text)) }
    }
  }

  private static func readLines(_ file: MappedFile, into rows: inout [DataRow]) throws {
    var number = 0
    for line in file.bytes.split(separator: 0x0A, omittingEmptySubsequences: false) {
      number += 1
      if line.allSatisfy({ $0 == 0x20 || $0 == 0x09 || $0 == 0x0D }) { continue }
      let value: JSON
      do {
        value = try JSON.parse(UnsafeRawBufferPointer(rebasing: line), file: file.path)
      } catch {
        throw TrainingError.data(file: file.path, line: number, problem: "this line is not JSON")
      }
      rows.append(try DataRow(value, file: file.path, line: number))
    }
  }

  private static func readList(_ file: MappedFile, into rows: inout [DataRow]) throws {
    let value = try JSON.parse(file.bytes, file: file.path)
    guard let list = value.array else {
      rows.append(try DataRow(value, file: file.path, line: nil))
      return
    }
    for (index, row) in list.enumerated() {
      do {
        rows.append(try DataRow(row, file: file.path, line: nil))
      } catch TrainingError.data(_, _, let problem) {
        throw TrainingError.data(file: file.path, line: nil, problem: "row \(index + 1): \(problem)")
      }
    }
  }

  private static func readTable(_ file: MappedFile, into rows: inout [DataRow]) throws {
    var records = CommaSeparatedValues(file.bytes)
    guard let header = records.next() else { return }
    while let record = records.next() {
      if record.count == 1, record[0].isEmpty { continue }
      let members = zip(header, record).map { (key: $0.0, value: JSON.string($0.1)) }
      rows.append(try DataRow(.object(JSONObject(members)), file: file.path, line: records.line))
    }
  }
}

/// Records of RFC 4180: fields between commas, in quotes where they hold commas, line ends or quotes (doubled).
struct CommaSeparatedValues {
  private let bytes: UnsafeRawBufferPointer
  private var at = 0
  /// The line the last record began on.
  private(set) var line = 0
  private var lines = 1

  init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

  mutating func next() -> [String]? {
    guard at < bytes.count else { return nil }
    line = lines
    var fields: [String] = []
    var field: [UInt8] = []
    var quoted = false
    while at < bytes.count {
      let byte = bytes[at]
      at += 1
      if byte == 0x0A { lines += 1 }
      if quoted {
        if byte != UInt8(ascii: "\"") {
          field.append(byte)
        } else if at < bytes.count, bytes[at] == UInt8(ascii: "\"") {
          field.append(byte)
          at += 1
        } else {
          quoted = false
        }
      } else if byte == UInt8(ascii: "\""), field.isEmpty {
        quoted = true
      } else if byte == UInt8(ascii: ",") {
        fields.append(String(decoding: field, as: UTF8.self))
        field.removeAll(keepingCapacity: true)
      } else if byte == 0x0A {
        break
      } else if byte != 0x0D {
        field.append(byte)
      }
    }
    fields.append(String(decoding: field, as: UTF8.self))
    return fields
  }
}
