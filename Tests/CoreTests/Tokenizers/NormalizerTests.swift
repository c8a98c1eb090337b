import Core
import Foundation
import TestSupport
import Testing

/// The normalizers of tokenizer.json, seen through a vocabulary of bytes. Tests/Scripts/compare_normalizers.py compares
/// them with the official library over all code points.
@Suite struct NormalizerTests {
  private func tokenizer(_ normalizer: String) throws -> any Tokenizer {
    func name(_ byte: Int) -> String {
      "<0x" + String(byte >> 4, radix: 16).uppercased() + String(byte & 15, radix: 16).uppercased() + ">"
    }
    let members = (0..<256).map { "\"\(name($0))\": \($0)" }.joined(separator: ",")
    let text = """
      {"normalizer": \(normalizer), "model": {"type": "BPE", "unk_token": "?", "byte_fallback": true,
       "vocab": {\(members), "?": 256}, "merges": []}}
      """
    return try TokenizerLoader.load(json: Array(text.utf8), name: "test")
  }

  private func normalized(_ normalizer: String, _ text: String) throws -> String {
    String(decoding: try tokenizer(normalizer).encode(text).map { UInt8($0) }, as: UTF8.self)
  }

  /// Scalars and not characters, which would be equal in any form.
  private func expect(_ normalizer: String, _ text: String, _ result: String) throws {
    let found = try normalized(normalizer, text)
    #expect(found.utf8.elementsEqual(result.utf8), "\(normalizer): \(text.debugDescription) became \(found)")
  }

  @Test func unicodeForms() throws {
    func form(_ name: String) -> String { #"{"type": "\#(name)"}"# }
    try expect(form("NFC"), "e\u{301}x \u{1100}\u{1161}\u{11A8}", "\u{E9}x \u{AC01}")
    try expect(form("NFD"), "\u{1E69}\u{AC01}", "s\u{323}\u{307}\u{1100}\u{1161}\u{11A8}")
    try expect(form("NFC"), "a\u{301}\u{323}", "\u{1EA1}\u{301}")
    try expect(form("NFKC"), "ﬁ①\u{FF76}\u{FF9E}\u{1E9B}\u{323}", "fi1\u{30AC}\u{1E69}")
    try expect(form("NFKD"), "ﷺ½", "صلى الله عليه وسلم1\u{2044}2")
    try expect(form("NFC"), "\u{344}\u{2126}", "\u{308}\u{301}\u{3A9}")
  }

  @Test func characters() throws {
    try expect(#"{"type": "Lowercase"}"#, "AÀİΣẞǅ𐐀", "aài\u{307}σßǆ𐐨")
    try expect(#"{"type": "StripAccents"}"#, "e\u{301}\u{903}é", "eé")
    try expect(#"{"type": "Nmt"}"#, "a\u{1}\tb\u{200B}\u{FEFF}▁", "a b   ")
    try expect(#"{"type": "ByteLevel"}"#, "a é\n", "aĠÃ©Ċ")
    try expect(#"{"type": "Strip", "strip_left": true, "strip_right": true}"#, " \u{A0}a b\u{3000}\n", "a b")
    try expect(#"{"type": "Strip", "strip_left": false, "strip_right": true}"#, " a ", " a")
    try expect(#"{"type": "Strip", "strip_left": true, "strip_right": true}"#, " \n ", "")
  }

  @Test func bert() throws {
    func bert(_ clean: Bool, _ accents: String, _ lower: Bool) -> String {
      #"{"type": "BertNormalizer", "clean_text": \#(clean), "handle_chinese_chars": true, "strip_accents": \#(accents), "lowercase": \#(lower)}"#
    }
    try expect(bert(true, "null", true), "É\u{200B}\u{301}\tŸ\u{0}漢字İ", "e y 漢  字 i")
    try expect(bert(true, "false", true), "ÉÀ", "éà")
    try expect(bert(true, "null", false), "É\u{85}À", "ÉÀ")
    try expect(bert(false, "true", false), "É\u{1}\u{2000}", "E\u{1}\u{2002}")
  }

  @Test func replacements() throws {
    try expect(#"{"type": "Replace", "pattern": {"String": "ab"}, "content": "é"}"#, "abcab", "écé")
    try expect(#"{"type": "Replace", "pattern": {"Regex": " {2,}"}, "content": "▁"}"#, "a  b   c d", "a▁b▁c d")
    let tokenizer = try tokenizer(#"{"type": "Replace", "pattern": {"String": "aé"}, "content": "x"}"#)
    #expect(try tokenizer.encodeWithOffsets("1aé2").offsets == [0..<1, 2..<4, 4..<5])
    #expect(throws: FormatError.self) {
      try self.tokenizer(#"{"type": "Replace", "pattern": {"Regex": "(a"}, "content": "x"}"#)
    }
  }

  /// One rule, `a` → `X`: a root, a node and its value.
  private static let rules: [UInt8] =
    [12, 0, 0, 0, 0, 0x80, 1, 0, 0x61, 0x0D, 0, 0, 0, 0, 0, 0x80] + Array("X\0".utf8)

  private func precompiled(_ blob: [UInt8]) -> String {
    #"{"type": "Precompiled", "precompiled_charsmap": "\#(Data(blob).base64EncodedString())"}"#
  }

  @Test func charsmaps() throws {
    try expect(precompiled(Self.rules), "banana", "bXnXnX")
    // The rule that a short cluster begins with stands for all of it; a longer one is taken character by character.
    try expect(precompiled(Self.rules), "a\u{301}b\u{301}", "Xb\u{301}")
    try expect(precompiled(Self.rules), "a\u{301}\u{302}\u{303}", "X\u{301}\u{302}\u{303}")
    let tokenizer = try tokenizer(precompiled(Self.rules))
    #expect(try tokenizer.encodeWithOffsets("bab").offsets == [0..<1, 1..<2, 2..<3])
  }

  @Test func damagedCharsmaps() throws {
    for cut in 0..<15 {
      #expect(throws: FormatError.self) {
        try tokenizer(precompiled(Array(Self.rules[..<cut]) + (cut == 0 ? [1] : [])))
      }
    }
    #expect(throws: FormatError.self) { try tokenizer(#"{"type": "Precompiled", "precompiled_charsmap": "A*=="}"#) }
    for _ in 0..<500 {
      var bent = Self.rules
      for _ in 0..<3 { bent[Int.random(in: 4..<bent.count)] = UInt8.random(in: 0...255) }
      guard let tokenizer = try? tokenizer(precompiled(bent)) else { continue }
      _ = try tokenizer.encode("banana é\u{301} \u{0} 日本 🙂")
    }
  }

  @Test func offsetsOfMarks() throws {
    let tokenizer = try tokenizer(#"{"type": "NFD"}"#)
    #expect(try tokenizer.encodeWithOffsets("\u{E9}x").offsets == [0..<2, 0..<2, 0..<2, 2..<3])
  }
}
