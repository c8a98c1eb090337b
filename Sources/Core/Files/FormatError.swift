/// What is wrong with a file: one sentence that names the file, the place in it, what was found and what was expected.
public struct FormatError: Error, CustomStringConvertible, Equatable {
  public var file: String
  /// A key, a tensor's name, "byte 123"; nil: the file as a whole.
  public var place: String?
  public var found: String
  public var expected: String?

  public init(file: String, place: String? = nil, found: String, expected: String? = nil) {
    self.file = file
    self.place = place
    self.found = found
    self.expected = expected
  }

  public var description: String {
    var text = file
    if let place { text += ", " + place }
    text += ": " + found
    if let expected { text += " (expected " + expected + ")" }
    return Self.inert(text) + "."
  }

  /// `text` with control characters, line ends and direction marks shown as U+FFFD, and cut at 400 characters: names in
  /// untrusted files must not reach a terminal as they are.
  public static func inert(_ text: String) -> String {
    var scalars = String.UnicodeScalarView()
    for scalar in text.unicodeScalars.prefix(401) {
      switch scalar.value {
      case 0..<0x20, 0x7F..<0xA0, 0x2028...0x202E, 0x2066...0x2069, 0x200E, 0x200F: scalars.append("\u{FFFD}")
      default: scalars.append(scalar)
      }
    }
    if scalars.count > 400 { return String(String.UnicodeScalarView(scalars.prefix(400))) + "…" }
    return String(scalars)
  }
}
