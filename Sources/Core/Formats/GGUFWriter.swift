/// Writes GGUF files (version 3, little-endian), whole or not at all.
public enum GGUFWriter {
  public enum Value: Sendable {
    case uint32(UInt32)
    case float32(Float)
    case bool(Bool)
    case string(String)
    case strings([[UInt8]])
    case int32s([Int32])
    case float32s([Float])
    /// A value of another file, byte for byte.
    case copy(GGUFValue)
  }

  public struct Tensor {
    public var name: String
    /// Outermost first.
    public var shape: [Int]
    public var type: TensorType
    /// Hands the values to the closure in order, in pieces of whole rows.
    public var produce: (_ emit: (UnsafeBufferPointer<Float>) throws -> Void) throws -> Void

    public init(
      name: String, shape: [Int], type: TensorType,
      produce: @escaping (_ emit: (UnsafeBufferPointer<Float>) throws -> Void) throws -> Void
    ) {
      self.name = name
      self.shape = shape
      self.type = type
      self.produce = produce
    }
  }

  private static let alignment = 32

  /// - Parameters:
  ///   - existing: what becomes of a file that is there.
  ///   - check: is given the finished file before it gets its name; what it throws ends the writing.
  /// - Throws: ``WriteError`` (also for a shape or a value that does not fit its type), or what a tensor throws.
  public static func write(
    metadata: [(String, Value)], tensors: [Tensor], to path: String, existing: ExistingFile = .replaced,
    check: ((String) throws -> Void)? = nil
  ) throws {
    let sizes = try tensors.map { tensor in
      guard ValueEncoder.types.contains(tensor.type), (tensor.shape.last ?? 1) % tensor.type.blockSize == 0,
        let bytes = tensor.type.byteCount(of: tensor.shape.reduce(1, *))
      else {
        throw WriteError(
          path: path, reason: "tensor \(tensor.name) of shape \(tensor.shape) cannot be \(tensor.type.name)")
      }
      return bytes
    }
    try AtomicFile.write(to: path, existing: existing, check: check) { writer in
      try writer.write("GGUF")
      try writer.write(UInt32(3))
      try writer.write(UInt64(tensors.count))
      try writer.write(UInt64(metadata.count))
      for (key, value) in metadata {
        try text(Array(key.utf8), writer)
        try write(value, writer)
      }
      var offset = 0
      for (tensor, size) in zip(tensors, sizes) {
        try text(Array(tensor.name.utf8), writer)
        try writer.write(UInt32(tensor.shape.count))
        for dimension in tensor.shape.reversed() { try writer.write(UInt64(dimension)) }
        try writer.write(tensor.type.rawValue)
        try writer.write(UInt64(offset))
        offset += (size + alignment - 1) / alignment * alignment
      }
      try writer.pad(to: alignment)
      for (tensor, size) in zip(tensors, sizes) {
        let end = writer.count + size
        try writeValues(of: tensor, writer, path)
        guard writer.count == end else {
          throw WriteError(path: path, reason: "tensor \(tensor.name) has not as many values as its shape says")
        }
        try writer.pad(to: alignment)
      }
    }
  }

  private static func writeValues(of tensor: Tensor, _ writer: FileWriter, _ path: String) throws {
    var buffer: [UInt8] = []
    try tensor.produce { values in
      guard let input = values.baseAddress, let bytes = tensor.type.byteCount(of: values.count) else { return }
      if let obstacle = ValueEncoder.obstacle(values, as: tensor.type) {
        throw WriteError(path: path, reason: "tensor \(tensor.name) \(obstacle)")
      }
      if buffer.count < bytes { buffer = [UInt8](repeating: 0, count: bytes) }
      try buffer.withUnsafeMutableBytes { raw in
        guard let output = raw.baseAddress else { return }
        ValueEncoder.encode(input, count: values.count, as: tensor.type, into: output)
        try writer.write(UnsafeRawBufferPointer(start: output, count: bytes))
      }
    }
  }

  private static func text(_ bytes: [UInt8], _ writer: FileWriter) throws {
    try writer.write(UInt64(bytes.count))
    try writer.write(bytes)
  }

  private static func write(_ value: Value, _ writer: FileWriter) throws {
    func head(_ type: GGUFValueType) throws { try writer.write(type.rawValue) }
    func list(_ type: GGUFValueType, _ count: Int) throws {
      try head(.array)
      try head(type)
      try writer.write(UInt64(count))
    }
    switch value {
    case .uint32(let number): try head(.uint32); try writer.write(number)
    case .float32(let number): try head(.float32); try writer.write(number.bitPattern)
    case .bool(let flag): try head(.bool); try writer.write(UInt8(flag ? 1 : 0))
    case .string(let string): try head(.string); try text(Array(string.utf8), writer)
    case .strings(let strings):
      try list(.string, strings.count)
      for string in strings { try text(string, writer) }
    case .int32s(let numbers):
      try list(.int32, numbers.count)
      for number in numbers { try writer.write(number) }
    case .float32s(let numbers):
      try list(.float32, numbers.count)
      for number in numbers { try writer.write(number.bitPattern) }
    case .copy(let value): try copy(value, writer)
    }
  }

  private static func copy(_ value: GGUFValue, _ writer: FileWriter) throws {
    switch value {
    case .unsigned(let number, let type):
      try writer.write(type.rawValue)
      try plain(number, type, writer)
    case .signed(let number, let type):
      try writer.write(type.rawValue)
      try plain(UInt64(bitPattern: number), type, writer)
    case .float(let number, let type):
      try writer.write(type.rawValue)
      try plain(type == .float32 ? UInt64(Float(number).bitPattern) : number.bitPattern, type, writer)
    case .bool(let flag): try write(.bool(flag), writer)
    case .text(let string):
      try writer.write(GGUFValueType.string.rawValue)
      try writer.write(UInt64(string.bytes.count))
      try writer.write(string.bytes)
    case .list(let array):
      try writer.write(GGUFValueType.array.rawValue)
      try copy(array, writer)
    }
  }

  /// The low bytes of a value, as many as its type has.
  private static func plain(_ bits: UInt64, _ type: GGUFValueType, _ writer: FileWriter) throws {
    try withUnsafeBytes(of: bits.littleEndian) {
      try writer.write(UnsafeRawBufferPointer(rebasing: $0.prefix(type.size ?? 8)))
    }
  }

  private static func copy(_ array: GGUFArray, _ writer: FileWriter) throws {
    try writer.write(array.elementType.rawValue)
    try writer.write(UInt64(array.count))
    if let nested = array.arrays() {
      for inner in nested { try copy(inner, writer) }
    } else {
      try writer.write(array.bytes)
    }
  }
}
