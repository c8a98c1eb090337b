/// What a file of data is, by its name and its first bytes: how it is packed, and whether it can be read as text.
public struct DataKind: Sendable, Equatable {
  public enum Packing: Sendable, Equatable {
    case none, gzip, zstandard
  }

  public var packing: Packing
  /// The name's ending without that of a packing, in small letters: "jsonl" of "rows.jsonl.gz"; empty where there is none.
  public var ending: String

  /// - Parameter first: the file's first bytes, packed as it is.
  /// - Throws: ``FormatError`` for a kind that is known and is no text, and where name and content disagree.
  public init(path: String, first: UnsafeRawBufferPointer) throws {
    var name = path.lastIndex(of: "/").map { path[path.index(after: $0)...] } ?? path[...]
    packing = first.starts(with: [0x1F, 0x8B]) ? .gzip : Self.isZstandard(first) ? .zstandard : .none
    let named: Packing =
      switch Self.ending(name) {
      case "gz", "tgz": .gzip
      case "zst", "zstd": .zstandard
      default: .none
      }
    if named != .none {
      guard named == packing || first.isEmpty else {
        throw FormatError(
          file: path, found: "named .\(Self.ending(name)), but its first bytes are not those of that format",
          expected: "a packed file, or another name")
      }
      name = name.hasSuffix(".tgz") ? "archive.tar" : name[..<(name.lastIndex(of: ".") ?? name.endIndex)]
    }
    ending = Self.ending(name)
    if packing == .none, let kind = Self.foreign(first) { throw Self.refusal(path, kind) }
    if let kind = Self.foreignEndings[ending] { throw Self.refusal(path, kind) }
  }

  /// By the name and the first bytes of a file.
  /// - Throws: ``FormatError``, also where the path is no regular file.
  public init(path: String) throws {
    self = try PlainFile.beginning(path, 512).withUnsafeBytes { try DataKind(path: path, first: $0) }
  }

  /// Refuses an unpacked content that is known to be no text.
  public static func check(_ first: UnsafeRawBufferPointer, path: String) throws {
    if let kind = foreign(first) { throw refusal(path, kind) }
  }

  /// Endings of the data files that are taken from folders.
  public static let endings = ["txt", "text", "md", "jsonl", "ndjson", "json", "csv", "tsv"]

  /// Whether a file of a folder is one of data, by its name alone.
  public static func isData(_ name: String) -> Bool { endings.contains(unpackedEnding(name)) }

  /// "jsonl" of "rows.jsonl.gz".
  static func unpackedEnding(_ name: String) -> String {
    guard ["gz", "zst", "zstd"].contains(ending(name)), let dot = name.lastIndex(of: ".") else { return ending(name) }
    return ending(name[..<dot])
  }

  /// "csv" of "a.CSV"; empty for names without a dot.
  public static func ending(_ name: some StringProtocol) -> String {
    guard let dot = name.lastIndex(of: ".") else { return "" }
    return name[name.index(after: dot)...].lowercased()
  }

  private static func isZstandard(_ first: UnsafeRawBufferPointer) -> Bool {
    guard first.count >= 4 else { return false }
    // A frame, or one to be skipped (0x184D2A50 … 5F).
    return first.starts(with: [0x28, 0xB5, 0x2F, 0xFD])
      || first[0] & 0xF0 == 0x50 && first[1] == 0x2A && first[2] == 0x4D && first[3] == 0x18
  }

  private static func refusal(_ path: String, _ kind: (name: String, advice: String)) -> FormatError {
    FormatError(file: path, found: kind.name, expected: kind.advice)
  }

  private static let asText = "text in UTF-8: .txt, .md, .jsonl, .json, .csv or .tsv, also as .gz or .zst"
  private static let unpack = "its files, unpacked, or packed one by one as .gz or .zst"
  private static let convert = "UTF-8: iconv or an editor converts it"

  private static func foreign(_ first: UnsafeRawBufferPointer) -> (name: String, advice: String)? {
    for (magic, name, advice) in magics where first.starts(with: magic) { return (name, advice) }
    if first.count >= 262, first[257..<262].elementsEqual("ustar".utf8) { return ("a tar archive", unpack) }
    return nil
  }

