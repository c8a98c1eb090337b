import Core

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// The folder that a run works in, told apart from another of the same name: people move and delete folders while
/// something trains in them.
final class RunHome {
  private(set) var folder: RunFolder
  private let descriptor: Int32
  private let identity: Identity

  private struct Identity: Equatable {
    let device: UInt64
    let number: UInt64
    init(_ status: stat) {
      device = UInt64(truncatingIfNeeded: status.st_dev)
      number = UInt64(truncatingIfNeeded: status.st_ino)
    }
    init?(_ path: String) {
      var status = stat()
      guard stat(path, &status) == 0 else { return nil }
      self.init(status)
    }
  }

  enum Place: Equatable {
    case same
    case moved(from: String)
    case gone
  }

  init(_ folder: RunFolder) throws {
    self.folder = folder
    descriptor = open(folder.path, O_RDONLY | O_CLOEXEC | O_DIRECTORY)
    var status = stat()
    guard descriptor >= 0, fstat(descriptor, &status) == 0 else {
      throw TrainingError.run(path: folder.path, problem: "the run's folder cannot be opened: \(systemMessage(errno))")
    }
    identity = Identity(status)
  }

  deinit { if descriptor >= 0 { close(descriptor) } }

  /// Where the folder is now; a moved one is followed.
  func look() -> Place {
    if Identity(folder.path) == identity { return .same }
    guard let path = pathOfDescriptor(), Identity(path) == identity else { return .gone }
    let former = folder.path
    folder = RunFolder(path)
    return .moved(from: former)
  }

  private func pathOfDescriptor() -> String? {
    var bytes = [UInt8](repeating: 0, count: Int(PATH_MAX) + 1)
    #if canImport(Darwin)
      let found = bytes.withUnsafeMutableBytes { fcntl(descriptor, F_GETPATH, $0.baseAddress!) } == 0
      let count = found ? bytes.firstIndex(of: 0) ?? 0 : 0
    #else
      let count = bytes.withUnsafeMutableBytes { raw in
        readlink("/proc/self/fd/\(descriptor)", raw.assumingMemoryBound(to: CChar.self).baseAddress!, raw.count - 1)
      }
    #endif
    return count > 0 ? String(decoding: bytes[..<count], as: UTF8.self) : nil
  }
}
