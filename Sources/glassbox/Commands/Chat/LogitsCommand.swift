import ArgumentParser
import Core

struct LogitsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "logits", abstract: "What a model says after each token, before any sampling.")

  @OptionGroup var source: ModelOptions
  @Option(help: "Token ids, apart by commas; standard input where none are given.") var ids: String?
  @Flag(help: "Only the last position.") var last = false
  @OptionGroup var batch: BatchOptions

  func run() throws {
    let model = try source.load()
    if let path = batch.jsonl {
      return try batch.answerLines(of: path) { request, writer in
        guard let ids = try request.ids("ids") else { throw InputError("The request has no \"ids\".") }
        try Self.write(model, ids, last: try request.bool("last") ?? last, &writer)
      }
    }
    let ids = try TokenList.parse(ids ?? Input.text(nil))
    try batch.print { try Self.write(model, ids, last: last, &$0) }
  }

  private static func write(_ model: LoadedModel, _ ids: [TokenID], last: Bool, _ writer: inout JSON.Writer) throws {
    guard !ids.isEmpty else { throw InputError("There are no ids.") }
    var rows: [[Float]] = []
    try Scorer(engine: model.engine).forEachRow(of: ids, from: last ? ids.count - 1 : 0, needsFinite: false) { _, row in
      rows.append(Array(row))
    }
    writer.object { writer in
      writer.member("logits") { writer in
        writer.array(rows) { writer, row in writer.array(row) { $0.write($1) } }
      }
    }
  }
}
