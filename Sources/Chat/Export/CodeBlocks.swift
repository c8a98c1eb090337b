/// A fenced block of code in a Markdown text.
public struct CodeBlock: Sendable, Equatable {
  /// What stands after the fence: "swift"; empty: nothing.
  public var language: String
  public var text: String

  public init(language: String, text: String) {
    self.language = language
    self.text = text
  }

  /// The fenced blocks of a text, in order; one that is still open at the end counts (CommonMark §4.5).
  public static func all(in markdown: String) -> [CodeBlock] {
    var blocks: [CodeBlock] = []
    var open: (fence: Character, length: Int, indent: Int, language: String, lines: [String])?
    for line in markdown.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline) {
      let indent = line.prefix { $0 == " " }.count
      let rest = line.dropFirst(indent)
      let fence = rest.first
      let length = rest.prefix { $0 == fence }.count
      let isFence = indent < 4 && (fence == "`" || fence == "~") && length >= 3
      if let block = open {
        let after = rest.dropFirst(length)
        if isFence && fence == block.fence && length >= block.length && after.allSatisfy(\.isWhitespace) {
          blocks.append(CodeBlock(language: block.language, text: block.lines.joined(separator: "\n")))
          open = nil
        } else {
          open?.lines.append(String(line.dropFirst(min(indent, block.indent))))
        }
      } else if isFence, let fence {
        let info = rest.dropFirst(length).drop(while: \.isWhitespace)
        if fence == "`" && info.contains("`") { continue }
        open = (fence, length, indent, String(info.prefix { !$0.isWhitespace }), [])
      }
    }
    if let open { blocks.append(CodeBlock(language: open.language, text: open.lines.joined(separator: "\n"))) }
    return blocks
  }
}
