import Synchronization

/// A regular expression of the kind that tokenizers cut text with: literals, escapes, classes with their operators,
/// `\p{…}`, POSIX classes, groups with flags, alternatives, greedy, lazy and possessive repeats, look-around, atomic
/// groups, anchors. It finds what Oniguruma (Hugging Face) or fancy-regex (tiktoken) find, first alternative first, but
/// in time that is linear in the text whatever the pattern, and in bounded memory. Case-insensitive parts fold single
/// characters (Unicode simple case folding). Back-references and recursion are refused.
public final class SplitPattern: Sendable {
  /// Whose meaning an expression has where engines differ.
  public enum Dialect: Sendable {
    /// Hugging Face's tokenizers: Oniguruma with Ruby's syntax.
    case oniguruma
    /// tiktoken's: fancy-regex over Rust's regex.
    case rust
  }

  public let expression: String
  public let dialect: Dialect
  private let program: PatternProgram
  private let classes: CharacterClasses
  private let free = Mutex<[Box]>([])
  private struct Box: @unchecked Sendable { let matcher: PatternMatcher }

  /// - Throws: ``PatternError``: not an expression, of a kind that is not supported, or too large.
  public convenience init(_ expression: String, dialect: Dialect = .oniguruma) throws(PatternError) {
    let program = try PatternProgram(PatternParser.parse(expression, dialect: dialect))
    self.init(expression, dialect, program)
  }

  private init(_ expression: String, _ dialect: Dialect, _ program: PatternProgram) {
    self.expression = expression
    self.dialect = dialect
    self.program = program
    classes = CharacterClasses(program.sets)
  }

  /// Calls `body` with each match in order, as byte ranges; none overlap. A match may be empty.
  /// - Parameter text: UTF-8; what is ill-formed counts as U+FFFD.
  public func forEachMatch(in text: UnsafeBufferPointer<UInt8>, _ body: (Range<Int>) -> Void) {
    withMatcher { $0.forEachMatch(in: text, body) }
  }

  /// All matches in order, as ranges of bytes of the text's UTF-8.
  public func matches(in text: String) -> [Range<Int>] {
    var found: [Range<Int>] = []
    let bytes = Array(text.utf8)
    bytes.withUnsafeBufferPointer { forEachMatch(in: $0) { found.append($0) } }
    return found
  }

  /// A matcher of one's own for many short texts.
  func withMatcher<T>(_ body: (PatternMatcher) -> T) -> T {
    let box = free.withLock { $0.popLast() } ?? Box(matcher: PatternMatcher(program, classes))
    defer { free.withLock { if $0.count < 16 { $0.append(box) } } }
    return body(box.matcher)
  }
}
