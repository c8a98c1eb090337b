/// Light colouring of code: comments, strings, numbers, keywords and names that are called. It knows enough of each
/// language to be right nearly always, and nothing is lost when it is not.
struct MarkdownCode {
  private let theme: Theme
  private let keywords: Set<String>
  private let lineComments: [[UInt8]]
  private let blockComment: (open: [UInt8], close: [UInt8])?
  private let quotes: [UInt8]
  private let hasTripleQuotes: Bool
  /// Nothing is coloured: what the text is, nobody said.
  private let isPlain: Bool
  /// What a line above left open.
  private var closing: (mark: [UInt8], style: Style)?

  init(language: String, theme: Theme) {
    self.theme = theme
    let slashes = [Array("//".utf8)]
    let hash = [Array("#".utf8)]
    let stars: (open: [UInt8], close: [UInt8])? = (Array("/*".utf8), Array("*/".utf8))
    let quotation = UInt8(ascii: "\"")
    let apostrophe = UInt8(ascii: "'")
    isPlain = language.isEmpty || Self.plain.contains(language)
    func words(_ text: String) -> Set<String> { Set(text.split(separator: " ").map(String.init)) }
    let common =
      "if else for while do return break continue switch case default true false null try catch finally throw new class "
    switch language {
    case "python", "py", "python3", "pycon":
      keywords = words(
        "and as assert async await break class continue def del elif else except finally for from global if import in is "
          + "lambda match case nonlocal not or pass raise return try while with yield True False None self")
      (lineComments, blockComment, quotes, hasTripleQuotes) = (hash, nil, [quotation, apostrophe], true)
    case "swift":
      keywords = words(
        common
          + "let var func struct enum protocol extension init deinit guard in where is as any some self Self nil import "
          + "public private internal package fileprivate static mutating throws rethrows async await actor defer repeat "
          + "inout typealias associatedtype subscript weak lazy final override get set")
      (lineComments, blockComment, quotes, hasTripleQuotes) = (slashes, stars, [quotation], true)
    case "c", "h", "cpp", "c++", "cc", "java", "cs", "csharp", "kotlin", "kt", "scala", "dart", "cuda", "objc":
      keywords = words(
        common
          + "int char float double void long short unsigned signed bool const static struct union enum typedef sizeof "
          + "extern inline volatile auto goto public private protected virtual override final template typename namespace "
          + "using this delete operator interface extends implements import package val var fun when in is string var")
      (lineComments, blockComment, quotes, hasTripleQuotes) = (slashes, stars, [quotation, apostrophe], false)
    case "rust", "rs", "go", "golang", "zig":
      keywords = words(
        common
          + "let mut fn func struct enum impl trait pub use mod match loop in as ref self Self move where async await "
          + "type const static unsafe dyn crate super package import var map chan go defer select range interface nil error"
      )
      (lineComments, blockComment, quotes, hasTripleQuotes) = (slashes, stars, [quotation, UInt8(ascii: "`")], false)
    case "javascript", "js", "typescript", "ts", "jsx", "tsx", "json", "json5", "node":
      keywords = words(
        common
          + "function const let var of in typeof instanceof void delete this super extends import export from as async "
          + "await yield static get set undefined interface type enum implements public private readonly string number "
          + "boolean any never")
      (lineComments, blockComment, quotes, hasTripleQuotes) =
        (slashes, stars, [quotation, apostrophe, UInt8(ascii: "`")], false)
    case "bash", "sh", "shell", "zsh", "console", "makefile", "make", "dockerfile":
      keywords = words(
        "if then else elif fi for while until do done case esac in function return local export source echo exit set cd sudo "
          + "FROM RUN COPY CMD ENV WORKDIR")
      (lineComments, blockComment, quotes, hasTripleQuotes) = (hash, nil, [quotation, apostrophe], false)
    case "sql", "sqlite", "postgresql", "mysql":
      let names =
        "select from where and or not insert into values update set delete create table drop alter join left right inner "
        + "outer on group by order limit having as distinct null primary key index union all case when then else end in is "
        + "like between exists"
      keywords = words(names).union(words(names.uppercased()))
      (lineComments, blockComment, quotes, hasTripleQuotes) =
        ([Array("--".utf8)], stars, [quotation, apostrophe], false)
    case "ruby", "rb", "yaml", "yml", "toml", "ini", "r", "perl", "elixir", "julia":
      keywords = words(
        "def end do if elsif else unless while until for in return class module require begin rescue yield self nil true "
          + "false and or not then function using my sub use")
      (lineComments, blockComment, quotes, hasTripleQuotes) = (hash, nil, [quotation, apostrophe], false)
    case "haskell", "hs", "lua", "elm":
      keywords = words(
        "let in where case of if then else do data type newtype class instance module import local function end return for "
          + "while repeat until nil true false and or not")
      (lineComments, blockComment, quotes, hasTripleQuotes) = ([Array("--".utf8)], nil, [quotation], false)
    case _ where isPlain:
      keywords = []
      (lineComments, blockComment, quotes, hasTripleQuotes) = ([], nil, [], false)
    default:
      keywords = words(
        common + "def elif except import from in not and or let var func fn function const struct self None")
      (lineComments, blockComment, quotes, hasTripleQuotes) = ([Array("# ".utf8)] + slashes, nil, [quotation], false)
    }
  }

