#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// `<|endoftext|>`, which separates the sequences of a text file.
public enum TextSeparator {
  public static let text = "<|endoftext|>"

  /// The parts between separators; one part where there is none.
  public static func parts(of bytes: UnsafeRawBufferPointer) -> [Range<Int>] {
    let mark = Array(text.utf8)
    var parts: [Range<Int>] = []
    var from = 0
    var at = 0
    while at + mark.count <= bytes.count, let base = bytes.baseAddress {
      // The marks are few: what counts is to pass quickly over all else.
      guard let found = memchr(base + at, Int32(mark[0]), bytes.count - at) else { break }
      at = UnsafeRawPointer(found) - base
      if at + mark.count <= bytes.count, memcmp(base + at, mark, mark.count) == 0 {
        parts.append(from..<at)
        at += mark.count
        from = at
      } else {
        at += 1
      }
    }
    parts.append(from..<bytes.count)
    return parts
  }
}
