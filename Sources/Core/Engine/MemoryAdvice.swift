#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// Words to the system about memory that is mapped from files.
enum MemoryAdvice {
  /// Whole pages within a read-only range of a mapped file need not stay in this process; should they be read again,
  /// they come back from the file.
  static func release(_ start: UnsafeRawPointer, _ count: Int) {
    let page = Int(sysconf(Int32(_SC_PAGESIZE)))
    guard page > 0 else { return }
    let first = (Int(bitPattern: start) + page - 1) / page * page
    let end = (Int(bitPattern: start) + count) / page * page
    guard end > first, let pointer = UnsafeMutableRawPointer(bitPattern: first) else { return }
    madvise(pointer, end - first, Int32(MADV_DONTNEED))
  }
}
