/// The styles of a theme under the names that panes use.
public struct Look: Sendable, Equatable {
  public var text: Style
  public var dim: Style
  public var faint: Style
  public var accent: Style
  public var border: Style
  public var borderFocused: Style
  public var bar: Style
  public var barDim: Style
  public var barAccent: Style
  /// Over the panes: lists, forms, help.
  public var raised: Style
  public var raisedDim: Style
  public var selection: Style
  public var user: Style
  public var assistant: Style
  public var system: Style
  public var good: Style
  public var warning: Style
  public var error: Style
  /// Backgrounds of neighbouring tokens, with a text colour that is read well on them.
  public var tokens: [Style]
  public var train: Style
  public var trainRaw: Style
  public var validation: Style
  public var gauge: Style
  public var gaugeRest: Style
  /// From sure to surprising.
  public var likelihood: [Style]
  public var caret: Style

  func tone(_ tone: Dialog.Tone) -> Style {
    switch tone {
    case .calm: accent
    case .warning: warning
    case .error: error
    }
  }
}

extension Style {
  /// The same letters on another style's background.
  func over(_ other: Style) -> Style { Style(foreground, on: other.background, attributes) }
}
