/// One .safetensors file: a JSON header with name, type, shape and place of each tensor, then their bytes.
///
/// Layout: https://huggingface.co/docs/safetensors. The header is checked as that page asks: at most 100 MB, no name
/// twice, sizes as type and shape say, data without holes or overlaps from the first byte to the last.
final class SafeTensorsFile: Sendable {
  let file: MappedFile
  /// In the order of their places.
  let tensors: [TensorView]
  /// Tensors of types that hold no weights here (indices, masks): name and type.
  let others: [String: String]

  private static let headerLimit = 100_000_000

  init(path: String) throws {
    let file = try MappedFile(path: path)
    self.file = file
    var reader = ByteReader(file.bytes, file: path)
    reader.place = "header"
    let length: UInt64 = try reader.read()
    guard length <= UInt64(Self.headerLimit), length <= UInt64(reader.remaining) else {
      throw reader.error(
        "a header of \(length) bytes",
        expected: "at most \(min(Self.headerLimit, reader.remaining)); the file is cut short or damaged")
    }
    let header = try reader.take(Int(length))
    guard header.first == UInt8(ascii: "{") else {
      throw reader.error("no JSON object", expected: "a safetensors file")
    }
    let json = try JSON.parse(header, file: path)
    guard let object = json.object else { throw reader.error("no JSON object", expected: "a safetensors file") }
    var entries: [Entry] = []
    var names = Set<String>(minimumCapacity: object.count)
    for (name, value) in object.members {
      guard names.insert(name).inserted else {
        throw FormatError(file: path, place: "tensor \(name)", found: "the name stands twice")
      }
      if name != "__metadata__" { entries.append(try Entry(name, value, file: path)) }
    }
    entries.sort { ($0.begin, $0.end) < ($1.begin, $1.end) }
    let start = reader.offset
    var end = 0
    for entry in entries {
      guard entry.begin == end else {
        throw FormatError(
          file: path, place: "tensor \(entry.name)", found: "it begins at byte \(entry.begin) of the data",
          expected: "byte \(end), where the tensor before it ends")
      }
      end = entry.end
    }
    guard end == file.bytes.count - start else {
      throw FormatError(
        file: path, found: "\(file.bytes.count - start) bytes of data",
        expected: "\(end), as the header says; the file is cut short or damaged")
    }
    var tensors: [TensorView] = []
    var others: [String: String] = [:]
    for entry in entries {
      if let type = entry.type {
        let bytes = UnsafeRawBufferPointer(rebasing: file.bytes[(start + entry.begin)..<(start + entry.end)])
        tensors.append(TensorView(name: entry.name, type: type, shape: entry.shape, bytes: bytes))
      } else {
        others[entry.name] = entry.typeName
      }
    }
    self.tensors = tensors
    self.others = others
  }

  private struct Entry {
    var name: String
    /// nil for types that hold no weights.
    var type: TensorType?
    var typeName: String
    var shape: [Int]
    var begin: Int
    var end: Int

    init(_ name: String, _ json: JSON, file: String) throws {
      func error(_ found: String, _ expected: String) -> FormatError {
        FormatError(file: file, place: "tensor \(name)", found: found, expected: expected)
      }
      guard let typeName = json["dtype"]?.string, let size = Self.sizes[typeName] else {
        throw error("dtype " + (json["dtype"]?.string ?? "missing"), "F32, F16 or BF16")
      }
      guard let shape = json["shape"]?.array, shape.count <= 8 else {
        throw error("no shape", "a list of at most 8 sizes")
      }
      var bytes = size
      self.shape = try shape.map {
        guard let size = $0.int, size >= 0 else { throw error("a size that is no whole number", "0 or more") }
        let (product, overflow) = bytes.multipliedReportingOverflow(by: size)
        guard !overflow else { throw error("a shape of more values than can be counted", "a smaller one") }
        bytes = product
        return size
      }
      guard let offsets = json["data_offsets"]?.array, offsets.count == 2, let begin = offsets[0].int,
        let end = offsets[1].int, begin >= 0, end >= begin
      else { throw error("no usable data_offsets", "[begin, end]") }
      guard end - begin == bytes else { throw error("\(end - begin) bytes", "\(bytes), as type and shape say") }
      self.name = name
      self.typeName = typeName
      type = Self.types[typeName]
      self.begin = begin
      self.end = end
    }

    private static let types: [String: TensorType] = ["F32": .f32, "F16": .f16, "BF16": .bf16]
    private static let sizes = [
      "F32": 4, "F16": 2, "BF16": 2, "F64": 8, "I64": 8, "U64": 8, "I32": 4, "U32": 4, "I16": 2, "U16": 2, "I8": 1,
      "U8": 1, "BOOL": 1, "F8_E4M3": 1, "F8_E5M2": 1,
    ]
  }
}
