#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// A file of named sections of bytes under one checksum, in the byte order of the machine.
///
/// Layout: ``Header``; ``Entry`` for each section; the sections, each aligned to 64 bytes. The first section is the
/// key, which says what the file was made from. A file is mapped and all of it checked; it is written once under
/// another name and only replaced as a whole, so that what has been checked stays as it is.
struct CacheFile {
  private struct Header {
    var magic: UInt64
    /// Of everything after the first 16 bytes.
    var checksum: UInt64
    var size: UInt64
    var sections: UInt64
  }

  private struct Entry {
    var name: (UInt64, UInt64)
    var offset: UInt64
    var count: UInt64
  }

  /// Names are up to 16 bytes of ASCII.
  typealias Section = (name: String, bytes: TableMemory)

  // "GBXTAB" and the version of this layout and of the tables in it.
  private static let magic: UInt64 = 0x4258_5441_425F_0003
  static let mostBytes = 512 << 20
  private static let mostSections = 32

  private let memory: TableMemory
  private let entries: [Entry]

  /// - Returns: nil where there is no file made from `key`, or it is damaged, not a file of this user's, or not a file
  /// at
  ///   all. Links are not followed.
  init?(path: String, key: [UInt8]) {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG, status.st_uid == geteuid(),
      status.st_size >= MemoryLayout<Header>.size, status.st_size <= Self.mostBytes,
      let memory = Self.map(descriptor, Int(status.st_size))
    else { return nil }
    self.init(memory: memory, key: key)
  }

  /// - Parameters:
  ///   - memory: anything.
  ///   - key: nil: whatever it was made from, and without its checksum, as if an enemy had written it.
  init?(memory: TableMemory, key: [UInt8]?) {
    let size = memory.count
    guard size >= MemoryLayout<Header>.size else { return nil }
    let header = memory.base.load(as: Header.self)
    let first = MemoryLayout<Header>.size
    let stride = MemoryLayout<Entry>.stride
    guard header.magic == Self.magic, header.size == UInt64(size), header.sections > 0,
      header.sections <= UInt64(Self.mostSections), first + Int(header.sections) * stride <= size
    else { return nil }
    let entries = (0..<Int(header.sections)).map {
      memory.base.load(fromByteOffset: first + $0 * stride, as: Entry.self)
    }
    for entry in entries {
      guard entry.offset % UInt64(TableMemory.alignment) == 0, entry.offset <= UInt64(size),
        entry.count <= UInt64(size) - entry.offset
      else { return nil }
    }
    self.memory = memory
    self.entries = entries
    // The key first: it is short, and a file made from something else needs no checksum.
    guard let key else { return }
    guard let own = self["key"], own.bytes.elementsEqual(key),
      ContentHash.hash(UnsafeRawBufferPointer(rebasing: memory.bytes[16...])) == header.checksum
    else { return nil }
  }

  private static func map(_ descriptor: Int32, _ size: Int) -> TableMemory? {
    #if canImport(Darwin)
      let flags = MAP_PRIVATE
    #else
      // The checksum reads all of it at once.
      let flags = MAP_PRIVATE | MAP_POPULATE
    #endif
    guard let base = mmap(nil, size, PROT_READ, flags, descriptor, 0), base != MAP_FAILED else { return nil }
    let bytes = UnsafeRawBufferPointer(start: base, count: size)
    return TableMemory(mapped: bytes, owner: Mapping(bytes))
  }

  /// The bytes of a section.
  subscript(name: String) -> TableMemory? {
    let wanted = Self.packed(name)
    guard let entry = entries.first(where: { $0.name == wanted }) else { return nil }
    let range = Int(entry.offset)..<Int(entry.offset + entry.count)
    return TableMemory(mapped: UnsafeRawBufferPointer(rebasing: memory.bytes[range]), owner: memory)
  }

  private static func packed(_ name: String) -> (UInt64, UInt64) {
    var words: (UInt64, UInt64) = (0, 0)
    withUnsafeMutableBytes(of: &words) { bytes in for (i, byte) in name.utf8.prefix(16).enumerated() { bytes[i] = byte }
    }
    return words
  }

  // MARK: - Writing

  /// - Throws: ``WriteError``.
  static func write(_ sections: [Section], key: [UInt8], to path: String) throws {
    let image = image(sections, key: key)
    guard image.count <= mostBytes else { throw WriteError(path: path, reason: "more than \(mostBytes) bytes") }
    // A file that a power cut has spoilt is found out by its checksum, so nothing waits for the disk.
    // A link in the cache is not ours, and what it leads to is not the cache's.
    if FileSystem.isLink(path) { unlink(path) }
    try AtomicFile.write(to: path, permissions: 0o600, flushes: false) { try $0.write(image.bytes) }
  }

  /// The whole file in memory.
  static func image(_ sections: [Section], key: [UInt8]) -> TableMemory {
    let keyMemory = TableMemory(copying: key)
    let sections = [("key", keyMemory)] + sections
    var offset = TableMemory.aligned(MemoryLayout<Header>.size + sections.count * MemoryLayout<Entry>.stride)
    var entries: [Entry] = []
    for (name, bytes) in sections {
      entries.append(Entry(name: packed(name), offset: UInt64(offset), count: UInt64(bytes.count)))
      offset = TableMemory.aligned(offset + bytes.count)
    }
    let image = TableMemory(count: offset)
    for (i, entry) in entries.enumerated() {
      let place = MemoryLayout<Header>.size + i * MemoryLayout<Entry>.stride
      image.base.storeBytes(of: entry, toByteOffset: place, as: Entry.self)
      (image.base + Int(entry.offset)).copyMemory(from: sections[i].1.base, byteCount: sections[i].1.count)
    }
    var header = Header(magic: magic, checksum: 0, size: UInt64(offset), sections: UInt64(entries.count))
    image.base.storeBytes(of: header, as: Header.self)
    header.checksum = ContentHash.hash(UnsafeRawBufferPointer(rebasing: image.bytes[16...]))
    image.base.storeBytes(of: header, as: Header.self)
    return image
  }
}

private final class Mapping {
  private let bytes: UnsafeRawBufferPointer
  init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }
  deinit { if let base = bytes.baseAddress { munmap(UnsafeMutableRawPointer(mutating: base), bytes.count) } }
}

extension TableMemory {
  convenience init(copying bytes: some Collection<UInt8>) {
    self.init(count: bytes.count)
    let target = base
    Array(bytes).withUnsafeBytes {
      if let start = $0.baseAddress { target.copyMemory(from: start, byteCount: $0.count) }
    }
  }
}
