/// Text of a GGUF file, read when asked for. Valid as long as its ``GGUFFile`` lives.
public struct GGUFString: @unchecked Sendable {
  public let bytes: UnsafeRawBufferPointer

  /// Invalid UTF-8 becomes U+FFFD.
  public var string: String { String(decoding: bytes, as: UTF8.self) }
}

/// A list in GGUF metadata. Elements stay in the file until asked for. Valid as long as its ``GGUFFile`` lives.
public struct GGUFArray: @unchecked Sendable {
  public let elementType: GGUFValueType
  public let count: Int
  /// The elements as the file has them; lengths already checked.
  let bytes: UnsafeRawBufferPointer
  /// Elements of a list of lists.
  let nested: [GGUFArray]

  /// The bytes of each string, in order; nil for other element types. One pass over the list.
  public func stringBytes() -> [UnsafeRawBufferPointer]? {
    guard elementType == .string else { return nil }
    return [UnsafeRawBufferPointer](unsafeUninitializedCapacity: count) { buffer, initialized in
      var offset = 0
      for index in 0..<count {
        // Lengths were checked when the file was opened, and a mapping cannot change under a reader of its own copy.
        let length = Int(truncatingIfNeeded: bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
        offset += 8
        let end = offset &+ length
        guard length >= 0, end >= offset, end <= bytes.count else { break }
        (buffer.baseAddress! + index).initialize(to: UnsafeRawBufferPointer(rebasing: bytes[offset..<end]))
        initialized = index + 1
        offset = end
      }
    }
  }

  public func strings() -> [String]? {
    stringBytes()?.map { String(decoding: $0, as: UTF8.self) }
  }

  /// Elements of any integer or boolean type; nil for others, and where a value does not fit.
  public func integers() -> [Int]? {
    func all<T: FixedWidthInteger>(_: T.Type) -> [Int]? {
      guard let base = bytes.baseAddress, count <= bytes.count / MemoryLayout<T>.size else {
        return count == 0 ? [] : nil
      }
      var fits = true
      let values = [Int](unsafeUninitializedCapacity: count) { buffer, initialized in
        for i in 0..<count {
          let raw = T(littleEndian: base.loadUnaligned(fromByteOffset: i &* MemoryLayout<T>.size, as: T.self))
          let value = Int(truncatingIfNeeded: raw)
          if T.bitWidth == 64, !T.isSigned { fits = fits && value >= 0 }
          (buffer.baseAddress! + i).initialize(to: value)
        }
        initialized = count
      }
      return fits ? values : nil
    }
    switch elementType {
    case .uint8, .bool: return all(UInt8.self)
    case .int8: return all(Int8.self)
    case .uint16: return all(UInt16.self)
    case .int16: return all(Int16.self)
    case .uint32: return all(UInt32.self)
    case .int32: return all(Int32.self)
    case .uint64: return all(UInt64.self)
    case .int64: return all(Int64.self)
    case .float32, .float64, .string, .array: return nil
    }
  }

  /// Elements of any numeric type as float32; nil for others.
  public func floats() -> [Float]? {
    switch elementType {
    case .float32:
      guard let base = bytes.baseAddress, count <= bytes.count / 4 else { return count == 0 ? [] : nil }
      return [Float](unsafeUninitializedCapacity: count) { buffer, initialized in
        for i in 0..<count {
          let raw = base.loadUnaligned(fromByteOffset: i &* 4, as: UInt32.self)
          (buffer.baseAddress! + i).initialize(to: Float(bitPattern: UInt32(littleEndian: raw)))
        }
        initialized = count
      }
    case .float64:
      return (0..<count).map {
        Float(
          Double(bitPattern: UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: $0 * 8, as: UInt64.self))))
      }
    default: return integers()?.map(Float.init)
    }
  }

  /// The inner lists of a list of lists.
  public func arrays() -> [GGUFArray]? { elementType == .array ? nested : nil }
}

/// The value types of GGUF metadata; raw values as in the file.
public enum GGUFValueType: UInt32, Sendable {
  case uint8, int8, uint16, int16, uint32, int32, float32, bool, string, array, uint64, int64, float64

  /// Bytes of a plain value; nil for text and lists.
  var size: Int? {
    switch self {
    case .uint8, .int8, .bool: 1
    case .uint16, .int16: 2
    case .uint32, .int32, .float32: 4
    case .uint64, .int64, .float64: 8
    case .string, .array: nil
    }
  }
}

/// A value of GGUF metadata.
public enum GGUFValue: Sendable {
  /// Any unsigned integer type, with the type of the file.
  case unsigned(UInt64, GGUFValueType)
  case signed(Int64, GGUFValueType)
  case float(Double, GGUFValueType)
  case bool(Bool)
  case text(GGUFString)
  case list(GGUFArray)

  public var int: Int? {
    switch self {
    case .unsigned(let value, _): Int(exactly: value)
    case .signed(let value, _): Int(exactly: value)
    default: nil
    }
  }

  public var double: Double? {
    switch self {
    case .float(let value, _): value
    case .unsigned(let value, _): Double(value)
    case .signed(let value, _): Double(value)
    default: nil
    }
  }

  public var bool: Bool? { if case .bool(let value) = self { value } else { nil } }
  public var string: String? { if case .text(let value) = self { value.string } else { nil } }
  public var array: GGUFArray? { if case .list(let value) = self { value } else { nil } }
}
