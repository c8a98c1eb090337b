/// Whether two tokenizers do the same to many texts: what a conversion must not change.
enum TokenizerAgreement {
  /// The first difference, in words; nil where there is none.
  /// - Parameter more: texts beside the built-in ones.
  static func difference(_ a: any Tokenizer, _ b: any Tokenizer, texts more: [String] = []) -> String? {
    guard a.specialTokens.endOfGeneration == b.specialTokens.endOfGeneration else {
      func ids(_ tokenizer: any Tokenizer) -> String {
        tokenizer.specialTokens.endOfGeneration.sorted().map(String.init).joined(separator: ", ")
      }
      return "replies would end at other tokens: \(ids(b)), not \(ids(a))"
    }
    for text in more + texts + framed(specials(a)) {
      for addsSpecial in [false, true] {
        for parsesSpecial in [true, false] {
          // A text that cannot be encoded may be that in both.
          let wanted = try? a.encode(text, addSpecialTokens: addsSpecial, parseSpecialTokens: parsesSpecial)
          let found = try? b.encode(text, addSpecialTokens: addsSpecial, parseSpecialTokens: parsesSpecial)
          guard wanted == found else { return sentence(text, wanted ?? [], found ?? []) }
          guard let wanted else { continue }
          if addsSpecial { continue }
          let words = a.decode(wanted, skipSpecialTokens: false)
          guard words.utf8.elementsEqual(b.decode(wanted, skipSpecialTokens: false).utf8) else {
            return "the tokens of \(shown(text)) would become another text"
          }
        }
      }
    }
    return nil
  }

  private static func sentence(_ text: String, _ wanted: [TokenID], _ found: [TokenID]) -> String {
    let place = zip(wanted, found).enumerated().first { $1.0 != $1.1 }?.offset ?? min(wanted.count, found.count)
    func ids(_ list: [TokenID]) -> String {
      list.dropFirst(max(0, place - 2)).prefix(6).map(String.init).joined(separator: " ")
    }
    return "its tokenizer would be another one: \(shown(text)) would give the tokens … \(ids(found)) … in place of "
      + "… \(ids(wanted)) …"
  }

  private static func shown(_ text: String) -> String {
    "\"" + text.prefix(40) + (text.count > 40 ? "…" : "") + "\""
  }

  /// Texts of special and added tokens, as far as there are few.
  private static func specials(_ tokenizer: any Tokenizer) -> [String] {
    let special = tokenizer.specialTokens
    let ids = [special.bos, special.eos, special.padding, special.unknown].compactMap { $0 }
    return (ids + special.endOfGeneration.sorted()).prefix(16).compactMap { tokenizer.token(of: $0) }
  }

  private static func framed(_ tokens: [String]) -> [String] {
    tokens.flatMap { ["a\($0)b", "Hello \($0) world", "\($0)\n \($0)x", " \($0)  \($0)"] }
  }

  private static let texts: [String] = [
    "", "a", " ", "  ", "\n", "\t", "Hello", " Hello", "  Hello", "hello world", "Hello World", "HELLO WORLD",
    "Hello, world!  It's 1234567 o'clock\n\n\tfunc f(x) { return x }", "The quick brown fox jumps over the lazy dog.",
    "naïve Ünïcödé 漢字かな 🙂🙃 👩‍👩‍👧 e\u{301}e\u{301} \u{212B}ngström", "   ",
    "a  b   c    d", "line\nline\r\nline\r\n\r\n",
    "ﬁne ﬂoor ① ½ ﷺ Ａｂｃ １２３ ㎏", "Straße STRASSE İstanbul ΣΊΣΥΦΟΣ ñ n\u{303}", "don't can't WE'LL I'm you've he'd",
    "3.14159 1,000,000 0x1F 12:30 2026-12-01", "user@example.com https://example.com/a?b=c&d=e#f",
    "if (a[i] != b[j]) { x += 1; } // ok", "\u{A0}no\u{2009}break\u{3000}spaces\u{200B}zero", "\u{FEFF}bom",
    "a\u{0}b\u{7}c",
    "Привет, мир! Καλημέρα κόσμε. שלום עולם مرحبا بالعالم", "こんにちは世界。안녕하세요 세계. สวัสดีชาวโลก नमस्ते दुनिया",
    "<s>text</s> <unk> <pad> [CLS] <|endoftext|> <|im_start|>user\nhi<|im_end|>", "▁already marked ▁ ▁▁",
    "___ --- *** ///",
    "\\n \\t \\\"quoted\\\" 'single' \"double\" `code`", "trailing space ", "trailing newline\n", " \n \n ",
    "\t\tindent\n\t\t\tmore",
  ]
}
