#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// A file of text read from its beginning on, block by block, unpacked where it is packed: UTF-8 without its byte-order
/// mark, checked. What is read is copied, so that a file that is cut short meanwhile ends early and no more.
final class TextStream {
  let path: String
  private let descriptor: Int32
  private var packed: (file: MappedFile, unpacker: Unpacker)?
  private var check: UTF8Check
  private var hasBegun = false
  private var bytesRead = 0

  /// Bytes of the file, packed where it is packed, that have been read.
  var bytesOfFile: Int { packed?.unpacker.consumed ?? bytesRead }

  /// - Throws: ``FormatError`` where the path is no regular file, or one of a kind that is no text.
  init(path: String) throws {
    self.path = path
    check = UTF8Check(path: path)
    let kind = try DataKind(path: path)
    if kind.packing == .none {
      descriptor = try PlainFile.open(path).descriptor
    } else {
      descriptor = -1
      let file = try MappedFile(path: path)
      packed = (file, try Unpacker(kind.packing, input: file.bytes, path: path))
    }
  }

  deinit { if descriptor >= 0 { close(descriptor) } }

  /// Fills `block` as far as the file goes.
  /// - Returns: the bytes written; 0 at the end.
  /// - Throws: ``FormatError`` for damaged packing, and with line and byte for what is not UTF-8.
  func read(into block: UnsafeMutableRawBufferPointer) throws -> Int {
    var count = try filled(block)
    if !hasBegun, packed != nil { try DataKind.check(UnsafeRawBufferPointer(rebasing: block[..<count]), path: path) }
    if count == 0 { try check.finish() } else { try check.take(UnsafeRawBufferPointer(rebasing: block[..<count])) }
    if !hasBegun, block[..<count].starts(with: [0xEF, 0xBB, 0xBF]) {
      block.copyMemory(from: UnsafeRawBufferPointer(rebasing: block[3..<count]))
      count -= 3
    }
    hasBegun = true
    return count
  }

  private func filled(_ block: UnsafeMutableRawBufferPointer) throws -> Int {
    if let (file, unpacker) = packed { return try file.withBytes { _ in try unpacker.read(into: block) } }
    var count = 0
    while count < block.count {
      let got = systemRead(descriptor, block.baseAddress! + count, block.count - count)
      if got < 0, errno == EINTR { continue }
      guard got >= 0 else { throw FormatError(file: path, found: "cannot be read: " + systemMessage(errno)) }
      if got == 0 { break }
      count += got
    }
    bytesRead += count
    return count
  }
}

private func systemRead(_ descriptor: Int32, _ at: UnsafeMutableRawPointer, _ count: Int) -> Int {
  read(descriptor, at, count)
}
