/// Writes .safetensors files, whole or not at all.
public enum SafeTensorsWriter {
  private static func quoted(_ text: String) -> String { JSON.string(text).serialized() }

  /// A tensor to write; `produce` hands its values to the closure in order, in as many pieces as it likes.
  public struct Entry {
    public var name: String
    public var shape: [Int]
    public var produce: (_ emit: (UnsafeBufferPointer<Float>) throws -> Void) throws -> Void

    public init(
      name: String, shape: [Int],
      produce: @escaping (_ emit: (UnsafeBufferPointer<Float>) throws -> Void) throws -> Void
    ) {
      self.name = name
      self.shape = shape
      self.produce = produce
    }
  }

  /// - Parameters:
  ///   - type: F32, F16 or BF16, for all tensors.
  ///   - metadata: texts for the header's `__metadata__`; `format: pt` is what transformers asks for.
  /// - Throws: ``WriteError``, or what an entry throws.
  public static func write(
    _ entries: [Entry], as type: TensorType = .f32, metadata: [(String, String)] = [("format", "pt")], to path: String
  ) throws {
    guard let typeName = [.f32: "F32", .f16: "F16", .bf16: "BF16"][type] as String? else {
      throw WriteError(path: path, reason: "safetensors holds F32, F16 or BF16, not \(type.name)")
    }
    var header = "{\"__metadata__\":{"
    header += metadata.map { "\(quoted($0.0)):\(quoted($0.1))" }.joined(separator: ",") + "}"
    var offset = 0
    for entry in entries {
      let end = offset + entry.shape.reduce(1, *) * type.blockBytes
      header += ",\(quoted(entry.name)):{\"dtype\":\"\(typeName)\",\"shape\":["
      header += entry.shape.map(String.init).joined(separator: ",") + "],\"data_offsets\":[\(offset),\(end)]}"
      offset = end
    }
    header += "}"
    // The data begins at a multiple of 8, as the format's own writer has it.
    header += String(repeating: " ", count: (8 - header.utf8.count % 8) % 8)
    try AtomicFile.write(to: path) { writer in
      try writer.write(UInt64(header.utf8.count))
      try writer.write(header)
      var buffer: [UInt8] = []
      for entry in entries {
        let expected = writer.count + entry.shape.reduce(1, *) * type.blockBytes
        try entry.produce { values in
          if let obstacle = ValueEncoder.obstacle(values, as: type) {
            throw WriteError(path: path, reason: "tensor \(entry.name) \(obstacle)")
          }
          let bytes = values.count * type.blockBytes
          if buffer.count < bytes { buffer = [UInt8](repeating: 0, count: bytes) }
          try buffer.withUnsafeMutableBytes { raw in
            guard let output = raw.baseAddress, let input = values.baseAddress else { return }
            ValueEncoder.encode(input, count: values.count, as: type, into: output)
            try writer.write(UnsafeRawBufferPointer(start: output, count: bytes))
          }
        }
        guard writer.count == expected else {
          throw WriteError(path: path, reason: "tensor \(entry.name) has not as many values as its shape says")
        }
      }
    }
  }
}
