/// The tokens around the parts of a text with a gap (Bavarian et al. 2022): the prompt is `prefix` and the text before the
/// gap, `suffix` and the text after it, `middle`; the reply fills the gap.
public struct FillInTheMiddleTokens: Sendable, Equatable {
  public var prefix: TokenID
  public var suffix: TokenID
  public var middle: TokenID
  public var padding: TokenID?
  /// Before the name of a repository, and between its files.
  public var repositoryName: TokenID?
  public var fileSeparator: TokenID?

  public init(
    prefix: TokenID, suffix: TokenID, middle: TokenID, padding: TokenID? = nil, repositoryName: TokenID? = nil,
    fileSeparator: TokenID? = nil
  ) {
    self.prefix = prefix
    self.suffix = suffix
    self.middle = middle
    self.padding = padding
    self.repositoryName = repositoryName
    self.fileSeparator = fileSeparator
  }

  /// Names of prefix, suffix and middle, as model families call them.
  private static let names = [
    ("<fim_prefix>", "<fim_suffix>", "<fim_middle>"),
    ("<|fim_prefix|>", "<|fim_suffix|>", "<|fim_middle|>"),
    ("<fim-prefix>", "<fim-suffix>", "<fim-middle>"),
    ("\u{2581}<PRE>", "\u{2581}<SUF>", "\u{2581}<MID>"),
    ("<PRE>", "<SUF>", "<MID>"),
    (
      "<\u{FF5C}fim\u{2581}begin\u{FF5C}>", "<\u{FF5C}fim\u{2581}hole\u{FF5C}>",
      "<\u{FF5C}fim\u{2581}end\u{FF5C}>"
    ),
    ("[PREFIX]", "[SUFFIX]", "[MIDDLE]"),
    ("<|code_prefix|>", "<|code_suffix|>", "<|code_middle|>"),
    ("<[fim-prefix]>", "<[fim-suffix]>", "<[fim-middle]>"),
  ]
  private static let paddings = ["<fim_pad>", "<|fim_pad|>", "<fim-pad>", "<PAD>"]
  private static let repositories = ["<repo_name>", "<|repo_name|>", "<reponame>", "<|reponame|>"]
  private static let separators = ["<file_sep>", "<|file_sep|>", "<|file_separator|>", "<file_separator>"]

  /// The tokens of a vocabulary by their usual names; nil where it has none.
  public init?(_ id: (String) -> TokenID?) {
    for (before, after, between) in Self.names {
      guard let prefix = id(before), let suffix = id(after), let middle = id(between) else { continue }
      self.init(
        prefix: prefix, suffix: suffix, middle: middle, padding: Self.paddings.lazy.compactMap(id).first,
        repositoryName: Self.repositories.lazy.compactMap(id).first,
        fileSeparator: Self.separators.lazy.compactMap(id).first)
      return
    }
    return nil
  }
}
