import Core

/// Conversations as ChatML token rows: `<|im_start|>role⏎content<|im_end|>⏎`. What the assistant says, and the end of
/// its turns, is learnt; all else is masked. Texts never become special tokens.
public struct ChatMLEncoder: Sendable {
  public static let start = "<|im_start|>"
  public static let end = "<|im_end|>"
  /// What transformers renders the same rows with.
  public static let template =
    "{% for message in messages %}"
    + "{{'<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>' + '\n'}}{% endfor %}"
    + "{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"

  private let tokenizer: any Tokenizer
  private let startIDs: [TokenID]
  private let endIDs: [TokenID]
  private let newline: [TokenID]

  /// A vocabulary without ChatML's tokens spells them out.
  /// - Throws: `TokenizationError` where it cannot, as do the other functions for what they encode.
  public init(tokenizer: any Tokenizer) throws {
    self.tokenizer = tokenizer
    startIDs = try tokenizer.encode(Self.start, addSpecialTokens: false, parseSpecialTokens: true)
    endIDs = try tokenizer.encode(Self.end, addSpecialTokens: false, parseSpecialTokens: true)
    newline = try tokenizer.encode("\n", addSpecialTokens: false, parseSpecialTokens: false)
  }

  public func encode(_ messages: [DataMessage]) throws -> (ids: [TokenID], labels: [TokenID]) {
    var ids: [TokenID] = []
    var labels: [TokenID] = []
    func append(_ new: [TokenID], learnt: Bool) {
      ids += new
      labels += learnt ? new : Array(repeating: -100, count: new.count)
    }
    for message in messages {
      let isAssistant = message.role == "assistant" || message.role == "gpt"
      let role = isAssistant ? "assistant" : message.role == "human" ? "user" : message.role
      append(startIDs, learnt: false)
      if isAssistant {
        // Apart, as a reply is generated: after the header has been read.
        append(try plain(role + "\n"), learnt: false)
        append(try plain(message.content) + endIDs, learnt: true)
      } else {
        append(try plain(role + "\n" + message.content) + endIDs, learnt: false)
      }
      append(newline, learnt: false)
    }
    return (ids, labels)
  }

  /// A prompt that is masked and what follows it, with the end of the text where the vocabulary has one.
  public func encode(prompt: String, completion: String) throws -> (ids: [TokenID], labels: [TokenID]) {
    let head = try (tokenizer.addsBOS ? tokenizer.specialTokens.bos.map { [$0] } ?? [] : []) + plain(prompt)
    let tail = try plain(completion) + (tokenizer.specialTokens.eos.map { [$0] } ?? [])
    return (head + tail, Array(repeating: -100, count: head.count) + tail)
  }

  /// A user's turn and the header of the reply to it.
  public func prompt(for text: String) throws -> [TokenID] {
    try encode([DataMessage(role: "user", content: text)]).ids + startIDs + plain("assistant\n")
  }

  private func plain(_ text: String) throws -> [TokenID] {
    try tokenizer.encode(text, addSpecialTokens: false, parseSpecialTokens: false)
  }
}