  private static let magics: [(magic: [UInt8], name: String, advice: String)] = [
    (Array("PAR1".utf8), "a Parquet file", "its rows as .jsonl or .csv"),
    (Array("ARROW1".utf8), "an Arrow file", "its rows as .jsonl or .csv"),
    ([0x4F, 0x62, 0x6A, 0x01], "an Avro file", "its rows as .jsonl or .csv"),
    (Array("ORC".utf8) + [0x0A], "an ORC file", "its rows as .jsonl or .csv"),
    ([0x50, 0x4B, 0x03, 0x04], "a ZIP archive or an office document", unpack),
    ([0x50, 0x4B, 0x05, 0x06], "an empty ZIP archive", unpack),
    ([0x42, 0x5A, 0x68, 0x31], "a bzip2 file", unpack), ([0x42, 0x5A, 0x68, 0x39], "a bzip2 file", unpack),
    ([0xFD, 0x37, 0x7A, 0x58, 0x5A, 0x00], "an xz file", unpack),
    ([0x37, 0x7A, 0xBC, 0xAF], "a 7-Zip archive", unpack),
    ([0x04, 0x22, 0x4D, 0x18], "an LZ4 file", unpack), (Array("Rar!".utf8), "a RAR archive", unpack),
    (Array("%PDF-".utf8), "a PDF document", asText), (Array("{\\rtf".utf8), "an RTF document", asText),
    ([0xD0, 0xCF, 0x11, 0xE0], "an old office document", asText),
    (Array("GGUF".utf8), "a model in GGUF", asText), ([0x7F, 0x45, 0x4C, 0x46], "a program", asText),
    (Array("SQLite format 3".utf8) + [0], "an SQLite database", "its rows as .jsonl or .csv"),
    ([0x89, 0x50, 0x4E, 0x47], "a PNG picture", asText), ([0xFF, 0xD8, 0xFF], "a JPEG picture", asText),
    (Array("GIF8".utf8), "a GIF picture", asText), ([0x89, 0x48, 0x44, 0x46], "an HDF5 file", asText),
    ([0x93] + Array("NUMPY".utf8), "a NumPy array", asText), (Array("RIFF".utf8), "a sound or video file", asText),
    ([0xFF, 0xFE, 0x00, 0x00], "text in UTF-32", convert), ([0x00, 0x00, 0xFE, 0xFF], "text in UTF-32", convert),
    ([0xFF, 0xFE], "text in UTF-16", convert), ([0xFE, 0xFF], "text in UTF-16", convert),
  ]

  private static let foreignEndings: [String: (name: String, advice: String)] = [
    "parquet": ("a Parquet file", "its rows as .jsonl or .csv"),
    "arrow": ("an Arrow file", "its rows as .jsonl or .csv"),
    "feather": ("an Arrow file", "its rows as .jsonl or .csv"), "avro": ("an Avro file", "its rows as .jsonl or .csv"),
    "orc": ("an ORC file", "its rows as .jsonl or .csv"), "tar": ("a tar archive", unpack),
    "zip": ("a ZIP archive", unpack), "bz2": ("a bzip2 file", unpack), "xz": ("an xz file", unpack),
    "lzma": ("an LZMA file", unpack), "7z": ("a 7-Zip archive", unpack), "lz4": ("an LZ4 file", unpack),
    "rar": ("a RAR archive", unpack), "br": ("a Brotli file", unpack), "z": ("a compress file", unpack),
    "pdf": ("a PDF document", asText), "docx": ("a Word document", asText), "doc": ("a Word document", asText),
    "xlsx": ("an Excel sheet", "its rows as .csv"), "xls": ("an Excel sheet", "its rows as .csv"),
    "odt": ("an office document", asText), "epub": ("an e-book", asText), "npy": ("a NumPy array", asText),
    "npz": ("NumPy arrays", asText), "pkl": ("a Python pickle", asText), "pickle": ("a Python pickle", asText),
    "pt": ("a PyTorch file", asText), "pth": ("a PyTorch file", asText), "safetensors": ("weights", asText),
    "gguf": ("a model in GGUF", asText), "h5": ("an HDF5 file", asText), "tfrecord": ("a TFRecord file", asText),
    "db": ("a database", "its rows as .jsonl or .csv"), "sqlite": ("a database", "its rows as .jsonl or .csv"),
    "sqlite3": ("a database", "its rows as .jsonl or .csv"),
  ]
}
