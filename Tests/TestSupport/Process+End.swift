import Dispatch
import Foundation

extension Process {
  /// Waits for the end. A process that never ends is killed after ten minutes: its test fails instead of waiting for ever.
  public func waitForEnd() {
    let number = processIdentifier
    let ended = DispatchSemaphore(value: 0)
    Thread.detachNewThread {
      if ended.wait(timeout: .now() + 600) == .timedOut { kill(number, SIGKILL) }
    }
    waitUntilExit()
    ended.signal()
  }
}
