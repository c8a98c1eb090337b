import ArgumentParser
import Core
import Trainer

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// Parses, runs, and turns what went wrong into a sentence and an exit code: 0 done, 1 failed, 2 usage.
@main enum Main {
  static func main() {
    StandardDescriptors.hold()
    OutOfMemory.keepReserve()
    // A reader that went away is noticed where the writing happens.
    signal(SIGPIPE, SIG_IGN)
    TokenizerCache.enable()
    ModelRegistry.findRuns { RunStore.known().map { ($0.name, $0.path) } }
    do {
      if let sentence = UnknownCommand.sentence(Array(CommandLine.arguments.dropFirst())) {
        StandardError.write("glassbox: " + sentence + "\n")
        exit(2)
      }
      var command = try Glassbox.parseAsRoot()
      try command.run()
      StandardOutput.flush()
    } catch {
      finish(error)
    }
  }

  private static func finish(_ error: any Error) -> Never {
    // What failed first is what is told.
    _ = StandardOutput.tryFlush()
    if let code = error as? ExitCode { exit(code.rawValue) }
    switch Glassbox.exitCode(for: error) {
    case .success:
      // Help or version, asked for.
      StandardOutput.write(Glassbox.fullMessage(for: error) + "\n")
      StandardOutput.flush()
      exit(0)
    case .validationFailure:
      StandardError.write(Inert.text(Glassbox.fullMessage(for: error)) + "\n")
      exit(2)
    default:
      StandardError.write("glassbox: " + Failure.sentence(error) + "\n")
      exit(1)
    }
  }
}
