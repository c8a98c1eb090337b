extension JSON {
  /// Parses a whole text.
  /// - Parameter file: for messages.
  /// - Throws: ``FormatError`` with line and byte.
  public static func parse(
    _ bytes: UnsafeRawBufferPointer, file: String = "JSON", options: JSONScanner.Options = JSONScanner.Options()
  ) throws -> JSON {
    var scanner = JSONScanner(bytes, file: file, options: options)
    let value = try scanner.readValue()
    try scanner.finish()
    return value
  }

  public static func parse(
    _ bytes: some Collection<UInt8>, file: String = "JSON", options: JSONScanner.Options = JSONScanner.Options()
  ) throws -> JSON {
    let done = try bytes.withContiguousStorageIfAvailable {
      try parse(UnsafeRawBufferPointer($0), file: file, options: options)
    }
    if let done { return done }
    return try Array(bytes).withUnsafeBytes { try parse($0, file: file, options: options) }
  }

  public static func parse(
    _ text: String, file: String = "JSON", options: JSONScanner.Options = JSONScanner.Options()
  ) throws -> JSON {
    var text = text
    return try text.withUTF8 { try parse(UnsafeRawBufferPointer($0), file: file, options: options) }
  }

  /// Parses a file.
  /// - Throws: ``FormatError`` where it cannot be opened or is not JSON.
  public static func load(_ path: String, options: JSONScanner.Options = JSONScanner.Options()) throws -> JSON {
    let file = try MappedFile(path: path)
    return try file.withBytes { try parse($0, file: path, options: options) }
  }
}

extension JSONScanner {
  /// The next value as a tree.
  public mutating func readValue() throws -> JSON {
    switch try peek() {
    case .null:
      try readNull()
      return .null
    case .bool: return .bool(try readBool())
    case .number: return try readNumber()
    case .string: return .string(String(decoding: try readString(), as: UTF8.self))
    case .array:
      var values: [JSON] = []
      try beginArray()
      while try nextElement() { values.append(try readValue()) }
      return .array(values)
    case .object:
      var members: [(key: String, value: JSON)] = []
      try beginObject()
      while let key = try nextKey() {
        let name = String(decoding: key, as: UTF8.self)
        members.append((name, try readValue()))
      }
      return .object(JSONObject(members))
    }
  }
}
