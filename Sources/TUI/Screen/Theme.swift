/// The named styles of the program. Every one is complete (text and background), so it can be put as it is; to draw a
/// style on another background, use `style.on(color)`.
public struct Theme: Sendable, Equatable {
  public var name = ""

  /// The empty screen, and what lies between panes.
  public var background = Style()
  /// The inside of a pane.
  public var panel = Style()
  public var border = Style()
  public var borderFocused = Style()
  public var title = Style()
  public var titleFocused = Style()

  /// Three greys do most of the work: what is read, what is looked up, what is only there when sought.
  public var text = Style()
  public var dim = Style()
  public var faint = Style()
  public var strong = Style()
  public var accent = Style()
  public var success = Style()
  public var warning = Style()
  public var error = Style()

  public var user = Style()
  public var assistant = Style()
  public var system = Style()
  public var placeholder = Style()
  /// The text cursor where it is drawn as a cell.
  public var caret = Style()
  public var selection = Style()
  /// A match of a search.
  public var match = Style()
  /// Special tokens and other text that is not the user's.
  public var special = Style()

  /// The lines at the top and bottom of the screen.
  public var bar = Style()
  public var barName = Style()
  public var barKey = Style()
  public var barDim = Style()
  public var gaugeFull = Style()
  public var gaugeEmpty = Style()

  public var heading = Style()
  public var link = Style()
  public var quote = Style()
  public var code = Style()
  public var codeKeyword = Style()
  public var codeString = Style()
  public var codeNumber = Style()
  public var codeComment = Style()
  public var codeFunction = Style()

  public var axis = Style()
  public var axisLabel = Style()
  /// The unsmoothed points behind a curve.
  public var raw = Style()
  public var crosshair = Style()
  public var added = Style()
  public var removed = Style()

  /// Curves, in the order they are given out; six or more.
  public var series: [Style] = []
  /// Backgrounds of tokens, in turn; six or more.
  public var tokens: [Style] = []
  /// From a likely token to a most unlikely one; five steps or more.
  public var scale: [Style] = []

  public init() {}

  public func series(_ index: Int) -> Style { Theme.pick(series, index, text) }
  public func token(_ index: Int) -> Style { Theme.pick(tokens, index, text) }

  /// The style for a value from 0 (likely, good) to 1 (unlikely, bad).
  public func scale(_ value: Double) -> Style {
    guard !scale.isEmpty else { return text }
    let bounded = value.isFinite ? min(1, max(0, value)) : 1
    return scale[min(scale.count - 1, Int(bounded * Double(scale.count)))]
  }

  /// The theme used where nothing else is asked for.
  public static let midnight = BuiltInThemes.named("midnight") ?? Theme()

  private static func pick(_ styles: [Style], _ index: Int, _ other: Style) -> Style {
    styles.isEmpty ? other : styles[(index % styles.count + styles.count) % styles.count]
  }

  /// Whether only colours of the terminal's own 16 are used.
  public var isOfTerminalColors: Bool {
    func isOwn(_ color: Color) -> Bool {
      switch color {
      case .standard: true
      case .ansi(let index): index < 16
      case .rgb: false
      }
    }
    let singles = Theme.roles.map { self[keyPath: $0.path] }
    let all = singles + series + tokens + scale
    return all.allSatisfy { isOwn($0.foreground) && isOwn($0.background) }
  }

  /// The theme as a terminal of this depth shows it: nearest colours of 256; with 16, where the nearest of three greys
  /// would be one, the theme made for 16; without colour, attributes take over where a difference must still be seen.
  public func adapted(to depth: ColorDepth) -> Theme {
    guard depth != .truecolor else { return self }
    if depth == .ansi16, !isOfTerminalColors, var theme = BuiltInThemes.named("terminal") {
      theme.name = name
      return theme
    }
    var result = self
    for (_, path) in Theme.roles { result[keyPath: path] = depth.adapt(self[keyPath: path]) }
    for (_, path) in Theme.lists { result[keyPath: path] = self[keyPath: path].map { depth.adapt($0) } }
    result.tokens = depth.adaptApart(tokens)
    guard depth == .mono else { return result }
    for path: WritableKeyPath<Theme, Style> in [
      \.selection, \.caret, \.bar, \.barName, \.barKey, \.barDim, \.gaugeFull,
    ] {
      result[keyPath: path].attributes.insert(.reverse)
    }
    for path: WritableKeyPath<Theme, Style> in [
      \.titleFocused, \.borderFocused, \.error, \.heading, \.user, \.assistant, \.accent,
    ] {
      result[keyPath: path].attributes.insert(.bold)
    }
    for path: WritableKeyPath<Theme, Style> in [\.match, \.link, \.warning, \.special] {
      result[keyPath: path].attributes.insert(.underline)
    }
    for index in result.tokens.indices { result.tokens[index].attributes = index % 2 == 0 ? .reverse : .underline }
    for index in result.scale.indices where index >= result.scale.count / 2 {
      result.scale[index].attributes.insert(index == result.scale.count - 1 ? .reverse : .underline)
    }
    return result
  }

  /// Every single style and its key in a theme file.
  static var roles: [(key: String, path: WritableKeyPath<Theme, Style>)] {
    [
      ("background", \.background), ("panel", \.panel), ("border", \.border), ("border-focused", \.borderFocused),
      ("title", \.title), ("title-focused", \.titleFocused), ("text", \.text), ("dim", \.dim), ("faint", \.faint),
      ("strong", \.strong), ("accent", \.accent), ("success", \.success), ("warning", \.warning), ("error", \.error),
      ("user", \.user), ("assistant", \.assistant), ("system", \.system), ("placeholder", \.placeholder),
      ("caret", \.caret), ("selection", \.selection), ("match", \.match), ("special", \.special), ("bar", \.bar),
      ("bar-name", \.barName), ("bar-key", \.barKey), ("bar-dim", \.barDim), ("gauge-full", \.gaugeFull),
      ("gauge-empty", \.gaugeEmpty), ("heading", \.heading), ("link", \.link), ("quote", \.quote), ("code", \.code),
      ("code-keyword", \.codeKeyword), ("code-string", \.codeString), ("code-number", \.codeNumber),
      ("code-comment", \.codeComment), ("code-function", \.codeFunction), ("axis", \.axis),
      ("axis-label", \.axisLabel), ("raw", \.raw), ("crosshair", \.crosshair), ("added", \.added),
      ("removed", \.removed),
    ]
  }

  /// Every list of styles and its key in a theme file.
  static var lists: [(key: String, path: WritableKeyPath<Theme, [Style]>)] {
    [("series", \.series), ("tokens", \.tokens), ("scale", \.scale)]
  }
}
