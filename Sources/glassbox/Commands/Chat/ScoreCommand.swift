import ArgumentParser
import Core

struct ScoreCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "score", abstract: "How likely a text is, token by token.")

  @OptionGroup var source: ModelOptions
  @Argument(help: "A text file; standard input where none is given.") var file: String?
  @Option(help: "Token ids to score, apart by commas.") var ids: String?
  @Option(help: "Also tell the N most likely tokens at each place, up to 64.") var topLogprobs = 0
  @OptionGroup var batch: BatchOptions

  func validate() throws {
    guard (0...64).contains(topLogprobs) else { throw ValidationError("top-logprobs must be from 0 to 64.") }
  }

  func run() throws {
    let model = try source.load()
    let scorer = Scorer(engine: model.engine)
    if let path = batch.jsonl {
      return try batch.answerLines(of: path) { request, writer in
        let top = try request.int("top_logprobs") ?? topLogprobs
        guard (0...64).contains(top) else { throw InputError("top_logprobs must be from 0 to 64.") }
        Self.write(try scorer.score(try model.ids(of: request, orText: "text"), topLogprobs: top), model, &writer)
      }
    }
    let text = try ids.map(TokenList.parse) ?? model.promptIDs(try Input.text(file))
    let score = try scorer.score(text, topLogprobs: topLogprobs)
    if batch.json {
      batch.print { Self.write(score, model, &$0) }
    } else {
      guard score.tokens > 0 else {
        throw InputError("There is nothing to score: a token is scored by those before it, and there is none to score.")
      }
      Self.table(score, model)
    }
  }

  private static func write(_ score: Score, _ model: LoadedModel, _ writer: inout JSON.Writer) {
    writer.object { writer in
      writer.member("ids", .ids(score.ids))
      writer.member("logprobs", .array(score.logprobs.map { $0.map { .double($0) } ?? .null }))
      writer.member("ranks", .array(score.ranks.map { $0.map { .int($0) } ?? .null }))
      writer.member("entropies", .array(score.entropies.map { $0.map { .double($0) } ?? .null }))
      if !score.top.isEmpty {
        writer.member("top") { ReplyWriter(model: model).write(score.top, to: &$0) }
      }
      writer.member("nll", .double(score.nll))
      writer.member("tokens", .int(score.tokens))
      writer.member("perplexity", .double(score.perplexity))
    }
  }

  /// One token a line: logprob, rank, entropy, token; then the whole.
  private static func table(_ score: Score, _ model: LoadedModel) {
    for i in score.ids.indices {
      let token = model.tokenizer.flatMap { $0.token(of: score.ids[i]) } ?? String(score.ids[i])
      let numbers = [
        score.logprobs[i].map { Figure.fixed($0, 4) } ?? "-", score.ranks[i].map(String.init) ?? "-",
        score.entropies[i].map { Figure.fixed($0, 4) } ?? "-",
      ]
      StandardOutput.write((numbers + [Inert.line(token)]).joined(separator: "\t") + "\n")
    }
    StandardOutput.write(
      "perplexity \(Figure.fixed(score.perplexity, 4))  nll \(Figure.fixed(score.nll, 6))  tokens \(score.tokens)\n")
  }
}
