/// A message with buttons: an error, a question.
public struct Dialog: Sendable {
  public enum Purpose: Sendable, Equatable {
    case message, quitWhileTraining, quitUnsaved, stopRun
    case deleteConversation(String), deleteMessage(String)
  }

  public enum Tone: Sendable { case calm, warning, error }

  public struct Button: Sendable, Equatable {
    public var id: String
    public var label: String
    /// A letter that presses it.
    public var letter: Character
    public init(_ id: String, _ label: String, _ letter: Character) {
      self.id = id
      self.label = label
      self.letter = letter
    }
  }

  public var purpose: Purpose
  public var tone: Tone
  public var title: String
  public var body: String
  public var buttons: [Button]
  public var selection: Int
  /// It came by itself: keys that were on their way are not meant for it.
  public var isLate = false
  /// When it was first seen, on the program's clock; nil until then.
  var seen: Double?

  public init(
    _ purpose: Purpose, tone: Tone = .calm, title: String, body: String, buttons: [Button], selection: Int = 0
  ) {
    self.purpose = purpose
    self.tone = tone
    self.title = title
    self.body = body
    self.buttons = buttons
    self.selection = selection
  }

  /// A message that only wants to be read.
  public static func message(_ title: String, _ body: String, tone: Tone = .calm) -> Dialog {
    Dialog(.message, tone: tone, title: title, body: body, buttons: [Button("ok", "OK", "o")])
  }

  public enum Outcome: Sendable, Equatable {
    case stays, cancelled
    case pressed(String)
  }

  public mutating func handle(_ stroke: Key) -> Outcome {
    switch stroke.code {
    case .escape: return .cancelled
    case .enter: return .pressed(buttons[selection].id)
    case .character(" ") where stroke.modifiers.isEmpty: return .pressed(buttons[selection].id)
    case .left: selection = (selection + buttons.count - 1) % buttons.count
    case .tab where stroke.modifiers == .shift: selection = (selection + buttons.count - 1) % buttons.count
    case .right, .tab: selection = (selection + 1) % buttons.count
    case .character(let c) where stroke.modifiers.isEmpty:
      if let hit = buttons.first(where: { $0.letter.lowercased() == c.lowercased() }) { return .pressed(hit.id) }
    case .character("c") where stroke.modifiers == .control: return .cancelled
    default: break
    }
    return .stays
  }
}

extension Dialog.Tone {
  func style(_ theme: Theme) -> Style {
    switch self {
    case .calm: theme.accent
    case .warning: theme.warning
    case .error: theme.error
    }
  }
}

extension Style {
  /// The same letters on another style's background. One that is reversed (without colours) keeps its own.
  func over(_ other: Style) -> Style {
    if other.attributes.contains(.reverse) {
      return Style(other.foreground, on: other.background, other.attributes.union(attributes.subtracting(.dim)))
    }
    return Style(foreground, on: other.background, attributes)
  }

  func removing(_ less: Attributes) -> Style { Style(foreground, on: background, attributes.subtracting(less)) }
}
