/// JSON as it lies in files, with the file's name in every error.
enum JSONFile {
  /// - Throws: ``FormatError`` where the file is absent, larger than `limit` bytes, or no JSON.
  static func read(_ path: String, limit: Int = 256 << 20) throws -> JSON {
    let file = try MappedFile(path: path)
    guard file.bytes.count <= limit else {
      throw FormatError(file: path, found: "\(file.bytes.count) bytes", expected: "at most \(limit)")
    }
    return try parse(file.bytes, file: path, place: nil)
  }

  /// nil where there is no such file.
  static func readIfPresent(_ path: String, limit: Int = 64 << 20) throws -> JSON? {
    FileSystem.exists(path) ? try read(path, limit: limit) : nil
  }

  static func parse(_ bytes: UnsafeRawBufferPointer, file: String, place: String?) throws -> JSON {
    do {
      return try JSON.parse(bytes)
    } catch {
      throw FormatError(file: file, place: place, found: "no valid JSON: \(error)")
    }
  }
}
