/// A colour as a theme means it; the terminal gets the nearest it can show.
public enum Color: Sendable, Equatable, Hashable {
  /// The terminal's own foreground or background.
  case standard
  /// One of the terminal's 16 colours, 0 … 15.
  case ansi(UInt8)
  case rgb(UInt8, UInt8, UInt8)
}

public struct Attributes: OptionSet, Sendable, Hashable {
  public let rawValue: UInt8
  public init(rawValue: UInt8) { self.rawValue = rawValue }
  public static let bold = Attributes(rawValue: 1)
  public static let dim = Attributes(rawValue: 2)
  public static let italic = Attributes(rawValue: 4)
  public static let underline = Attributes(rawValue: 8)
  public static let reverse = Attributes(rawValue: 16)
}

/// How a cell looks.
public struct Style: Sendable, Equatable, Hashable {
  public var foreground: Color
  public var background: Color
  public var attributes: Attributes

  public init(_ foreground: Color = .standard, on background: Color = .standard, _ attributes: Attributes = []) {
    self.foreground = foreground
    self.background = background
    self.attributes = attributes
  }

  public func adding(_ more: Attributes) -> Style { Style(foreground, on: background, attributes.union(more)) }
  public func on(_ color: Color) -> Style { Style(foreground, on: color, attributes) }
}
