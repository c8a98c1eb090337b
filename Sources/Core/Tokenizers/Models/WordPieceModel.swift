/// WordPiece (Schuster & Nakajima 2012, as BERT uses it): from the start of a word always the longest token that fits;
/// tokens within a word are written with a prefix (`##`). A word that cannot be covered is the unknown token.
///
/// Each start walks the trie of tokens once, so a word takes time in proportion to its length times that of the longest
/// token, whatever the vocabulary's size.
final class WordPieceModel: TokenModel {
  let vocabulary: Vocabulary
  /// nil: words that cannot be covered are left out.
  let unknown: TokenID?
  let prefix: [UInt8]
  var marks: WordMarks { WordMarks(prefix: prefix) }
  /// In characters; longer words are the unknown token as they are.
  let longestWord: Int
  /// Of a vocabulary whose tokens are marked at the start of words instead: the mark as a token of its own, or -1.
  private let mark: TokenID
  /// Tokens that may begin a word, and those that may go on, without their prefix.
  private let first: TokenTrie
  private let following: TokenTrie

  init(vocabulary: Vocabulary, unknown: TokenID?, prefix: [UInt8], longestWord: Int) {
    self.vocabulary = vocabulary
    self.unknown = unknown
    self.prefix = prefix
    self.longestWord = longestWord
    first = TokenTrie(vocabulary)
    following = prefix.isEmpty ? first : TokenTrie(vocabulary, prefix: prefix)
    mark = -1
  }

  /// A vocabulary that marks where words begin (`▁`), as GGUF files have it; words may have any length.
  init(vocabulary: Vocabulary, unknown: TokenID?, wordMark: [UInt8]) {
    self.vocabulary = vocabulary
    self.unknown = unknown
    prefix = []
    longestWord = .max
    first = TokenTrie(vocabulary, prefix: wordMark)
    following = TokenTrie(vocabulary)
    mark = vocabulary.id(wordMark)
  }

  func tokenize(_ text: borrowing PieceText, scratch: EncodeScratch, into tokens: inout TokenRun) {
    let pieces = text.pieces
    text.text.withBytes { bytes in
      guard let base = bytes.baseAddress else { return }
      for piece in pieces {
        _ = tokenizeWord(base + Int(piece.start), piece.range.count, Int(piece.start), scratch, &tokens)
      }
    }
  }

  /// - Parameters:
  ///   - count: bytes of the word, at least 1.
  ///   - start: what the ranges of its tokens begin with.
  @inline(__always)
  func tokenizeWord(
    _ word: UnsafePointer<UInt8>, _ count: Int, _ start: Int, _ scratch: EncodeScratch, _ tokens: inout TokenRun
  ) {
    guard count <= WordCache.longestWord else {
      cover(word, count, start, &tokens)
      return
    }
    let place = scratch.words.place(word, count: count)
    if scratch.words.recall(place, start, &tokens) { return }
    let made = tokens.ids.count
    cover(word, count, start, &tokens)
    if tokens.ids.count > made { scratch.words.remember(place, start, tokens, from: made) }
  }

  private func cover(
    _ word: UnsafePointer<UInt8>, _ count: Int, _ start: Int, _ tokens: inout TokenRun
  ) {
    let made = tokens.ids.count
    var at = 0
    if count <= longestWord || isShort(word, count) {
      while at < count {
        var (id, length) = (at == 0 ? first : following).longest(word + at, count: count - at)
        if id < 0, at == 0, mark >= 0 {
          tokens.append(mark, start, start)
          (id, length) = following.longest(word, count: count)
        }
        guard id >= 0 else { break }
        tokens.append(id, start + at, start + at + length)
        at += length
      }
    }
    guard at < count else { return }
    tokens.removeLast(tokens.ids.count - made)
    if let unknown { tokens.append(unknown, start, start + count) }
  }

  private func isShort(_ word: UnsafePointer<UInt8>, _ count: Int) -> Bool {
    var characters = 0
    for i in 0..<count where word[i] & 0xC0 != 0x80 { characters += 1 }
    return characters <= longestWord
  }
}
