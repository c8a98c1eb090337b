/// A GGUF file (version 2 or 3, little-endian): metadata and tensors of a model, mapped into memory.
///
/// Everything that the file claims is checked here, once: counts and lengths against the bytes that are left, unique
/// names, shapes against type and place, tensors inside the file and apart from each other. What is read later needs no
/// more checks. Layout: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md
public final class GGUFFile: TensorSource {
  public let path: String
  public let version: Int
  public let metadata: [String: GGUFValue]
  /// Keys in the order of the file.
  public let keys: [String]
  public let tensors: [TensorView]
  /// Tensors begin at multiples of this many bytes.
  public let alignment: Int
  public let file: MappedFile
  private let index: [String: Int]

  /// Whether a file begins with GGUF's magic.
  public static func isGGUF(_ bytes: UnsafeRawBufferPointer) -> Bool {
    bytes.count >= 4 && bytes.prefix(4).elementsEqual("GGUF".utf8)
  }

  /// - Throws: ``FormatError``.
  public convenience init(path: String) throws {
    try self.init(file: MappedFile(path: path))
  }

  public init(file: MappedFile) throws {
    self.file = file
    path = file.path
    guard Self.isGGUF(file.bytes) else {
      throw FormatError(file: file.path, found: "no GGUF magic at the start", expected: "a GGUF file")
    }
    var parser = GGUFParser(file)
    let header = try parser.header()
    version = header.version
    (keys, metadata) = try parser.metadata(count: header.keys)
    alignment = try Self.alignment(metadata, file: file.path)
    let entries = try parser.tensorEntries(count: header.tensors)
    tensors = try parser.tensors(entries, alignment: alignment)
    var index = [String: Int](minimumCapacity: tensors.count)
    for (position, tensor) in tensors.enumerated() { index[tensor.name] = position }
    self.index = index
  }

  /// The bytes before the first tensor: header and metadata.
  var head: UnsafeRawBufferPointer {
    guard let base = file.bytes.baseAddress else { return file.bytes }
    let first = tensors.compactMap { $0.bytes.baseAddress.map { $0 - base } }.min() ?? file.bytes.count
    return UnsafeRawBufferPointer(rebasing: file.bytes[..<first])
  }

  public func tensor(named name: String) -> TensorView? { index[name].map { tensors[$0] } }

  public func checkUnchanged() throws { try file.checkUnchanged() }
  public func checkRead() throws { try file.checkRead() }

  public subscript(key: String) -> GGUFValue? { metadata[key] }

  private static func alignment(_ metadata: [String: GGUFValue], file: String) throws -> Int {
    guard let value = metadata["general.alignment"] else { return 32 }
    guard let alignment = value.int, alignment > 0, alignment <= 1 << 20, alignment & (alignment - 1) == 0 else {
      throw FormatError(
        file: file, place: "general.alignment", found: "\(value.int.map(String.init) ?? "another type")",
        expected: "a power of two")
    }
    return alignment
  }
}
