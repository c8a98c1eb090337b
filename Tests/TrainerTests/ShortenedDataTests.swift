import Core
import Foundation
import TestSupport
import Testing

@testable import Trainer

/// Files that another program cuts short while they are read: a sentence, and nothing that was made of what is missing.
@Suite struct ShortenedDataTests {
  /// Large enough that the last pages are not there yet when the file is cut.
  private func cut(_ path: String, to size: off_t) { truncate(path, size) }

  @Test func textOfRowsIsRefused() throws {
    let folder = TemporaryFolder()
    let path = folder.file("text.txt")
    try Data(repeating: 0x61, count: 1 << 20).write(to: URL(fileURLWithPath: path))
    let file = try DataFile(path: path)
    cut(path, to: 5000)
    let error = #expect(throws: FormatError.self) { try file.whole(limit: 1 << 30) { $0.reduce(0) { $0 &+ Int($1) } } }
    #expect("\(error!)".contains("became shorter while it was open"))
  }

  /// Within the last page zeros are read without any fault.
  @Test func aFewBytesLessAreSeenToo() throws {
    let folder = TemporaryFolder()
    let path = folder.file("text.txt")
    try Data(repeating: 0x61, count: 1000).write(to: URL(fileURLWithPath: path))
    let file = try MappedFile(path: path)
    cut(path, to: 900)
    let error = #expect(throws: FormatError.self) { try file.withBytes { Array($0) } }
    #expect("\(error!)".contains("became shorter while it was open"))
  }

  @Test func packedTextIsRefused() throws {
    let folder = TemporaryFolder()
    let path = folder.file("text.txt.gz")
    // Stored blocks of deflate, no compression: the format is RFC 1952 and RFC 1951.
    var bytes: [UInt8] = [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3]
    for _ in 0..<64 { bytes += [0, 0xFF, 0x3F, 0x00, 0xC0] + [UInt8](repeating: 0x61, count: 0x3FFF) }
    try Data(bytes).write(to: URL(fileURLWithPath: path))
    let file = try DataFile(path: path)
    cut(path, to: 50_000)
    let error = #expect(throws: FormatError.self) { while try file.next({ _ in true }) != nil {} }
    #expect("\(error!)".contains("became shorter while it was open"))
  }
}
