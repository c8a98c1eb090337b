import Core

import TUI

/// Tokenizers and states of the Tokens workspace, made on the spot.
enum TokensSamples {
  static let text = """
    The quick brown fox doesn't jump over 12345 lazy dogs; the other foxes do.
    日本語と한국어, emoji 👩‍👩‍👧 🎵 é (e + combining: e\u{301}).

    def encode(text):
    \treturn [vocab[t] for t in split(text)]   # tokens
    <|end|>the end

    """

  /// Byte-level BPE, learned from a few lines: the same everywhere.
  static func tokenizer(_ size: Int = 420, special: [String] = ["<|end|>"]) throws -> any Tokenizer {
    var options = TokenizerTrainingOptions(kind: .bpe, vocabularySize: size, threads: 1)
    options.specialTokens = special
    options.minimumFrequency = 1
    options.name = "bpe-\(size)"
    let words = try WordCounts(reading: TrainingCorpus(texts: [text, lines]), options: options)
    return try TokenizerTraining.trainer(for: options).train(on: words) { _ in true }.tokenizer()
  }

  private static let lines = """
    the other the other fox jumps over the lazy dog and the quick brown fox encodes the text of the tokens
    tokenization of a text: the merges of the pairs that are the most frequent come first, then the others
    """

  /// The workspace alone, a text of its own in it.
  static func workspace(_ size: Size, text: String = text) throws -> (AppState, any Tokenizer) {
    let tokenizer = try tokenizer()
    var state = AppState(size: size)
    state.clock = "12:04"
    state.layout.workspace = .tokens
    state.setFocus(.tokens)
    state.tokens.tokenizerName = "bpe-420"
    state.showText(Array(text.utf8), name: "a text")
    TokensFollower.follow(&state, tokenizer, TokensWorker())
    return (state, tokenizer)
  }
}

/// Words as tokens whose ids are made up.
struct WordTokenizer: Tokenizer {
  var words: [String]

  let name = "words"
  var vocabularySize: Int { 262 + words.count * 331 }
  let specialTokens = SpecialTokens()
  let addsBOS = false

  static func id(_ index: Int) -> TokenID { TokenID(262 + index * 331) }

  func encode(utf8: UnsafeBufferPointer<UInt8>, addSpecialTokens: Bool, parseSpecialTokens: Bool) -> Encoding {
    var encoding = Encoding()
    var at = 0
    for (i, word) in words.enumerated() {
      encoding.ids.append(Self.id(i))
      encoding.offsets.append(at..<at + word.utf8.count)
      at += word.utf8.count
    }
    return encoding
  }

  private func word(_ id: TokenID) -> String? {
    let index = (Int(id) - 262) / 331
    return words.indices.contains(index) && Self.id(index) == id ? words[index] : nil
  }

  func bytes(of id: TokenID) -> [UInt8] { word(id).map { Array($0.utf8) } ?? [] }
  func token(of id: TokenID) -> String? { word(id)?.replacing(" ", with: "Ġ") }
  func id(of token: String) -> TokenID? { words.firstIndex { $0 == token }.map(Self.id) }
  func isSpecial(_ id: TokenID) -> Bool { false }
  func decode(_ ids: [TokenID], skipSpecialTokens: Bool) -> String { ids.compactMap(word).joined() }
}
