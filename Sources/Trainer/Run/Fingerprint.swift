/// A hash that tells two contents apart when a run goes on: damage and change, not malice. Eight bytes at a time, by
/// multiplication and shift; the same on every machine of the same byte order.
struct Fingerprint {
  private var state: UInt64 = 0x9E37_79B9_7F4A_7C15

  mutating func add(_ bytes: UnsafeRawBufferPointer) {
    var h = state ^ UInt64(bytes.count)
    let words = bytes.count / 8
    for i in 0..<words { h = Self.mixed(h, bytes.loadUnaligned(fromByteOffset: i &* 8, as: UInt64.self)) }
    for i in (words * 8)..<bytes.count { h = Self.mixed(h, UInt64(bytes[i])) }
    state = h
  }

  mutating func add<T: BitwiseCopyable>(_ values: [T]) { values.withUnsafeBytes { add($0) } }

  mutating func add(_ value: Int) { state = Self.mixed(state, UInt64(bitPattern: Int64(value))) }

  private static func mixed(_ h: UInt64, _ word: UInt64) -> UInt64 {
    let product = (h ^ word) &* 0xD6E8_FEB8_6659_FD93
    return product ^ (product >> 32)
  }

  /// Sixteen hexadecimal digits.
  var text: String {
    let digits = String(state, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }
}

extension TokenDataset {
  /// Of every token, label and border of a sequence.
  var fingerprint: String {
    var print = Fingerprint()
    print.add(tokens)
    print.add(labels)
    for range in sequences {
      print.add(range.lowerBound)
      print.add(range.upperBound)
    }
    return print.text
  }
}

extension ParameterSlab {
  /// Of values and moments.
  var fingerprint: String {
    var print = Fingerprint()
    for (buffer, count) in [(values, values.count), (firstMoments, trainableCount), (secondMoments, trainableCount)] {
      print.add(UnsafeRawBufferPointer(start: buffer.pointer, count: count * MemoryLayout<Float>.size))
    }
    return print.text
  }
}
