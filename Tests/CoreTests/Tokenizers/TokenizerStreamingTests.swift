import Core
import TestSupport
import Testing

/// What is shown while tokens come is exactly what decoding them at once gives, and never half a character.
@Suite struct TokenizerStreamingTests {
  private func check(_ tokenizer: any Tokenizer, _ ids: [TokenID], skip: Bool) {
    var stream = StreamingDetokenizer(tokenizer, skipSpecialTokens: skip)
    var text = ""
    for id in ids { text += stream.push(id) }
    text += stream.finish()
    #expect(Array(text.utf8) == Array(tokenizer.decode(ids, skipSpecialTokens: skip).utf8), "\(ids)")
  }

  private func checkRandom(_ tokenizer: any Tokenizer, rounds: Int, rare: [TokenID] = []) {
    var generator = SystemRandomNumberGenerator()
    for _ in 0..<rounds {
      let ids = (0..<Int.random(in: 0..<12, using: &generator)).map { _ -> TokenID in
        if !rare.isEmpty, Bool.random(using: &generator) { return rare.randomElement(using: &generator)! }
        return TokenID.random(in: 0..<TokenID(tokenizer.vocabularySize), using: &generator)
      }
      check(tokenizer, ids, skip: Bool.random(using: &generator))
    }
  }

  @Test func byteLevel() throws {
    let tokenizer = try SmallVocabulary.train(320).tokenizer
    checkRandom(tokenizer, rounds: 500)
    try check(tokenizer, tokenizer.encode(SmallVocabulary.text), skip: true)
  }

  @Test func neverHalfACharacter() throws {
    let tokenizer = try SmallVocabulary.train(259).tokenizer
    var stream = StreamingDetokenizer(tokenizer)
    var shown: [String] = []
    for id in try tokenizer.encode("é🙂x") { shown.append(stream.push(id)) }
    #expect(shown == ["", "é", "", "", "", "🙂", "x"])
    #expect(stream.finish() == "")
    // A character cut off by the end, and one cut off by another.
    let emoji = try tokenizer.encode("🙂")
    for id in emoji.prefix(2) { #expect(stream.push(id) == "") }
    #expect(try stream.push(tokenizer.encode("a")[0]) == "\u{FFFD}a")
    _ = stream.push(emoji[0])
    #expect(stream.finish() == "\u{FFFD}")
  }

  @Test(arguments: ["llama2", "phi-3", "qwen2", "llama2/ggml-vocab-llama-spm.gguf"])
  func officialVocabularies(_ name: String) throws {
    guard let path = Fixtures.path("tokenizers/\(name)") else { return }
    let tokenizer = try TokenizerLoader.load(path: path)
    // Byte tokens and the space alone are what streams go wrong over.
    let rare = (3..<259).map { TokenID($0) } + ["▁", "▁▁", "<s>"].compactMap { tokenizer.id(of: $0) }
    checkRandom(tokenizer, rounds: 300, rare: rare)
    try check(tokenizer, tokenizer.encode(" Hello 🙂🙂 wörld  "), skip: true)
  }

  @Test func leadingSpaceAsDecoded() throws {
    guard let path = Fixtures.path("tokenizers/llama2") else { return }
    let tokenizer = try TokenizerLoader.load(path: path)
    var stream = StreamingDetokenizer(tokenizer)
    let ids = try tokenizer.encode("Hello there")
    #expect(ids.map { stream.push($0) }.joined() + stream.finish() == "Hello there")
    // The stream can be used again for the next text.
    #expect(ids.map { stream.push($0) }.joined() + stream.finish() == "Hello there")
  }
}
