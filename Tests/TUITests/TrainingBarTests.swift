#if canImport(Glibc)
  import Foundation
  import TestSupport
  import Testing

  /// `train` on a terminal of 80 columns.
  @Suite struct TrainingBarTests {
    /// The bar is drawn over itself, which a line that wraps cannot be.
    @Test func theBarFitsItsLine() throws {
      let data = TemporaryFolder()
      try String(repeating: "the cat sat on the mat. ", count: 400).write(
        toFile: data.file("a.txt"), atomically: true, encoding: .utf8)
      let settings = [
        "steps=12", "batch_size=1", "context_length=16", "model.layers=1", "model.hidden_size=16", "model.heads=2",
        "tokenizer=bytes",
      ].flatMap { ["--set", $0] }
      let program = try ScreenProgram(
        ["train", "--recipe", "pretrain", "--data", data.file("a.txt"), "--out", data.file("run")] + settings)
      guard let program else {
        print("skipped: no built program, or no pseudo-terminal")
        return
      }
      #expect(program.exitCode() == 0)
      #expect(program.shows("finished"))
      let bars = program.output.components(separatedBy: "\r\u{1B}[K").dropFirst().map {
        $0.prefix { $0 != "\r" && $0 != "\n" && $0 != "\r\n" }
      }
      #expect(bars.contains { $0.contains("12/12") && $0.contains("loss ") })
      for bar in bars { #expect(bar.count < 80, "\(bar)") }
    }
  }
#endif