  private static let plain: Set<String> = [
    "text", "txt", "plain", "plaintext", "output", "markdown", "md", "diff", "html", "xml", "css", "csv", "latex",
    "tex",
  ]

  /// One line as spans; lines come in order.
  mutating func spans(_ line: Substring) -> [Span] {
    if isPlain { return line.isEmpty ? [] : [Span(String(line), theme.code)] }
    let bytes = Array(line.utf8)
    var result: [Span] = []
    func emit(_ range: Range<Int>, _ style: Style) {
      guard !range.isEmpty else { return }
      let text = String(decoding: bytes[range], as: UTF8.self)
      if let last = result.last, last.style == style {
        result[result.count - 1].text += text
      } else {
        result.append(Span(text, style))
      }
    }
    func starts(_ mark: [UInt8], at: Int) -> Bool { bytes[at...].starts(with: mark) }
    func find(_ mark: [UInt8], from: Int) -> Int? {
      var at = from
      while at + mark.count <= bytes.count {
        if starts(mark, at: at) { return at }
        at += 1
      }
      return nil
    }

    var at = 0
    if let open = closing {
      guard let end = find(open.mark, from: 0) else {
        emit(0..<bytes.count, open.style)
        return result
      }
      at = end + open.mark.count
      emit(0..<at, open.style)
      closing = nil
    }
    while at < bytes.count {
      let byte = bytes[at]
      if lineComments.contains(where: { starts($0, at: at) }) {
        emit(at..<bytes.count, theme.codeComment)
        break
      }
      if let blockComment, starts(blockComment.open, at: at) {
        guard let end = find(blockComment.close, from: at + blockComment.open.count) else {
          closing = (blockComment.close, theme.codeComment)
          emit(at..<bytes.count, theme.codeComment)
          break
        }
        emit(at..<end + blockComment.close.count, theme.codeComment)
        at = end + blockComment.close.count
      } else if quotes.contains(byte) {
        let triple = [byte, byte, byte]
        if hasTripleQuotes, starts(triple, at: at) {
          guard let end = find(triple, from: at + 3) else {
            closing = (triple, theme.codeString)
            emit(at..<bytes.count, theme.codeString)
            break
          }
          emit(at..<end + 3, theme.codeString)
          at = end + 3
          continue
        }
        var end = at + 1
        while end < bytes.count, bytes[end] != byte { end += bytes[end] == UInt8(ascii: "\\") ? 2 : 1 }
        end = min(bytes.count, end + 1)
        emit(at..<end, theme.codeString)
        at = end
      } else if isLetter(byte) {
        var end = at
        while end < bytes.count, isLetter(bytes[end]) || isDigit(bytes[end]) { end += 1 }
        let word = String(decoding: bytes[at..<end], as: UTF8.self)
        if keywords.contains(word) {
          emit(at..<end, theme.codeKeyword)
        } else if end < bytes.count, bytes[end] == UInt8(ascii: "(") {
          emit(at..<end, theme.codeFunction)
        } else {
          emit(at..<end, theme.code)
        }
        at = end
      } else if isDigit(byte) {
        var end = at
        while end < bytes.count, isDigit(bytes[end]) || isLetter(bytes[end]) || bytes[end] == UInt8(ascii: ".") {
          end += 1
        }
        emit(at..<end, keywords.isEmpty ? theme.code : theme.codeNumber)
        at = end
      } else {
        emit(at..<at + 1, theme.code)
        at += 1
      }
    }
    return result
  }

  private func isLetter(_ byte: UInt8) -> Bool {
    byte >= 0x80 || byte == UInt8(ascii: "_") || 0x41...0x5A ~= byte || 0x61...0x7A ~= byte
  }

  private func isDigit(_ byte: UInt8) -> Bool { 0x30...0x39 ~= byte }
}
