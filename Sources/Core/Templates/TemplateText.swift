/// A piece of a rendered conversation: what the template says, or what a person, a model or a file said.
///
/// The two are kept apart until they are tokens, so that text like `<|im_end|>` in a message stays text.
public struct TemplateSegment: Sendable, Equatable {
  public enum Kind: Sendable, Equatable {
    /// Written by the template; special tokens in it are meant.
    case template
    /// Content of a message; nothing in it is a special token.
    case content
  }

  public var kind: Kind
  public var text: String
  /// The very tokens of a reply that this model drew, kept so that its keys and values can be used again.
  public var ids: [TokenID]?
  /// Text that a model learns to write.
  public var isLearnt = false

  public init(_ kind: Kind, _ text: String, ids: [TokenID]? = nil, isLearnt: Bool = false) {
    self.kind = kind
    self.text = text
    self.ids = ids
    self.isLearnt = isLearnt
  }
}

/// A conversation as a model reads it.
public struct RenderedConversation: Sendable, Equatable {
  public private(set) var segments: [TemplateSegment] = []

  public init() {}

  /// The exact text sent.
  public var text: String { segments.map(\.text).joined() }

  mutating func template(_ text: String, isLearnt: Bool = false) {
    add(TemplateSegment(.template, text, isLearnt: isLearnt))
  }
  mutating func content(_ text: String, ids: [TokenID]? = nil, isLearnt: Bool = false) {
    add(TemplateSegment(.content, text, ids: ids, isLearnt: isLearnt))
  }

  private mutating func add(_ segment: TemplateSegment) {
    guard !segment.text.isEmpty else { return }
    if let last = segments.last, last.kind == segment.kind, last.ids == nil, segment.ids == nil,
      last.isLearnt == segment.isLearnt
    {
      segments[segments.count - 1].text += segment.text
    } else {
      segments.append(segment)
    }
  }
}

/// Why a conversation cannot be written in a template.
public struct TemplateError: Error, Equatable, CustomStringConvertible {
  public var description: String

  public init(_ description: String) { self.description = description }
}

/// A part of a template: literal text, or the model's own begin or end token.
enum ChatTemplatePiece: Sendable, Equatable, ExpressibleByStringLiteral {
  case text(String)
  case bos, eos
  /// The role's name.
  case role

  init(stringLiteral value: String) { self = .text(value) }
}

extension StringProtocol {
  /// Without white space at both ends, as Python's `str.strip` and Jinja's `trim` take it off.
  var strippedAsPython: String {
    func isSpace(_ s: Unicode.Scalar) -> Bool { s.properties.isWhitespace || (0x1C...0x1F).contains(s.value) }
    var scalars = Substring(self).unicodeScalars
    while let first = scalars.first, isSpace(first) { scalars.removeFirst() }
    while let last = scalars.last, isSpace(last) { scalars.removeLast() }
    return String(scalars)
  }
}
