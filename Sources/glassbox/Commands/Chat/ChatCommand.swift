import ArgumentParser
import Chat
import Core

struct ChatCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "chat", abstract: "Chat with a model.",
    discussion: "On a terminal, line by line; with --prompt or text on standard input, one reply.")

  @Option(name: [.short, .long], help: "The model; the one that ships with Glassbox where none is given.")
  var model = "starter"
  @OptionGroup var running: RunningOptions
  @Option(name: [.short, .long], help: "What to say; then there is one reply.") var prompt: String?
  @Option(help: "The system prompt.") var system: String?
  @Option(help: "How the conversation is written, by name; the model's own way unless given.") var template: String?
  @OptionGroup var sampling: SamplingOptions
  @OptionGroup var batch: BatchOptions

  func run() throws {
    let defaults = try sampling.parameters(maxTokens: nil)
    let model = try running.load(model)
    let template = try model.template(named: template)
    if system != nil && !template.hasSystemRole {
      StandardError.write("The \(template.name) template has no place for a system prompt.\n")
    }
    let writer = ReplyWriter(model: model)
    if let path = batch.jsonl {
      return try batch.answerLines(of: path) { request, json in
        let parameters = try defaults.applying(request).ending(template)
        var messages = try request.messages()
        if messages.first?.role != .system, let system { messages.insert(Message(.system, system), at: 0) }
        let own = try request.string("template").map { try model.template(named: $0) } ?? template
        let (rendered, ids) = try model.render(messages, own)
        writer.write(
          try writer.reply(to: ids, parameters), rendered: rendered.text, top: parameters.topLogprobs > 0, to: &json)
      }
    }
    if prompt == nil && !batch.json && Input.isTerminal {
      return try LineChat(model: model, template: self.template, system: system, parameters: defaults).run()
    }
    let messages =
      (system.map { [Message(.system, $0)] } ?? []) + [Message(.user, try prompt ?? Input.text(nil))]
    let (rendered, ids) = try model.render(messages, template)
    let parameters = defaults.ending(template)
    if batch.json {
      let reply = try writer.reply(to: ids, parameters)
      batch.print { writer.write(reply, rendered: rendered.text, top: parameters.topLogprobs > 0, to: &$0) }
    } else {
      _ = try writer.reply(to: ids, parameters) { text in
        StandardOutput.write(Inert.text(text))
        StandardOutput.flush()
      }
      StandardOutput.write("\n")
    }
  }
}

extension GenerateParameters {
  /// With the strings that end a turn of a template written in plain text.
  func ending(_ template: ChatTemplate) -> GenerateParameters {
    var p = self
    p.stop += template.stops.filter { !p.stop.contains($0) }
    return p
  }
}
