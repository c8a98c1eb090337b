/// One pass over the head of a GGUF file.
struct GGUFParser {
  struct Entry {
    var name: String
    var type: TensorType
    /// Outermost first.
    var shape: [Int]
    var offset: Int
    var byteCount: Int
  }

  private let file: MappedFile
  private var reader: ByteReader

  init(_ file: MappedFile) {
    self.file = file
    reader = ByteReader(file.bytes, file: file.path)
  }

  mutating func header() throws -> (version: Int, tensors: Int, keys: Int) {
    _ = try reader.take(4)
    reader.place = "version"
    let version: UInt32 = try reader.read()
    guard version == 2 || version == 3 else {
      throw reader.error(
        version.byteSwapped <= 3 ? "a big-endian file" : "version \(version)",
        expected: "version 2 or 3, little-endian")
    }
    reader.place = "number of tensors"
    let tensors = try reader.readCount(minimumBytes: 24, of: "tensors")
    reader.place = "number of keys"
    let keys = try reader.readCount(minimumBytes: 13, of: "keys")
    return (Int(version), tensors, keys)
  }

  mutating func metadata(count: Int) throws -> ([String], [String: GGUFValue]) {
    var keys: [String] = []
    var metadata: [String: GGUFValue] = [:]
    for index in 0..<count {
      reader.place = "key \(index + 1) of \(count)"
      let key = try name(limit: 65_535)
      reader.place = key
      let type = try valueType()
      let value = try value(type)
      guard metadata.updateValue(value, forKey: key) == nil else { throw reader.error("the key stands twice") }
      keys.append(key)
    }
    return (keys, metadata)
  }

  private mutating func name(limit: Int) throws -> String {
    let length = try reader.readCount(minimumBytes: 1, of: "bytes of name")
    guard length <= limit else { throw reader.error("a name of \(length) bytes", expected: "at most \(limit)") }
    return String(decoding: try reader.take(length), as: UTF8.self)
  }

  private mutating func valueType() throws -> GGUFValueType {
    let raw: UInt32 = try reader.read()
    guard let type = GGUFValueType(rawValue: raw) else {
      throw reader.error("value type \(raw)", expected: "0 to 12")
    }
    return type
  }

  private mutating func value(_ type: GGUFValueType) throws -> GGUFValue {
    switch type {
    case .uint8: return .unsigned(UInt64(try reader.read(UInt8.self)), type)
    case .uint16: return .unsigned(UInt64(try reader.read(UInt16.self)), type)
    case .uint32: return .unsigned(UInt64(try reader.read(UInt32.self)), type)
    case .uint64: return .unsigned(try reader.read(UInt64.self), type)
    case .int8: return .signed(Int64(try reader.read(Int8.self)), type)
    case .int16: return .signed(Int64(try reader.read(Int16.self)), type)
    case .int32: return .signed(Int64(try reader.read(Int32.self)), type)
    case .int64: return .signed(try reader.read(Int64.self), type)
    case .float32: return .float(Double(Float(bitPattern: try reader.read(UInt32.self))), type)
    case .float64: return .float(Double(bitPattern: try reader.read(UInt64.self)), type)
    case .bool: return .bool(try reader.read(UInt8.self) != 0)
    case .string:
      let length = try reader.readCount(minimumBytes: 1, of: "bytes of text")
      return .text(GGUFString(bytes: try reader.take(length)))
    case .array: return .list(try array(depth: 1))
    }
  }

  private mutating func array(depth: Int) throws -> GGUFArray {
    // Nobody nests deeper, and each level of recursion costs stack.
    guard depth <= 4 else { throw reader.error("lists nested more than 4 deep") }
    let type = try valueType()
    if let size = type.size {
      let count = try reader.readCount(minimumBytes: size, of: "elements")
      return GGUFArray(elementType: type, count: count, bytes: try reader.take(count * size), nested: [])
    }
    if type == .string {
      let count = try reader.readCount(minimumBytes: 8, of: "texts")
      let start = reader.offset
      // Where one is not whole, it is read again to say what is wrong.
      for _ in reader.skipTexts(count)..<count {
        let length = try reader.readCount(minimumBytes: 1, of: "bytes of text")
        _ = try reader.take(length)
      }
      let bytes = UnsafeRawBufferPointer(rebasing: file.bytes[start..<reader.offset])
      return GGUFArray(elementType: type, count: count, bytes: bytes, nested: [])
    }
    let count = try reader.readCount(minimumBytes: 12, of: "lists")
    guard count <= 1 << 16 else { throw reader.error("\(count) lists in a list", expected: "at most 65536") }
    var nested: [GGUFArray] = []
    for _ in 0..<count { nested.append(try array(depth: depth + 1)) }
    return GGUFArray(
      elementType: type, count: count, bytes: UnsafeRawBufferPointer(start: nil, count: 0), nested: nested)
  }

