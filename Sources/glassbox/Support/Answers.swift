import Core

/// Generates replies and writes them as JSON.
struct ReplyWriter {
  let model: LoadedModel

  /// Runs one generation; tokens are shown as they come where `onText` is given.
  func reply(
    to ids: [TokenID], _ parameters: GenerateParameters, onText: (String) -> Void = { _ in }
  ) throws -> Reply {
    var reply = Reply(promptIDs: ids)
    var failure: String?
    let generator = Generator(engine: model.engine, tokenizer: model.tokenizer)
    generator.generate(
      prompt: ids, pages: model.engine.makePages(), parameters: parameters
    ) { event in
      switch event {
      case .progress: break
      case .token(let token):
        reply.tokens.append(token)
        onText(token.text)
      case .text(let text):
        reply.rest += text
        onText(text)
      case .done(let reason, let timings):
        reply.finish = reason
        reply.timings = timings
      case .failed(let why): failure = why
      }
    }
    if let failure { throw InputError(failure) }
    return reply
  }

  struct Reply {
    let promptIDs: [TokenID]
    var tokens: [GeneratedToken] = []
    var rest = ""
    var finish = Generation.FinishReason.length
    var timings = GenerationTimings()
    var text: String { tokens.map(\.text).joined() + rest }
  }

  func write(_ reply: Reply, rendered: String? = nil, top: Bool, to writer: inout JSON.Writer) {
    writer.object { writer in
      if let rendered { writer.member("rendered", .string(rendered)) }
      writer.member("prompt_ids", .ids(reply.promptIDs))
      writer.member("ids", .ids(reply.tokens.map(\.id)))
      writer.member("text", model.tokenizer == nil ? .null : .string(reply.text))
      writer.member("finish", .string(reply.finish.rawValue))
      writer.member("logprobs") { $0.array(reply.tokens) { $0.write($1.logprob) } }
      if top { writer.member("top") { write(reply.tokens.map(\.top), to: &$0) } }
      writer.member("timings") {
        $0.object {
          $0.member("load_s", .double(model.loadSeconds))
          $0.member("prefill_tokens", .int(reply.timings.promptTokens - reply.timings.reusedTokens))
          $0.member("prefill_s", .double(reply.timings.prefillSeconds))
          $0.member("decode_tokens", .int(reply.timings.decodedTokens))
          $0.member("decode_s", .double(reply.timings.decodeSeconds))
        }
      }
    }
  }

  /// Alternatives at each place.
  func write(_ top: [[TokenAlternative]], to writer: inout JSON.Writer) {
    writer.array(top) { writer, place in
      writer.array(place) { writer, alternative in
        writer.object {
          $0.member("id", .int(Int(alternative.id)))
          $0.member("token", model.tokenizer.flatMap { $0.token(of: alternative.id) }.map { .string($0) } ?? .null)
          $0.member("logprob", .float(alternative.logprob))
        }
      }
    }
  }
}

extension LoadedModel {
  /// A text as this model's prompts begin: with BOS where it wants one, special tokens in the text parsed.
  func promptIDs(_ text: String) throws -> [TokenID] {
    guard let tokenizer else {
      throw InputError("\(name) has no tokenizer: give \"ids\" instead of text.")
    }
    var ids = try tokenizer.encode(text, addSpecialTokens: true, parseSpecialTokens: true)
    // A model that closes its texts with EOS would have nothing to go on with.
    if ids.count > 1, let eos = tokenizer.specialTokens.eos, ids.last == eos, eos != tokenizer.specialTokens.bos,
      try tokenizer.encode(text, addSpecialTokens: false, parseSpecialTokens: true).last != eos
    {
      ids.removeLast()
    }
    return ids
  }

  /// `ids` as they are, else the text under `key`.
  func ids(of request: Request, orText key: String) throws -> [TokenID] {
    if let ids = try request.ids("ids") { return ids }
    guard let text = try request.string(key) else {
      throw InputError("The request has neither \"\(key)\" nor \"ids\".")
    }
    return try promptIDs(text)
  }
}
