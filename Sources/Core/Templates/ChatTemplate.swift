/// How a conversation is written for a model: what stands before and after each turn, and what becomes of the system
/// prompt. The usual families are values of this, by name; ``detect(in:)`` finds the family of a model's own template.
public struct ChatTemplate: Sendable, Equatable {
  /// What stands around a turn.
  struct Frame: Sendable, Equatable {
    var before: [ChatTemplatePiece]
    var after: [ChatTemplatePiece]

    init(_ before: [ChatTemplatePiece], _ after: [ChatTemplatePiece]) {
      self.before = before
      self.after = after
    }
  }

  enum SystemPlace: Sendable, Equatable {
    /// A turn of its own, wherever it stands.
    case turn(Frame)
    /// The first message only, before everything else.
    case opening(Frame)
    /// The first message only, inside the first user turn, before its text.
    case insideFirstUser(Frame)
    /// The template has no place for it and leaves it out.
    case leftOut
    /// The template refuses it.
    case refused
  }

  /// The family's name.
  public internal(set) var name: String
  var start: [ChatTemplatePiece] = []
  var system: SystemPlace
  var user: Frame
  var assistant: Frame
  /// nil: a tool's answer is written as a user turn.
  var tool: Frame?
  /// Written by the template itself when the conversation does not begin with a system message.
  public var defaultSystem: String?
  /// White space around contents is taken off: of all messages, or of all but the system prompt.
  var trims = false
  var trimsTurnsOnly = false
  /// A user turn that the system prompt opens keeps the white space its text begins with (Llama 2).
  var keepsSpaceAfterSystem = false
  /// Users and assistants must take turns.
  var alternates = false
  var generationPrompt: [ChatTemplatePiece]
  /// Written at the end when no reply is asked for.
  var ending: [ChatTemplatePiece] = []
  /// Strings that end a reply, for families that mark turns with plain text.
  public var stops: [String] = []
  /// What begin and end tokens are called where no model says it.
  public var defaultBOS = "<s>"
  public var defaultEOS = "</s>"

  func renamed(_ name: String) -> ChatTemplate {
    var copy = self
    copy.name = name
    return copy
  }

  /// A system prompt given by the user reaches the model.
  public var hasSystemRole: Bool {
    switch system {
    case .turn, .opening, .insideFirstUser: true
    case .leftOut, .refused: false
    }
  }

  /// The same with the model's begin token before it, where it has one: for a text that the model goes on with.
  public var beginning: ChatTemplate {
    var copy = self
    if copy.start.first != .bos { copy.start.insert(.bos, at: 0) }
    return copy
  }

  /// Writes a conversation.
  /// - Parameters:
  ///   - messages: in order; a system message only where the family allows one.
  ///   - addGenerationPrompt: end with the beginning of the assistant's turn.
  ///   - replies: for messages (by index) that this model wrote: the tokens it drew.
  ///   - learnt: messages (by index) whose text a model learns: those segments are marked, from what follows the
  ///     generation prompt through the token that ends the turn.
  ///   - bos, eos: the model's begin and end tokens as text; nil: as the family writes them.
  /// - Throws: ``TemplateError`` where the family has no such conversation.
  public func render(
    _ messages: [Message], addGenerationPrompt: Bool = true, replies: [Int: [TokenID]] = [:], learnt: Set<Int> = [],
    bos: String? = nil, eos: String? = nil
  ) throws -> RenderedConversation {
    var out = RenderedConversation()
    func text(_ pieces: [ChatTemplatePiece], _ role: Role) -> String {
      pieces.map { piece in
        switch piece {
        case .text(let text): text
        case .bos: bos ?? defaultBOS
        case .eos: eos ?? defaultEOS
        case .role: role.rawValue
        }
      }.joined()
    }
    func write(_ pieces: [ChatTemplatePiece], _ role: Role) { out.template(text(pieces, role)) }
    func write(
      _ message: Message, in frame: Frame, ids: [TokenID]? = nil, isLearnt: Bool = false, inside: (() -> Void)? = nil
    ) {
      let before = text(frame.before, message.role)
      let prompt = text(generationPrompt, .assistant)
      if isLearnt, before.utf8.starts(with: prompt.utf8) {
        out.template(prompt)
        out.template(String(decoding: before.utf8.dropFirst(prompt.utf8.count), as: UTF8.self), isLearnt: true)
      } else {
        out.template(before)
      }
      inside?()
      var text = message.content
      if trims || trimsTurnsOnly && message.role != .system {
        text =
          inside != nil && keepsSpaceAfterSystem
          ? String(("." + text).strippedAsPython.dropFirst()) : text.strippedAsPython
      }
      out.content(text, ids: text == message.content ? ids : nil, isLearnt: isLearnt)
      if isLearnt {
        let end = turnEnd(eos: eos)
        out.template(end.mark, isLearnt: true)
        out.template(end.rest)
      } else {
        write(frame.after, message.role)
      }
    }

    write(start, .system)
    var opening: Message?
    if let first = messages.first, first.role == .system {
      opening = first
    } else if let defaultSystem {
      switch system {
      case .turn(let frame), .opening(let frame):
        write(frame.before, .system)
        out.template(defaultSystem)
        write(frame.after, .system)
      default: break
      }
    }
    var turns = 0
    for (index, message) in messages.enumerated() {
      if message.role == .system {
        switch system {
        case .turn(let frame): write(message, in: frame)
        case .opening(let frame) where index == 0: write(message, in: frame)
        case .insideFirstUser where index == 0: break
        case .leftOut: break
        case .opening, .insideFirstUser:
          throw TemplateError("The \(name) template takes a system prompt only as the first message.")
        case .refused: throw TemplateError("The \(name) template has no system role: take the system prompt out.")
        }
        continue
      }
      let isAssistant = message.role == .assistant
      if alternates && isAssistant != (turns % 2 == 1) {
        throw TemplateError("In the \(name) template user and assistant must take turns, beginning with the user.")
      }
      let frame = isAssistant ? assistant : message.role == .tool ? tool ?? user : user
      var inside: (() -> Void)?
      if turns == 0, case .insideFirstUser(let place) = system, let opening {
        inside = {
          write(place.before, .system)
          out.content(opening.content)
          write(place.after, .system)
        }
      }
      write(
        message, in: frame, ids: isAssistant ? replies[index] : nil, isLearnt: isAssistant && learnt.contains(index),
        inside: inside)
      turns += 1
    }
    write(addGenerationPrompt ? generationPrompt : ending, .assistant)
    return out
  }

  /// What ends a reply: the text through its end token, and what the template writes after it.
  func turnEnd(eos: String?) -> (mark: String, rest: String) {
    var mark = "", rest = ""
    var hasEnded = false
    for piece in assistant.after {
      switch piece {
      case .eos where !hasEnded:
        mark += eos ?? defaultEOS
        hasEnded = true
      case .text(let text) where !hasEnded:
        // `<|im_end|>` of `<|im_end|>⏎`.
        if text.utf8.first == UInt8(ascii: "<"), let close = text.utf8.firstIndex(of: UInt8(ascii: ">")) {
          mark += text[...close]
          rest += text[text.utf8.index(after: close)...]
          hasEnded = true
        } else {
          mark += text
        }
      case .text(let text): rest += text
      case .eos: rest += eos ?? defaultEOS
      case .bos, .role: break
      }
    }
    return (mark, rest)
  }

  /// The token that ends a reply, as text: `<|im_end|>`, or the model's own end token.
  public func endToken(eos: String?) -> String {
    turnEnd(eos: eos).mark.strippedAsPython
  }
}
