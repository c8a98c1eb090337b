import Core

/// Conversations as token rows in a chat template: what the assistant says, and the end of its turns, is learnt; all else
/// is masked. Texts never become special tokens.
public struct ConversationEncoder: Sendable {
  public let template: ChatTemplate
  private let tokenizer: any Tokenizer
  /// Ends a completion, and a text.
  public let end: TokenID?

  /// - Parameter end: what ends a completion; nil: the vocabulary's end token.
  public init(template: ChatTemplate, tokenizer: any Tokenizer, end: TokenID? = nil) {
    self.template = template
    self.tokenizer = tokenizer
    self.end = end ?? tokenizer.specialTokens.eos
  }

  /// - Throws: ``TemplateError`` where the template has no such conversation; `TokenizationError`.
  public func encode(_ messages: [DataMessage]) throws -> (ids: [TokenID], labels: [TokenID]) {
    let learnt = messages.indices.filter { messages[$0].role == .assistant && messages[$0].isLearnt }
    return try template.render(
      messages.map(\.message), addGenerationPrompt: false, learnt: Set(learnt), bos: tokenizer.bosText,
      eos: tokenizer.eosText
    ).supervised(with: tokenizer)
  }

  /// A prompt that is masked and what follows it, with the end of the text where the vocabulary has one.
  public func encode(prompt: String, completion: String) throws -> (ids: [TokenID], labels: [TokenID]) {
    let head = try (tokenizer.addsBOS ? tokenizer.specialTokens.bos.map { [$0] } ?? [] : []) + plain(prompt)
    let tail = try plain(completion) + (end.map { [$0] } ?? [])
    return (head + tail, Array(repeating: -100, count: head.count) + tail)
  }

  /// A user's turn and the header of the reply to it.
  public func prompt(for text: String) throws -> [TokenID] {
    try template.render([Message(.user, text)], bos: tokenizer.bosText, eos: tokenizer.eosText).encode(
      with: tokenizer)
  }

  private func plain(_ text: String) throws -> [TokenID] {
    try tokenizer.encode(text, addSpecialTokens: false, parseSpecialTokens: false)
  }
}

/// ChatML, which a model without a template of a known family is taught.
enum ChatML {
  static let start = "<|im_start|>"
  static let end = "<|im_end|>"
  /// What transformers renders the same rows with.
  static let jinja =
    "{% for message in messages %}"
    + "{{'<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>' + '\n'}}{% endfor %}"
    + "{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
}
