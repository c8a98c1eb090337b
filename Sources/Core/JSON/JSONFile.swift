/// JSON files of bounded size.
enum JSONFile {
  /// - Throws: ``FormatError`` where the file is absent, larger than `limit` bytes, or no JSON.
  static func read(_ path: String, limit: Int = 256 << 20) throws -> JSON {
    let file = try MappedFile(path: path)
    guard file.bytes.count <= limit else {
      throw FormatError(file: path, found: "\(file.bytes.count) bytes", expected: "at most \(limit)")
    }
    return try file.withBytes { try JSON.parse($0, file: path) }
  }

  /// nil where there is no such file.
  static func readIfPresent(_ path: String, limit: Int = 64 << 20) throws -> JSON? {
    FileSystem.exists(path) ? try read(path, limit: limit) : nil
  }
}
