#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif
import Synchronization

/// Parsed vocabularies on disk, so that a tokenizer opened before opens in a few milliseconds.
///
/// One file for each source under `$XDG_CACHE_HOME/glassbox/tokenizers` (else `~/.cache/…`), readable by its owner only
/// and named after a hash of the source's path. It counts only where path, size, time of change (to the nanosecond) and
/// a hash of the content of each source are as they were, and for the same build of the program; of a GGUF file the
/// head is hashed, not the tensors. Small files beside a tokenizer (tokenizer_config.json …) are always read fresh.
/// Files are written in the background after a load; whatever goes wrong with them, loading goes on without. Above
/// ``mostBytes`` the oldest are removed.
///
/// Off until a program turns it on, and with `GLASSBOX_NO_CACHE` set.
public enum TokenizerCache {
  /// Of all files together.
  static let mostBytes = 256 << 20

  private static let shared = Mutex<String?>(nil)
  /// For tests: a folder of their own.
  @TaskLocal package static var ownFolder: String?
  private static let writing = WorkQueue()

  /// Turns the cache on for this process.
  public static func enable() {
    guard FileSystem.environment("GLASSBOX_NO_CACHE") == nil, let folder = defaultFolder else { return }
    let isFirst = shared.withLock { value in
      defer { value = folder }
      return value == nil
    }
    // A short command must not end before its file is written; a slow disk must not hold it up for long.
    if isFirst { atexit { _ = TokenizerCache.writing.wait(seconds: 2) } }
  }

  private static var defaultFolder: String? {
    if let cache = FileSystem.environment("XDG_CACHE_HOME"), cache.hasPrefix("/") {
      return cache + "/glassbox/tokenizers"
    }
    return FileSystem.environment("HOME").map { $0 + "/.cache/glassbox/tokenizers" }
  }

  static var folder: String? { ownFolder ?? shared.withLock { $0 } }

  /// The tokenizer.json whose tables a file holds, whatever it was made from and whoever has written it. For tests.
  /// - Returns: nil where the file is refused.
  package static func tokenizer(image: [UInt8]) -> (any Tokenizer)? {
    guard let file = CacheFile(memory: TableMemory(copying: image), key: nil) else { return nil }
    return try? TokenizerJSON(UnsafeRawBufferPointer(start: nil, count: 0), file: "cache", cache: .stored(file))
      .tokenizer(name: "cache", configuration: TokenizerConfiguration())
  }

  /// Waits until files being written are done. For tests.
  package static func finishWriting() { writing.sync() }

  // MARK: - Keys

  /// A file that a tokenizer is made from.
  struct Source {
    var path: String
    /// What is hashed of it.
    var bytes: UnsafeRawBufferPointer

    init(_ file: MappedFile) { (path, bytes) = (file.path, file.bytes) }

    init(path: String, bytes: UnsafeRawBufferPointer) { (self.path, self.bytes) = (path, bytes) }
  }

  /// What a cache file must have been made from, and its path in `folder`; nil: nothing to go by.
  static func key(_ sources: [Source], folder: String) -> (key: [UInt8], path: String)? {
    guard let build = buildIdentity else { return nil }
    var key = "\(build)\n"
    var name: UInt64 = 0
    for source in sources {
      let path = FileSystem.resolved(source.path)
      var status = stat()
      guard path.hasPrefix("/"), stat(path, &status) == 0 else { return nil }
      key += "\(path)\n\(changeTime(status)) \(status.st_size) \(ContentHash.hash(source.bytes))\n"
      name = Array(path.utf8).withUnsafeBytes { ByteHash.mix(name ^ ContentHash.hash($0)) }
    }
    let digits = String(name, radix: 16)
    return (Array(key.utf8), "\(folder)/\(String(repeating: "0", count: 16 - digits.count) + digits).tables")
  }

  /// Tells builds of the program apart: tables of one may mean something else to another.
  private static let buildIdentity: String? = {
    #if canImport(Darwin)
      var size = UInt32(4096)
      var buffer = [CChar](repeating: 0, count: 4096)
      guard _NSGetExecutablePath(&buffer, &size) == 0 else { return nil }
      let path = buffer.withUnsafeBufferPointer { $0.baseAddress.map { String(cString: $0) } ?? "" }
    #else
      let path = "/proc/self/exe"
    #endif
    var status = stat()
    guard stat(path, &status) == 0 else { return nil }
    return "\(status.st_dev) \(status.st_ino) \(status.st_size) \(changeTime(status))"
  }()

  private static func changeTime(_ status: stat) -> String {
    #if canImport(Darwin)
      "\(status.st_mtimespec.tv_sec).\(status.st_mtimespec.tv_nsec)"
    #else
      "\(status.st_mtim.tv_sec).\(status.st_mtim.tv_nsec)"
    #endif
  }

  // MARK: - Writing

  /// Writes a file in the background.
  static func write(_ sections: [CacheFile.Section], key: [UInt8], path: String, folder: String) {
    // A cache is not worth the last memory.
    guard (try? OutOfMemory.check(32 << 20, for: "the vocabulary cache")) != nil else { return }
    writing.work {
      guard prepare(folder) else { return }
      // No room, no permission: then there is no cache.
      guard (try? CacheFile.write(sections, key: key, to: path)) != nil else { return }
      removeOldest(in: folder, keeping: path, limit: mostBytes)
    }
  }

  /// Makes the folder where there is none.
  /// - Returns: false where it is not a folder of this user's, or others may write to it.
  private static func prepare(_ folder: String) -> Bool {
    if let slash = folder.lastIndex(of: "/"), slash != folder.startIndex {
      try? AtomicFile.makeFolder(String(folder[..<slash]))
    }
    mkdir(folder, 0o700)
    var status = stat()
    return lstat(folder, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR && status.st_uid == geteuid()
      && status.st_mode & 0o022 == 0
  }

  /// Removes the oldest files until the rest is within the limit, and what interrupted writes have left behind.
  package static func removeOldest(in folder: String, keeping kept: String, limit: Int) {
    var files: [(path: String, time: Int, size: Int)] = []
    for name in FileSystem.names(in: folder) {
      let path = folder + "/" + name
      var status = stat()
      guard lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { continue }
      #if canImport(Darwin)
        let changed = status.st_mtimespec.tv_sec
      #else
        let changed = status.st_mtim.tv_sec
      #endif
      if name.hasSuffix(".tmp") {
        if changed < time(nil) - 3600 { unlink(path) }
      } else if name.hasSuffix(".tables") {
        files.append((path, Int(changed), Int(status.st_size)))
      }
    }
    var total = files.reduce(0) { $0 + $1.size }
    for file in files.sorted(by: { $0.time < $1.time }) where total > limit && file.path != kept {
      unlink(file.path)
      total -= file.size
    }
  }
}
