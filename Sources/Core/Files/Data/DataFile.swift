import CKernels

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// A file of text, unpacked where it is packed, handed out in blocks: UTF-8 without its byte-order mark, checked.
public final class DataFile {
  public let path: String
  public let kind: DataKind
  private let file: MappedFile
  private let unpacker: Unpacker?
  private var hasBegun = false
  private var hasEnded = false
  private var check: UTF8Check
  private static let blockSize = 1 << 20

  /// - Throws: ``FormatError`` where the path is no regular file, or one of a kind that is no text.
  public init(path: String) throws {
    self.path = path
    file = try MappedFile(path: path)
    kind = try DataKind(path: path, first: UnsafeRawBufferPointer(rebasing: file.bytes.prefix(512)))
    unpacker = kind.packing == .none ? nil : try Unpacker(kind.packing, input: file.bytes, path: path)
    check = UTF8Check(path: path)
  }

  /// Runs `body` on the next block. A file that is not packed is one block.
  /// - Returns: nil at the end.
  /// - Throws: ``FormatError`` for damaged packing, and with line and byte for what is not UTF-8.
  public func next<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) throws -> Result? {
    guard !hasEnded else { return nil }
    guard let unpacker else {
      hasEnded = true
      return try file.withBytes { try body(begin($0, isWhole: true)) }
    }
    let block = UnsafeMutableRawBufferPointer.allocate(byteCount: Self.blockSize, alignment: 16)
    defer { block.deallocate() }
    let count = try file.withBytes { _ in try unpacker.read(into: block) }
    guard count > 0 else {
      hasEnded = true
      try check.finish()
      return nil
    }
    return try body(begin(UnsafeRawBufferPointer(rebasing: block[..<count]), isWhole: false))
  }

  /// The whole text, where it takes no more than `limit` bytes.
  public func whole<Result>(limit: Int, _ body: (UnsafeRawBufferPointer) throws -> Result) throws -> Result {
    if unpacker == nil, let result = try next(body) { return result }
    var bytes: [UInt8] = []
    while let count = try next({ (block: UnsafeRawBufferPointer) -> Int in
      bytes.append(contentsOf: block)
      return bytes.count
    }) {
      guard count <= limit else {
        throw FormatError(
          file: path, found: "more than \(limit >> 20) MiB once unpacked", expected: "less data at once")
      }
    }
    return try bytes.withUnsafeBytes(body)
  }

  private func begin(_ bytes: UnsafeRawBufferPointer, isWhole: Bool) throws -> UnsafeRawBufferPointer {
    if !hasBegun, unpacker != nil { try DataKind.check(bytes, path: path) }
    try check.take(bytes)
    if isWhole { try check.finish() }
    defer { hasBegun = true }
    return !hasBegun && bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? UnsafeRawBufferPointer(rebasing: bytes[3...]) : bytes
  }
}

/// Checks that bytes that come in pieces are UTF-8 text, and tells where they are not.
struct UTF8Check {
  private let path: String
  private var line = 1
  private var offset = 0
  /// The beginning of a character that the last piece ended in.
  private var rest: [UInt8] = []

  init(path: String) { self.path = path }

  mutating func take(_ bytes: UnsafeRawBufferPointer) throws {
    guard !rest.isEmpty else { return try scan(bytes) }
    let joined = rest + bytes
    rest = []
    try joined.withUnsafeBytes { try scan($0) }
  }

  func finish() throws {
    if !rest.isEmpty { throw error(rest[0], at: offset, "the text ends within a character") }
  }

  private mutating func scan(_ bytes: UnsafeRawBufferPointer) throws {
    let end = bytes.count
    guard let base = bytes.baseAddress?.assumingMemoryBound(to: UInt8.self) else { return }
    // What is known to be sound is only looked through for its lines.
    var at = memchr(base, 0, end) == nil ? gbx_utf8_valid(base, end) : 0
    line += bytes[..<at].reduce(0) { $0 &+ ($1 == 0x0A ? 1 : 0) }
    while at < end {
      let byte = base[at]
      if byte < 0x80 {
        if byte == 0x0A { line += 1 }
        if byte == 0 {
          throw error(
            byte, at: offset + at, "a zero byte, which no text has",
            expected: "UTF-8 (this may be UTF-16 or a binary file)")
        }
        at += 1
        continue
      }
      let length = utf8SequenceLength(base + at, remaining: end - at)
      if length > 0 {
        at += length
      } else if end - at < 4, Self.isBeginning(UnsafeBufferPointer(start: base + at, count: end - at)) {
        rest = Array(UnsafeBufferPointer(start: base + at, count: end - at))
        break
      } else {
        throw error(byte, at: offset + at, nil)
      }
    }
    offset += at
  }

  /// Whether more bytes could make a character of these.
  private static func isBeginning(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
    let length = bytes[0] >= 0xF0 ? 4 : bytes[0] >= 0xE0 ? 3 : 2
    guard bytes[0] >= 0xC2, bytes[0] <= 0xF4, bytes.count < length else { return false }
    return bytes.dropFirst().allSatisfy { $0 & 0xC0 == 0x80 }
  }

  private func error(_ byte: UInt8, at place: Int, _ found: String?, expected: String? = nil) -> FormatError {
    let digits = String(byte, radix: 16, uppercase: true)
    return FormatError(
      file: path, place: "line \(line), byte \(place)",
      found: found ?? "0x\(digits.count < 2 ? "0" : "")\(digits), which is not UTF-8",
      expected: expected ?? "UTF-8; iconv -f LATIN1 -t UTF-8 converts older text")
  }
}
