import ArgumentParser
import Chat
import Core

struct TemplateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "template", abstract: "Messages as a model reads them.",
    discussion: "Families by name: \(ChatTemplate.all.map(\.name).joined(separator: ", ")).")

  @Argument(help: "A template's name, or a file with a model's own template.") var template: String?
  @Option(name: [.short, .long], help: "The template of a model.") var model: String?
  @Option(name: [.short, .long], help: "One message of the user; standard input where none is given.")
  var prompt: String?
  @Option(help: "The system prompt.") var system: String?
  @Flag(inversion: .prefixedNo, help: "End with the beginning of the reply.") var addGenerationPrompt = true
  @OptionGroup var batch: BatchOptions

  func validate() throws {
    guard (template == nil) != (model == nil) else {
      throw ValidationError("Give a template's name or file, or -m MODEL.")
    }
  }

  func run() throws {
    let (template, bos, eos) = try open()
    if let path = batch.jsonl {
      return try batch.answerLines(of: path) { request, writer in
        let text = try template.render(
          try request.messages(), addGenerationPrompt: try request.bool("add_generation_prompt") ?? false,
          bos: try request.string("bos_token") ?? bos, eos: try request.string("eos_token") ?? eos
        ).text
        writer.object { $0.member("text", .string(text)) }
      }
    }
    let messages =
      (system.map { [Message(.system, $0)] } ?? []) + [Message(.user, try prompt ?? Input.text(nil))]
    let text = try template.render(messages, addGenerationPrompt: addGenerationPrompt, bos: bos, eos: eos).text
    if batch.json {
      batch.print { $0.object { $0.member("text", .string(text)) } }
    } else {
      StandardOutput.write(Inert.text(text) + "\n")
    }
  }

  private func open() throws -> (ChatTemplate, bos: String?, eos: String?) {
    if let model {
      let files = try ModelFiles.open(ModelRegistry.resolve(model))
      let tokenizer = try files.tokenizerSource.map(TokenizerLoader.load)
      let (template, note) = try ChatTemplate.choice(name: nil, jinja: files.chatTemplate) {
        tokenizer?.id(of: $0) != nil
      }
      if let note { StandardError.write(Inert.line(note) + "\n") }
      return (template, tokenizer?.bosText, tokenizer?.eosText)
    }
    let name = template ?? ""
    if let family = ChatTemplate.named(name) { return (family, nil, nil) }
    guard name.contains("/") || name.contains(".") else {
      return (try ChatTemplate.choose(name: name, jinja: nil) { _ in false }, nil, nil)
    }
    let jinja = try Input.text(name)
    guard ChatTemplate.detect(in: jinja) != nil else {
      throw InputError("\(name) holds a template of no family Glassbox knows yet.")
    }
    let (family, note) = try ChatTemplate.choice(name: nil, jinja: jinja) { _ in false }
    if let note { StandardError.write(Inert.line(note) + "\n") }
    return (family, nil, nil)
  }
}
