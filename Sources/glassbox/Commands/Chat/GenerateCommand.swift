import ArgumentParser
import Core

struct GenerateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "generate", abstract: "Go on from a text, without any chat template.")

  @OptionGroup var source: ModelOptions
  @Option(name: [.short, .long], help: "The text to go on from; standard input where none is given.")
  var prompt: String?
  @Option(help: "Token ids to go on from, apart by commas.") var ids: String?
  @OptionGroup var sampling: SamplingOptions
  @OptionGroup var batch: BatchOptions

  static let defaultMaximum = 256

  func run() throws {
    let defaults = try sampling.parameters(maxTokens: Self.defaultMaximum)
    let model = try source.load()
    let writer = ReplyWriter(model: model)
    if let path = batch.jsonl {
      return try batch.answerLines(of: path) { request, json in
        let parameters = try defaults.applying(request)
        let reply = try writer.reply(to: try model.ids(of: request, orText: "prompt"), parameters)
        writer.write(reply, top: parameters.topLogprobs > 0, to: &json)
      }
    }
    let promptIDs = try ids.map(TokenList.parse) ?? model.promptIDs(try prompt ?? Input.text(nil))
    if batch.json {
      let reply = try writer.reply(to: promptIDs, defaults)
      batch.print { writer.write(reply, top: defaults.topLogprobs > 0, to: &$0) }
    } else if model.tokenizer == nil {
      let reply = try writer.reply(to: promptIDs, defaults)
      StandardOutput.write(reply.tokens.map { String($0.id) }.joined(separator: " ") + "\n")
    } else {
      _ = try writer.reply(to: promptIDs, defaults) { text in
        StandardOutput.write(Inert.text(text))
        StandardOutput.flush()
      }
      StandardOutput.write("\n")
    }
  }
}

/// Ids as an option gives them.
enum TokenList {
  static func parse(_ text: String) throws -> [TokenID] {
    try text.split { $0 == "," || $0.isWhitespace || $0 == "[" || $0 == "]" }.map { word in
      guard let id = TokenID(word) else { throw InputError("\"\(word.prefix(40))\" is no token id.") }
      return id
    }
  }
}