  mutating func tensorEntries(count: Int) throws -> [Entry] {
    var entries: [Entry] = []
    entries.reserveCapacity(count)
    var names = Set<String>(minimumCapacity: count)
    for index in 0..<count {
      reader.place = "tensor \(index + 1) of \(count)"
      let name = try name(limit: 1024)
      reader.place = "tensor \(name)"
      guard names.insert(name).inserted else { throw reader.error("the name stands twice") }
      entries.append(try entry(name))
    }
    return entries
  }

  private mutating func entry(_ name: String) throws -> Entry {
    let dimensions: UInt32 = try reader.read()
    guard dimensions <= 4 else { throw reader.error("\(dimensions) dimensions", expected: "at most 4") }
    var shape: [Int] = []
    var count = 1
    for _ in 0..<dimensions {
      let size: UInt64 = try reader.read()
      guard let size = Int(exactly: size), size > 0 else {
        throw reader.error("a dimension of \(size)", expected: "at least 1")
      }
      let (product, overflow) = count.multipliedReportingOverflow(by: size)
      guard !overflow else { throw reader.error("a shape of more values than can be counted") }
      count = product
      shape.insert(size, at: 0)
    }
    let raw: UInt32 = try reader.read()
    guard let type = TensorType(rawValue: raw) else {
      throw reader.error(
        "stored as \(Self.unsupported[raw] ?? "type \(raw)")",
        expected: "one of " + TensorType.allCases.map(\.name).joined(separator: ", "))
    }
    guard (shape.last ?? 1) % type.blockSize == 0, let bytes = type.byteCount(of: count) else {
      throw reader.error(
        "rows of \(shape.last ?? 1) values", expected: "a multiple of \(type.blockSize) for \(type.name)")
    }
    let offset: UInt64 = try reader.read()
    guard let offset = Int(exactly: offset) else { throw reader.error("offset \(offset)", expected: "one in the file") }
    return Entry(name: name, type: type, shape: shape, offset: offset, byteCount: bytes)
  }

  /// Places the tensors in the data part, which begins at the next multiple of `alignment`.
  func tensors(_ entries: [Entry], alignment: Int) throws -> [TensorView] {
    guard !entries.isEmpty else { return [] }
    let start = (reader.offset + alignment - 1) & ~(alignment - 1)
    let available = file.bytes.count - start
    func error(_ entry: Entry, _ found: String, _ expected: String?) -> FormatError {
      FormatError(file: file.path, place: "tensor \(entry.name)", found: found, expected: expected)
    }
    for entry in entries {
      guard entry.offset % alignment == 0 else {
        throw error(entry, "offset \(entry.offset)", "a multiple of \(alignment)")
      }
      guard available >= 0, entry.byteCount <= available, entry.offset <= available - entry.byteCount else {
        throw error(
          entry, "the file ends at byte \(file.bytes.count), before the tensor does",
          "\(entry.byteCount) bytes from byte \(start) + \(entry.offset); the file is cut short or damaged")
      }
    }
    var end = 0
    for entry in entries.sorted(by: { $0.offset < $1.offset }) {
      guard entry.offset >= end else { throw error(entry, "it overlaps the tensor before it", nil) }
      end = entry.offset + entry.byteCount
    }
    // Writers pad the last tensor too; a part of that padding means that the end of the file is missing.
    let padded = (end + alignment - 1) & ~(alignment - 1)
    guard available == end || available >= padded else {
      throw FormatError(
        file: file.path, found: "it ends at byte \(file.bytes.count), inside the padding of the last tensor",
        expected: "\(start + padded) bytes; the file is cut short")
    }
    return entries.map {
      let from = start + $0.offset
      return TensorView(
        name: $0.name, type: $0.type, shape: $0.shape,
        bytes: UnsafeRawBufferPointer(rebasing: file.bytes[from..<(from + $0.byteCount)]))
    }
  }

  /// ggml's other types, by name, for messages.
  private static let unsupported: [UInt32: String] = [
    9: "Q8_1", 15: "Q8_K", 16: "IQ2_XXS", 17: "IQ2_XS", 18: "IQ3_XXS", 19: "IQ1_S", 20: "IQ4_NL", 21: "IQ3_S",
    22: "IQ2_S", 23: "IQ4_XS", 24: "I8", 25: "I16", 26: "I32", 27: "I64", 28: "F64", 29: "IQ1_M", 34: "TQ1_0",
    35: "TQ2_0", 39: "MXFP4",
  ]
}
