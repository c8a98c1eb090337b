#if canImport(Glibc)
  import Foundation
  import Glibc
  import TestSupport
  import Testing

  /// The full-screen program where the system gives few threads: a sentence or a screen that works, and an end.
  @Suite(.serialized) struct ScreenThreadsTests {
    /// The limit counts all of a user's threads and does not hold for root: then the program runs as a user that has none.
    private static func limit(_ threads: Int) -> String? {
      if geteuid() != 0 { return nil }
      guard FileManager.default.isExecutableFile(atPath: "/usr/bin/setpriv") else { return nil }
      return "chmod -R a+rwX \"$HOME\"; ulimit -u \(threads); "
        + "set -- setpriv --reuid 61234 --regid 61234 --clear-groups \"$@\";"
    }

    @Test(arguments: [1, 2, 3, 4, 5, 6, 8, 12]) func fewThreads(count: Int) throws {
      guard let limit = Self.limit(count) else {
        print("skipped: the limit of threads is tried as another user, which takes root and setpriv")
        return
      }
      guard let program = try ScreenProgram(["--no-model"], limits: limit) else { return }
      for _ in 0..<200 where !program.output.contains("glassbox") { usleep(20_000) }
      // The system may refuse to start it at all.
      if program.output.contains("temporarily unavailable") {
        #expect(program.exitCode() == 126)
        return
      }
      if program.output.contains("The system gives no threads") {
        #expect(program.exitCode() == 1)
        return
      }
      // Keys work, and what is typed is tokenized, found and kept by whatever thread there is.
      program.type("hello there")
      #expect(program.shows("hello there"), "\(program.output.suffix(500))")
      program.type("\u{11}")
      let code = program.exitCode()
      #expect(code == 0, "\(code ?? -1): \(program.output.suffix(500))")
    }
  }
#endif
