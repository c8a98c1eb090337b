import ArgumentParser
import Core

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

struct TokenizerCompareCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "compare", abstract: "One text cut by up to eight tokenizers, side by side.",
    discussion: """
      Prints a table, the fewest tokens first, and the text as each tokenizer cuts it (in colours on a terminal unless \
      NO_COLOR is set, else with │ between tokens). --diff lists the places where they differ: ranges of bytes between \
      borders that all have in common.
      """)

  @Option(name: [.customShort("t"), .customLong("tokenizer")], help: "A tokenizer; give two to eight.")
  var tokenizers: [String] = []
  @Argument(help: "A text file; standard input where none is given.") var file: String?
  @Flag(help: "Compare on the built-in sample, and tell what is said of each vocabulary.") var sample = false
  @Flag(help: "List the ranges that are cut in different ways.") var diff = false
  @Flag(inversion: .prefixedNo, help: "Take the text of special tokens as those tokens.") var parseSpecial = true
  @Option(help: "Show the spans and list the differences of this many bytes (0: of all).") var limit = 4096
  @Flag(help: "Print one JSON object.") var json = false

  func validate() throws {
    guard (1...TokenizerComparison.mostTokenizers).contains(tokenizers.count) else {
      throw ValidationError(
        "\(tokenizers.count) tokenizers were given; give one to \(TokenizerComparison.mostTokenizers) with -t.")
    }
    guard limit >= 0 else { throw ValidationError("--limit is \(limit); it counts bytes from 0 (all).") }
    if sample, file != nil { throw ValidationError("--sample brings its own text, so \(file ?? "") has no place.") }
  }

  func run() throws {
    let loaded = try tokenizers.map { try TokenizerLoader.load(path: ModelRegistry.resolve($0)) }
    let text = sample ? Array(TokenSample.text.utf8) : try Input.bytes(file)
    let comparison = try text.withUnsafeBufferPointer {
      try TokenizerComparison(utf8: $0, loaded, parseSpecialTokens: parseSpecial)
    }
    if json {
      var writer = JSON.Writer()
      write(comparison, text, loaded, to: &writer)
      StandardOutput.write(writer.bytes)
      StandardOutput.write("\n")
    } else {
      show(comparison, text, loaded)
    }
  }

  // MARK: - Text

  private func show(_ comparison: TokenizerComparison, _ text: [UInt8], _ loaded: [any Tokenizer]) {
    let order = comparison.rows.indices.sorted { (comparison.rows[$0].rank, $0) < (comparison.rows[$1].rank, $1) }
    let header = ["rank", "tokenizer", "tokens", "chars/token", "bytes/token", "unknown", "vocabulary"]
    let rows = order.map { index -> [String] in
      let row = comparison.rows[index]
      return [
        String(row.rank), Inert.line(row.name), TokenText.grouped(row.ids.count),
        Figure.fixed(row.charactersPerToken, 2),
        Figure.fixed(row.bytesPerToken, 2), TokenText.grouped(row.unknownTokens), TokenText.grouped(row.vocabularySize),
      ]
    }
    StandardOutput.write(TokenText.table([header] + rows, right: [0, 2, 3, 4, 5, 6]))
    let differing = comparison.segments.count { $0.differs }
    StandardOutput.write(
      "\(TokenText.grouped(comparison.bytes)) bytes, \(TokenText.grouped(comparison.characters)) characters; "
        + "\(TokenText.grouped(differing)) of \(TokenText.grouped(comparison.segments.count)) segments differ\n")
    if diff { return showDifferences(comparison, text) }
    let isColoured = StandardOutput.isTerminal && !Self.noColor
    for index in order {
      let row = comparison.rows[index]
      StandardOutput.write("\n\(Inert.line(row.name))\n")
      StandardOutput.write(spans(row, text, isColoured: isColoured) + "\n")
      if sample { for note in VocabularyNotes.notes(on: loaded[index]) { StandardOutput.write("  · \(note)\n") } }
    }
  }

  private static var noColor: Bool { getenv("NO_COLOR").map { $0[0] != 0 } ?? false }

  private func spans(_ row: TokenizerComparison.Row, _ text: [UInt8], isColoured: Bool) -> String {
    var shown = ""
    for (number, range) in zip(row.borders, row.borders.dropFirst()).enumerated() {
      if limit > 0, range.1 > limit {
        shown += isColoured ? " …" : "│…"
        break
      }
      let span = TokenText.visible(text[range.0..<range.1], keepsNewlines: true)
      guard isColoured else {
        shown += (number > 0 && !shown.hasSuffix("\n") ? "│" : "") + span
        continue
      }
      let colour = TokenSample.palette[number % TokenSample.palette.count]
      // The colour ends before a line does, so that it does not run on to the edge.
      let on = "\u{1B}[30;48;2;\(colour.red);\(colour.green);\(colour.blue)m"
      shown += span.split(separator: "\n", omittingEmptySubsequences: false)
        .map { $0.isEmpty ? "" : on + $0 + "\u{1B}[0m" }.joined(separator: "\n")
    }
    return shown
  }

  private func showDifferences(_ comparison: TokenizerComparison, _ text: [UInt8]) {
    let width = comparison.rows.map(\.name.count).max() ?? 0
    for segment in comparison.segments where segment.differs {
      if limit > 0, segment.range.upperBound > limit {
        StandardOutput.write("\nNo more than \(limit) bytes are shown (--limit 0 shows all).\n")
        break
      }
      StandardOutput.write(
        "\n\(segment.range.lowerBound)–\(segment.range.upperBound)  \(TokenText.quoted(text[segment.range]))\n")
      for row in comparison.rows {
        let inner = row.borders.filter { $0 > segment.range.lowerBound && $0 < segment.range.upperBound }
        let cuts = [segment.range.lowerBound] + inner + [segment.range.upperBound]
        let parts = zip(cuts, cuts.dropFirst()).map { TokenText.visible(text[$0..<$1]) }
        let name = row.name + String(repeating: " ", count: width - row.name.count)
        StandardOutput.write("  \(Inert.line(name))  \(parts.joined(separator: "│"))\n")
      }
    }
  }

  // MARK: - JSON

  private func write(
    _ comparison: TokenizerComparison, _ text: [UInt8], _ loaded: [any Tokenizer], to writer: inout JSON.Writer
  ) {
    writer.object { writer in
      writer.member("bytes", .int(comparison.bytes))
      writer.member("characters", .int(comparison.characters))
      writer.member("rows") { writer in
        writer.array(zip(comparison.rows, loaded)) { writer, pair in
          let (row, tokenizer) = pair
          writer.object { writer in
            writer.member("name", .string(row.name))
            writer.member("rank", .int(row.rank))
            writer.member("tokens", .int(row.ids.count))
            writer.member("characters_per_token", .double(row.charactersPerToken))
            writer.member("bytes_per_token", .double(row.bytesPerToken))
            writer.member("unknown", .int(row.unknownTokens))
            writer.member("vocabulary_size", .int(row.vocabularySize))
            writer.member("ids", .ids(row.ids))
            writer.member("offsets") { $0.array(row.offsets) { $0.write(Self.range($1)) } }
            if sample { writer.member("notes", .array(VocabularyNotes.notes(on: tokenizer).map { .string($0) })) }
          }
        }
      }
      writer.member("segments", .int(comparison.segments.count))
      let differences = comparison.segments.filter(\.differs)
      writer.member("differing_segments", .int(differences.count))
      guard diff else { return }
      writer.member("differences") { writer in
        writer.array(differences) { writer, segment in
          writer.object { writer in
            writer.member("range", Self.range(segment.range))
            TokenExplanationJSON.writeText(text[segment.range], to: &writer)
            writer.member("tokens", .array(segment.tokens.map { Self.range($0) }))
          }
        }
      }
    }
  }

  private static func range(_ range: Range<Int>) -> JSON { .array([.int(range.lowerBound), .int(range.upperBound)]) }
}
