import Core
import Foundation
import TestSupport
import Testing

/// Words that are kept whatever the sum of scores before them, and sums that are carried on.
@Suite struct UnigramWordsTests {
  static func text(_ bytes: Int) -> [UInt8] {
    var text: [UInt8] = []
    let words = [
      "the", "of", "tokenization", "unbelievable", "Привет", "日本語", "x", "naïve", "internationally", "ﬁ", "a1b2",
    ]
    while text.count < bytes {
      switch Int.random(in: 0..<12) {
      case 0: text += IncrementalEncodingTests.randomText(20)
      case 1: text += " ".utf8 + (0..<Int.random(in: 1..<60)).map { _ in UInt8.random(in: 0x61...0x7A) }
      default: text += " \(words[Int.random(in: 0..<words.count)])".utf8
      }
    }
    return text
  }

  /// Ids alone come by another way than ids with places. Texts are long enough for sums to be counted anew.
  @Test(arguments: ["flan-t5/tokenizer.json", "flan-t5/spiece.model"])
  func idsAlone(_ name: String) throws {
    guard let path = Fixtures.path("tokenizers/\(name)") else { return }
    let tokenizer = try TokenizerLoader.load(path: path)
    for size in [0, 1, 2, 3, 10, 100, 1000, 200_000] {
      for _ in 0..<(size < 1000 ? 40 : 2) {
        let text = Self.text(size).prefix(size > 1000 ? size : Int.random(in: 0...size + 8))
        try Array(text).withUnsafeBufferPointer { text in
          for parsesSpecial in [false, true] {
            let ids = try tokenizer.encodeIDs(utf8: text, addSpecialTokens: false, parseSpecialTokens: parsesSpecial)
            let encoding = try tokenizer.encode(utf8: text, addSpecialTokens: false, parseSpecialTokens: parsesSpecial)
            #expect(ids == encoding.ids, "\(String(decoding: text.prefix(1000), as: UTF8.self))")
          }
        }
      }
    }
  }

  /// Edits of a text over which sums grow large and are counted anew.
  @Test func editsCarrySums() throws {
    guard let path = Fixtures.path("tokenizers/flan-t5/spiece.model") else { return }
    let tokenizer = try TokenizerLoader.load(path: path)
    var model = Self.text(200_000)
    var text = IncrementalEncoding(utf8: model, tokenizer: tokenizer, parseSpecialTokens: true, chunkSize: 700)
    #expect(text.isIncremental)
    for round in 0..<(IncrementalEncodingTests.edits / 4) {
      let start = Int.random(in: 0...model.count)
      let end = min(model.count, start + [0, 1, 30][round % 3])
      let new = Array(Self.text(30).prefix(Int.random(in: 0..<30)))
      let before = text.encoding.ids
      model.replaceSubrange(start..<end, with: new)
      let change = text.replace(start..<end, with: new)
      let expected = try model.withUnsafeBufferPointer {
        try tokenizer.encode(utf8: $0, addSpecialTokens: false, parseSpecialTokens: true)
      }
      #expect(text.encoding == expected)
      var patched = before
      patched.replaceSubrange(
        change.removed, with: expected.ids[change.removed.lowerBound..<(change.removed.lowerBound + change.inserted)])
      #expect(patched == expected.ids)
    }
    #expect(text.encoded.utf8(0..<text.byteCount) == model)
  }
}
