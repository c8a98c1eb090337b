import Chat
import Core

/// A token of a reply as it was drawn, for X-ray and counts.
public struct TokenMark: Sendable, Equatable {
  public var id: TokenID
  public var text: String
  public var logprob: Float
  public var top: [TokenAlternative]
  /// In nats, of what it was drawn from; nil where it was not measured.
  public var entropy: Float?
  /// 1: the most likely.
  public var rank: Int?

  public init(
    id: TokenID, text: String, logprob: Float, top: [TokenAlternative] = [], entropy: Float? = nil, rank: Int? = nil
  ) {
    self.id = id
    self.text = text
    self.logprob = logprob
    self.top = top
    self.entropy = entropy
    self.rank = rank
  }
}

/// One message as the log shows it.
public struct ChatMessage: Sendable, Equatable {
  public var id: String
  /// Unlike `id`, not the same in another conversation.
  public var key = ""
  public var role: Role
  public var text: String
  /// Which of its siblings this is, from 0, and how many there are.
  public var sibling: Int
  public var siblings: Int
  public var tokenCount: Int?
  public var seconds: Double?
  public var marks: [TokenMark] = []
  public var streaming = false
  /// Why it ended early, where it did: "stopped", "length".
  public var ending: String?
  /// Changes whenever what is shown changes.
  public var version = 0

  public init(
    id: String, role: Role, text: String, sibling: Int = 0, siblings: Int = 1, tokenCount: Int? = nil,
    seconds: Double? = nil
  ) {
    self.id = id
    self.role = role
    self.text = text
    self.sibling = sibling
    self.siblings = siblings
    self.tokenCount = tokenCount
    self.seconds = seconds
  }

  /// exp of the mean surprisal of the reply's tokens.
  public var perplexity: Double? {
    guard !marks.isEmpty else { return nil }
    let mean = marks.reduce(0.0) { $0 - Double($1.logprob) } / Double(marks.count)
    let value = mean < 60 ? Figures.exponential(mean) : .infinity
    return value
  }
}

public struct ChatState: Sendable {
  public enum Model: Sendable, Equatable {
    case none
    case loading(String)
    case ready
    case failed(String)
  }

  public var model = Model.none
  public var modelName = ""
  public var modelPath = ""
  public var quantization = ""
  /// How the conversation is written for the model, by name.
  public var template = ""
  /// Whether that is the text alone: then a reply goes on in place where the text ends.
  public var isCompletion: Bool { template == "raw" }
  public var contextUsed = 0
  public var contextSize = 0
  public var conversation = ""
  public var title = ""
  public var system = ""
  /// A system prompt that was written and is not in use yet.
  public var systemDraft: String?
  public var messages: [ChatMessage] = []
  public var parameters = GenerateParameters()

  /// The text that goes as soon as the model is there, by the input box's version.
  public var waiting: Int?
  /// A reply is being made.
  public var busy = false
  /// Prompt tokens read so far, while the prompt is being read.
  public var prefill: (read: Int, of: Int)?
  public var tokensPerSecond: Double?
  /// What could not be saved yet, and why.
  public struct Unsaved: Sendable, Equatable {
    /// "2 messages are not saved".
    public var sign: String
    /// One sentence.
    public var reason: String
    public init(sign: String, reason: String) {
      self.sign = sign
      self.reason = reason
    }
  }

  public var unsaved: Unsaved?
  /// What the user should know about the conversation: the context was full, older turns were left out.
  public var notice: String?

  /// The message that keys act on; nil is the last one.
  public var selection: Int?
  /// Whether the log stays at its end while text comes in.
  public var follows = true
  /// First row shown, where it does not.
  public var top = 0
  /// Rows there are and rows there is room for; kept by ``Frame``.
  public var contentRows = 0
  public var viewRows = 0
  /// First row of each message; kept by ``Frame``.
  public var messageRows: [Int] = []

  public var xray = false
  /// The token of the selected message that the X-ray cursor stands on.
  public var xrayToken: Int?
  /// The exact text that is sent to the model, while it is shown instead of the log.
  public var raw: String?
  public var find = FindState()
  /// The message that is being edited in the input box.
  public var editing: String?

  public init() {}

  public var selectedIndex: Int? {
    if let selection, messages.indices.contains(selection) { return selection }
    return messages.indices.last
  }

  public var selected: ChatMessage? { selectedIndex.map { messages[$0] } }

  public var maxTop: Int { max(0, contentRows - viewRows) }
  public var effectiveTop: Int { follows ? maxTop : min(max(0, top), maxTop) }

  public mutating func scroll(by rows: Int) {
    top = min(max(0, effectiveTop + rows), maxTop)
    follows = top >= maxTop
  }

  /// Brings a message into sight.
  public mutating func reveal(_ index: Int) {
    guard messageRows.indices.contains(index) else { return }
    let first = messageRows[index]
    let last = (index + 1 < messageRows.count ? messageRows[index + 1] : contentRows) - 1
    if index == messages.count - 1, last - first < viewRows {
      follows = true
      return
    }
    var wanted = effectiveTop
    if last >= wanted + viewRows { wanted = last - viewRows + 1 }
    if first < wanted { wanted = first }
    top = min(max(0, wanted), maxTop)
    follows = top >= maxTop
  }

  /// Text of the last fenced code block; nil where there is none.
  public static func lastCodeBlock(of text: String) -> String? {
    var block: [Substring]?
    var last: [Substring]?
    for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
      if line.drop(while: { $0 == " " }).hasPrefix("```") {
        if let done = block {
          last = done
          block = nil
        } else {
          block = []
        }
      } else {
        block?.append(line)
      }
    }
    return (block ?? last)?.joined(separator: "\n")
  }
}
