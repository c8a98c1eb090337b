import Synchronization

import CMemory

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// The system gave no memory for something whose size comes from a file or a setting.
public struct OutOfMemory: Error, Equatable, CustomStringConvertible {
  /// Bytes asked for; `Int.max` where that many cannot be counted.
  public var bytes: Int
  /// What they were for, as in "for the weights"; empty where only the size is known.
  public var purpose: String

  public init(bytes: Int, purpose: String = "") {
    self.bytes = bytes
    self.purpose = purpose
  }

  public var description: String {
    let size =
      bytes == .max
      ? "more than can be counted"
      : bytes >= 1 << 30 ? "\(bytes >> 30) GB" : bytes >= 1 << 20 ? "\(bytes >> 20) MB" : "\(bytes) bytes"
    return "There is not enough memory: \(size)\(purpose.isEmpty ? "" : " for " + purpose) could not be had; "
      + "close other programs, raise the limit (ulimit -v), or use a smaller model, context or batch."
  }

  /// The error with what the memory was for, where that was not said.
  func needed(for purpose: String) -> OutOfMemory {
    self.purpose.isEmpty ? OutOfMemory(bytes: bytes, purpose: purpose) : self
  }

  /// Keeps some address space for the small blocks of the runtime and of libraries, which trap without: while it is given
  /// up no large block is granted, and where it does not help the program ends with a sentence. Called once, first thing.
  public static func keepReserve() { gbx_memory_reserve(16 << 20) }

  /// - Parameter body: called before the program ends for want of memory, to give the terminal back; allocates nothing.
  public static func beforeEnd(_ body: @escaping @convention(c) () -> Void) { gbx_memory_before_end(body) }

  /// Ends the program with the sentence and exit code 1: for code in the middle of a computation that cannot fail.
  public func end() -> Never {
    gbx_memory_end(bytes)
  }

  /// - Throws: ``OutOfMemory`` where the system would not give so much at once now. Nothing is kept: for the memory of
  ///   work that cannot fail in its middle, asked before it begins.
  public static func check(_ bytes: Int, for purpose: String) throws {
    let flags = MAP_PRIVATE | MAP_ANON
    guard bytes > 0 else { return }
    guard gbx_memory_has_reserve() != 0 else { throw OutOfMemory(bytes: bytes, purpose: purpose) }
    guard let start = mmap(nil, bytes, PROT_READ | PROT_WRITE, flags, -1, 0), start != MAP_FAILED else {
      throw OutOfMemory(bytes: bytes, purpose: purpose)
    }
    munmap(start, bytes)
  }
}
