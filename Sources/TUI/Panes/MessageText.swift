/// A reply's text as rows.
enum MessageText {
  static func rows(_ text: String, width: Int, theme: Theme) -> [StyledLine] {
    Transcript.plainRows(text, width: width, style: theme.text)
  }
}

struct MarkdownCache {}
