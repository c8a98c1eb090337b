import Synchronization

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// Wakes the event loop from any thread: a byte into a pipe that the loop polls, at most one until it is read.
public final class Waker: Sendable {
  let readEnd: Int32
  let writeEnd: Int32
  private let isPending = Atomic<Bool>(false)

  init() throws {
    var ends: [Int32] = [-1, -1]
    guard pipe(&ends) == 0 else {
      throw TerminalError("No pipe could be made for the event loop: \(String(cString: strerror(errno))).")
    }
    for end in ends {
      _ = fcntl(end, F_SETFL, O_NONBLOCK)
      _ = fcntl(end, F_SETFD, FD_CLOEXEC)
    }
    readEnd = ends[0]
    writeEnd = ends[1]
  }

  deinit {
    close(readEnd)
    close(writeEnd)
  }

  /// Makes the loop's `nextEvent` return `.wake` soon. Never blocks; calls before the loop wakes count as one.
  public func wake() {
    if isPending.exchange(true, ordering: .acquiringAndReleasing) { return }
    var byte: UInt8 = 1
    _ = write(writeEnd, &byte, 1)
  }

  /// Empties the pipe. What was posted before a `wake` that found the flag set is seen by whoever drains after this.
  func drain() {
    var bytes = [UInt8](repeating: 0, count: 16)
    while read(readEnd, &bytes, bytes.count) > 0 {}
    _ = isPending.exchange(false, ordering: .sequentiallyConsistent)
  }
}

/// Why the screen cannot be used, as one sentence.
public struct TerminalError: Error, Equatable, CustomStringConvertible {
  public var description: String

  public init(_ description: String) {
    self.description = description
  }
}
