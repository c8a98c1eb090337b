/// A value for each code point, zero for most: pages of 128, of which those without values are one.
final class CodePointTable<Value: FixedWidthInteger & Sendable>: @unchecked Sendable {
  private let pages: UnsafeMutablePointer<UInt16>
  private let values: UnsafeMutablePointer<Value>
  private static var pageCount: Int { 0x110000 >> 7 }

  /// - Parameter entries: code points below 0x110000 with their values; of equal ones the last counts.
  init(_ entries: some Sequence<(Int, Value)>) {
    var index = [UInt16](repeating: 0, count: Self.pageCount)
    var flat = [Value](repeating: 0, count: 128)
    for (scalar, value) in entries where scalar >= 0 && scalar < 0x110000 {
      if index[scalar >> 7] == 0 {
        index[scalar >> 7] = UInt16(flat.count >> 7)
        flat.append(contentsOf: repeatElement(0, count: 128))
      }
      flat[Int(index[scalar >> 7]) << 7 | scalar & 127] = value
    }
    pages = .allocate(capacity: index.count)
    pages.initialize(from: index, count: index.count)
    values = .allocate(capacity: flat.count)
    values.initialize(from: flat, count: flat.count)
  }

  deinit {
    pages.deallocate()
    values.deallocate()
  }

  @inline(__always)
  subscript(scalar: UInt32) -> Value {
    values[Int(pages[Int(truncatingIfNeeded: scalar >> 7)]) << 7 | Int(truncatingIfNeeded: scalar & 127)]
  }
}

/// The character that begins at `i` of well-formed UTF-8, and its length in bytes.
@inline(__always)
func decodedScalar(_ bytes: UnsafeBufferPointer<UInt8>, _ i: Int) -> (scalar: UInt32, length: Int) {
  let lead = UInt32(bytes[i])
  if lead < 0x80 { return (lead, 1) }
  if lead < 0xE0 { return ((lead & 0x1F) << 6 | UInt32(bytes[i + 1]) & 0x3F, 2) }
  if lead < 0xF0 { return ((lead & 0xF) << 12 | (UInt32(bytes[i + 1]) & 0x3F) << 6 | UInt32(bytes[i + 2]) & 0x3F, 3) }
  let high = (lead & 7) << 18 | (UInt32(bytes[i + 1]) & 0x3F) << 12
  return (high | (UInt32(bytes[i + 2]) & 0x3F) << 6 | UInt32(bytes[i + 3]) & 0x3F, 4)
}

/// Where the well-formed character that ends before `end` begins.
func characterStart(_ base: UnsafePointer<UInt8>, before end: Int) -> Int? {
  guard end > 0 else { return nil }
  var start = end - 1
  while start > 0, end - start < 4, base[start] & 0xC0 == 0x80 { start -= 1 }
  return utf8SequenceLength(base + start, remaining: end - start) == end - start ? start : nil
}

/// The end of the run of ASCII from `i`.
@inline(__always)
func asciiEnd(_ bytes: UnsafeBufferPointer<UInt8>, from i: Int) -> Int {
  guard let base = bytes.baseAddress else { return i }
  let raw = UnsafeRawPointer(base)
  var i = i
  while bytes.count &- i >= 8 {
    let high = raw.loadUnaligned(fromByteOffset: i, as: UInt64.self) & 0x8080_8080_8080_8080
    if high != 0 { return i &+ UInt64(littleEndian: high).trailingZeroBitCount / 8 }
    i &+= 8
  }
  while i < bytes.count, base[i] < 0x80 { i &+= 1 }
  return i
}

extension AlignedText.Rewriter {
  /// Writes a character for a range, or keeps the range where that is what it holds.
  mutating func write(scalar: UInt32, for range: Range<Int>) {
    if scalar < 0x80 {
      write(CollectionOfOne(UInt8(truncatingIfNeeded: scalar)), for: range)
    } else if let scalar = Unicode.Scalar(scalar), let encoded = UTF8.encode(scalar) {
      write(encoded, for: range)
    }
  }
}
