import Core

/// How a conversation is written for a model: what stands before and after each turn, and what becomes of the system
/// prompt. The usual families are values of this, by name; ``detect(in:)`` finds the family of a model's own template.
public struct ChatTemplate: Sendable, Equatable {
  /// What stands around a turn.
  struct Frame: Sendable, Equatable {
    var before: [TemplatePiece]
    var after: [TemplatePiece]

    init(_ before: [TemplatePiece], _ after: [TemplatePiece]) {
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
  var start: [TemplatePiece] = []
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
  var generationPrompt: [TemplatePiece]
  /// Written at the end when no reply is asked for.
  var ending: [TemplatePiece] = []
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

  /// Writes a conversation.
  /// - Parameters:
  ///   - messages: in order; a system message only where the family allows one.
  ///   - addGenerationPrompt: end with the beginning of the assistant's turn.
  ///   - replies: for messages (by index) that this model wrote: the tokens it drew.
  ///   - bos, eos: the model's begin and end tokens as text; nil: as the family writes them.
  /// - Throws: ``TemplateError`` where the family has no such conversation.
  public func render(
    _ messages: [Message], addGenerationPrompt: Bool = true, replies: [Int: [TokenID]] = [:], bos: String? = nil,
    eos: String? = nil
  ) throws -> RenderedConversation {
    var out = RenderedConversation()
    func write(_ pieces: [TemplatePiece], _ role: Role) {
      for piece in pieces {
        switch piece {
        case .text(let text): out.template(text)
        case .bos: out.template(bos ?? defaultBOS)
        case .eos: out.template(eos ?? defaultEOS)
        case .role: out.template(role.rawValue)
        }
      }
    }
    func write(_ message: Message, in frame: Frame, ids: [TokenID]? = nil, inside: (() -> Void)? = nil) {
      write(frame.before, message.role)
      inside?()
      var text = message.content
      if trims || trimsTurnsOnly && message.role != .system {
        text =
          inside != nil && keepsSpaceAfterSystem
          ? String(("." + text).strippedAsPython.dropFirst()) : text.strippedAsPython
      }
      out.content(text, ids: text == message.content ? ids : nil)
      write(frame.after, message.role)
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
      write(message, in: frame, ids: isAssistant ? replies[index] : nil, inside: inside)
      turns += 1
    }
    write(addGenerationPrompt ? generationPrompt : ending, .assistant)
    return out
  }
}
