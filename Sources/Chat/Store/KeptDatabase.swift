import GRDB

/// An open database that is closed when it goes, and whose queue is then left in memory, a few hundred bytes: libdispatch
/// disposes of a queue on a thread of its own, and waits for ever where the system gives none.
final class KeptDatabase: Sendable {
  let queue: DatabaseQueue

  init(path: String, configuration: Configuration = Configuration()) throws {
    queue = try DatabaseQueue(path: path, configuration: configuration)
    _ = Unmanaged.passRetained(queue)
  }

  deinit { try? queue.close() }
}
