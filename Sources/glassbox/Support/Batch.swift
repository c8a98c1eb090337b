import ArgumentParser
import Core

/// `--json` and `--jsonl`: one answer as JSON, or one a line for each request of a file.
struct BatchOptions: ParsableArguments {
  @Flag(help: "Print one JSON object.")
  var json = false

  @Option(help: ArgumentHelp("Answer requests, one JSON object a line (- is standard input).", valueName: "file"))
  var jsonl: String?

  /// Answers each line of `--jsonl` in order; a line that fails gives `{"error": …}`, and the exit code is 1 at the end.
  func answerLines(of path: String, _ answer: (Request, inout JSON.Writer) throws -> Void) throws {
    let reader = try LineReader(path)
    var failed = false
    while let line = try reader.next() {
      if line.allSatisfy({ $0 == 0x20 || $0 == 0x09 || $0 == 0x0D }) { continue }
      var writer = JSON.Writer()
      do {
        try answer(Request(line: line), &writer)
      } catch {
        failed = true
        writer.removeAll()
        writer.object { $0.member("error", .string(Failure.sentence(error))) }
      }
      StandardOutput.write(writer.bytes)
      StandardOutput.write("\n")
      StandardOutput.flush()
    }
    if failed { throw ExitCode(1) }
  }

  /// Prints one answer as a JSON object.
  func print(_ answer: (inout JSON.Writer) throws -> Void) rethrows {
    var writer = JSON.Writer()
    try answer(&writer)
    StandardOutput.write(writer.bytes)
    StandardOutput.write("\n")
  }

  /// Prints one answer that may be long as a JSON object, as it is made.
  func stream(_ answer: (inout JSON.Writer) -> Void) {
    var writer = JSON.Writer(sink: { StandardOutput.write($0) })
    answer(&writer)
    StandardOutput.write(writer.bytes)
    StandardOutput.write("\n")
  }
}

extension JSON {
  static func ids(_ ids: some Sequence<TokenID>) -> JSON { .array(ids.map { .int(Int($0)) }) }
}
