import Core
import Synchronization

/// Chats with a model in this process, and keeps keys and values across turns and branches: only new tokens are read.
public final class LocalBackend: ChatBackend, @unchecked Sendable {
  public let model: LoadedModel
  public let tokenizer: any Tokenizer
  public let template: ChatTemplate
  /// A sentence for the user where that is not quite the model's own template.
  public let templateNote: String?
  public var name: String { model.name }
  public var contextLength: Int { model.contextLength }

  /// Sequences held, the one used last at the end. Guarded by `lock`, which one reply at a time holds.
  private var branches: [PageTable] = []
  private let lock = Condition()

  /// - Parameter template: a family's name; nil: the model's own.
  /// - Throws: ``TemplateError`` where the model has no tokenizer, or no template that is known.
  public init(_ model: LoadedModel, template: String? = nil) throws {
    guard let tokenizer = model.tokenizer else {
      throw TemplateError("\(model.name) has no tokenizer, so it cannot chat.")
    }
    self.model = model
    self.tokenizer = tokenizer
    (self.template, templateNote) = try ChatTemplate.choice(name: template, jinja: model.chatTemplate) {
      tokenizer.id(of: $0) != nil
    }
  }

  public func tokens(of request: ChatRequest) -> Int? {
    (try? render(request, from: start(of: request))).map { $0.ids.count }
  }

  /// The exact text a request becomes, special tokens apart from contents.
  public func rendered(_ request: ChatRequest) throws -> RenderedConversation {
    try render(request, from: start(of: request)).text
  }

  public func reply(to request: ChatRequest, isCancelled: () -> Bool, onEvent: (BackendEvent) -> Void) {
    lock.lock()
    defer { lock.unlock() }
    do {
      let (text, ids) = try prompt(request, onEvent: onEvent)
      onEvent(.prompt(text, tokens: ids.count))
      var parameters = request.parameters
      parameters.stop += template.stops.filter { !parameters.stop.contains($0) }
      let pages = pages(for: ids + request.opening.map(\.id))
      Generator(engine: model.engine, tokenizer: tokenizer).generate(
        prompt: ids, opening: request.opening, pages: pages, parameters: parameters, isCancelled: isCancelled
      ) { onEvent(.generation($0)) }
      keep(pages)
    } catch {
      onEvent(.generation(.failed(String(describing: error))))
    }
  }

  // MARK: Prompt

  private func start(of request: ChatRequest) -> Int {
    request.contextStart.flatMap { first in request.turns.firstIndex { $0.id == first } } ?? 0
  }

  private func prompt(
    _ request: ChatRequest, onEvent: (BackendEvent) -> Void
  ) throws -> (RenderedConversation, [TokenID]) {
    let start = start(of: request)
    let whole = try render(request, from: start)
    let window = ContextWindow(limit: contextLength, maxTokens: request.parameters.maxTokens)
    let opening = request.opening.count
    guard window.isFull(whole.ids.count + opening) else { return whole }

    let starts = request.turns.indices.filter { $0 >= start && request.turns[$0].role == .user }
    guard
      let from = try window.start(
        among: starts, tokens: { try render(request, from: $0).ids.count + opening })
    else {
      let least = try render(request, from: starts.last ?? start).ids.count
      throw TemplateError(
        "The last message with the system prompt takes \(least) tokens, and the context holds \(contextLength).")
    }
    guard from > start else { return whole }
    onEvent(.trimmed(from: request.turns[from].id, dropped: from - start))
    return try render(request, from: from)
  }

  private func render(_ request: ChatRequest, from start: Int) throws -> (text: RenderedConversation, ids: [TokenID]) {
    var messages = request.system.isEmpty ? [] : [Message(.system, request.system)]
    var replies: [Int: [TokenID]] = [:]
    for node in request.turns[start...] {
      if let ids = ownTokens(of: node) { replies[messages.count] = ids }
      messages.append(node.message)
    }
    // A text that goes on begins as texts did in training.
    let template = template.name == ChatTemplate.raw.name && tokenizer.addsBOS ? template.beginning : template
    let text = try template.render(messages, replies: replies, bos: tokenizer.bosText, eos: tokenizer.eosText)
    return (text, try text.encode(with: tokenizer))
  }

  /// The tokens this model drew for a reply, as long as they still say the same.
  private func ownTokens(of node: ConversationNode) -> [TokenID]? {
    guard let reply = node.reply, reply.model == name, !reply.ids.isEmpty else { return nil }
    guard reply.ids.allSatisfy({ $0 >= 0 && Int($0) < tokenizer.vocabularySize }) else { return nil }
    let text = tokenizer.decode(reply.ids, skipSpecialTokens: false)
    let same = text.utf8.elementsEqual(node.content.utf8) || text.utf8.dropFirst().elementsEqual(node.content.utf8)
    return same ? reply.ids : nil
  }

  // MARK: Pages

  /// The sequence that shares the longest beginning with a prompt; a fork of it where the two part, so that the other
  /// branch stays warm.
  private func pages(for ids: [TokenID]) -> PageTable {
    let best = branches.indices.max { branches[$0].commonPrefix(with: ids) < branches[$1].commonPrefix(with: ids) }
    guard let best else { return model.engine.makePages() }
    let shared = branches[best].commonPrefix(with: ids)
    guard shared > 0 else { return model.engine.makePages() }
    return shared == branches[best].count ? branches.remove(at: best) : branches[best].fork()
  }

  /// Holds a sequence for the next turn; together, those held take no more than one full context.
  private func keep(_ pages: PageTable) {
    branches.append(pages)
    while branches.count > 4 || branches.count > 1 && branches.reduce(0, { $0 + $1.count }) > contextLength {
      branches.removeFirst()
    }
  }
}
