import CZlib
import CZstd

/// Unpacks gzip (RFC 1952, several members one after the other) and Zstandard (RFC 8878) piece by piece, so that what is
/// unpacked never has to lie in memory whole.
final class Unpacker {
  private enum State {
    case gzip(UnsafeMutablePointer<z_stream>)
    case zstandard(OpaquePointer)
  }
  private let state: State
  private let path: String
  private let input: UnsafeRawBufferPointer
  /// Packed bytes taken so far.
  private(set) var consumed = 0
  /// Between two members or frames, where a file may end.
  private var isAtBorder = true

  /// - Parameter input: the packed bytes; must outlive this object.
  /// - Throws: ``FormatError`` where there is no memory for the tables.
  init(_ packing: DataKind.Packing, input: UnsafeRawBufferPointer, path: String) throws {
    self.input = input
    self.path = path
    if packing == .gzip {
      let stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
      stream.initialize(to: z_stream())
      state = .gzip(stream)
      guard gbx_inflate_init_gzip(stream) == Z_OK else {
        throw FormatError(file: path, found: "there is no memory to unpack it")
      }
    } else {
      guard let stream = ZSTD_createDStream() else {
        throw FormatError(file: path, found: "there is no memory to unpack it")
      }
      // The window that one frame may ask for keeps the library's own bound, 128 MB.
      state = .zstandard(stream)
    }
  }

  deinit {
    switch state {
    case .gzip(let stream):
      inflateEnd(stream)
      stream.deallocate()
    case .zstandard(let stream): ZSTD_freeDStream(stream)
    }
  }

  /// Fills `output` as far as it goes.
  /// - Returns: the bytes written; 0 at the end of the file.
  /// - Throws: ``FormatError`` where the file is damaged or cut short.
  func read(into output: UnsafeMutableRawBufferPointer) throws -> Int {
    switch state {
    case .gzip(let stream): try inflate(stream, output)
    case .zstandard(let stream): try decompress(stream, output)
    }
  }

  private func cutShort() -> FormatError {
    FormatError(
      file: path, place: "byte \(input.count)", found: "the packed data end too early", expected: "a whole file")
  }

  private func inflate(_ stream: UnsafeMutablePointer<z_stream>, _ output: UnsafeMutableRawBufferPointer) throws -> Int
  {
    var written = 0
    while written < output.count {
      if isAtBorder, isPadding() { break }
      guard consumed < input.count else { throw cutShort() }
      let given = min(input.count - consumed, 1 << 30)
      let room = min(output.count - written, 1 << 30)
      stream.pointee.next_in = UnsafeMutablePointer(
        mutating: input.baseAddress.map { ($0 + consumed).assumingMemoryBound(to: UInt8.self) })
      stream.pointee.avail_in = UInt32(given)
      stream.pointee.next_out = output.baseAddress.map { ($0 + written).assumingMemoryBound(to: UInt8.self) }
      stream.pointee.avail_out = UInt32(room)
      isAtBorder = false
      let result = CZlib.inflate(stream, Z_NO_FLUSH)
      consumed += given - Int(stream.pointee.avail_in)
      written += room - Int(stream.pointee.avail_out)
      switch result {
      case Z_STREAM_END:
        inflateReset(stream)
        isAtBorder = true
      case Z_OK: break
      case Z_BUF_ERROR where consumed == input.count: throw cutShort()
      default:
        throw FormatError(
          file: path, place: "byte \(consumed)", found: "these are no sound gzip data", expected: "a whole file")
      }
    }
    return written
  }

  /// At the end, or before zeros that fill up a last block.
  private func isPadding() -> Bool {
    input[consumed...].first { $0 != 0 } == nil
  }

  private func decompress(_ stream: OpaquePointer, _ output: UnsafeMutableRawBufferPointer) throws -> Int {
    var out = ZSTD_outBuffer(dst: output.baseAddress, size: output.count, pos: 0)
    var given = ZSTD_inBuffer(src: input.baseAddress, size: input.count, pos: consumed)
    while out.pos < out.size {
      if isAtBorder, given.pos == given.size { break }
      let before = (given.pos, out.pos)
      let result = ZSTD_decompressStream(stream, &out, &given)
      consumed = given.pos
      if ZSTD_isError(result) != 0 {
        let name = ZSTD_getErrorName(result).map { String(cString: $0) } ?? "damaged"
        throw FormatError(
          file: path, place: "byte \(consumed)", found: "these are no sound Zstandard data (\(name))",
          expected: "a whole file")
      }
      isAtBorder = result == 0
      // Neither taken nor given: there is nothing left to take.
      if !isAtBorder, given.pos == given.size, before == (given.pos, out.pos) { throw cutShort() }
    }
    return out.pos
  }
}
