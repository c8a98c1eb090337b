import Synchronization

/// WordPiece (Schuster & Nakajima 2012, as BERT uses it): from the start of a word always the longest token that fits;
/// tokens within a word are written with a prefix (`##`). A word that cannot be covered is the unknown token.
///
/// Each start walks the trie of tokens once, so a short word takes time in proportion to its length times that of the
/// longest token, whatever the vocabulary's size; a long one to its length (``ReversedTokens``).
final class WordPieceModel: TokenModel {
  let vocabulary: Vocabulary
  /// ``TokenID/lacking`` where there is none.
  let unknown: TokenID
  var mayLackTokens: Bool { unknown == .lacking }
  let prefix: [UInt8]
  var marks: WordMarks { WordMarks(prefix: prefix) }
  /// In characters; longer words are the unknown token as they are.
  let longestWord: Int
  /// Of a vocabulary whose tokens are marked at the start of words instead: the mark as a token of its own, or -1.
  private let mark: TokenID
  /// Tokens that may begin a word, and those that may go on, without their prefix.
  private let first: TokenTrie
  private let following: TokenTrie
  private let followingPrefix: [UInt8]
  private let reversedTokens = Mutex<ReversedTokens?>(nil)

  /// - Throws: where tries from a cache are damaged.
  init(
    vocabulary: Vocabulary, unknown: TokenID, prefix: [UInt8], longestWord: Int, cache: TableCache = .off
  ) throws {
    self.vocabulary = vocabulary
    self.unknown = unknown
    self.prefix = prefix
    self.longestWord = longestWord
    first = try cache.trie("first", vocabulary)
    following = prefix.isEmpty ? first : try cache.trie("following", vocabulary, prefix: prefix)
    followingPrefix = prefix
    mark = -1
  }

  /// A vocabulary that marks where words begin (`▁`), as GGUF files have it; words may have any length.
  /// - Throws: where tries from a cache are damaged.
  init(vocabulary: Vocabulary, unknown: TokenID, wordMark: [UInt8], cache: TableCache = .off) throws {
    self.vocabulary = vocabulary
    self.unknown = unknown
    prefix = []
    longestWord = .max
    first = try cache.trie("first", vocabulary, prefix: wordMark)
    following = try cache.trie("following", vocabulary)
    followingPrefix = []
    mark = vocabulary.id(wordMark)
  }

  func tokenize(_ text: borrowing PieceText, scratch: EncodeScratch, into tokens: inout TokenRun) {
    let pieces = text.pieces
    let words = scratch.words
    var run = TokenRun()
    text.text.withBytes { bytes in
      guard let base = bytes.baseAddress else { return }
      for piece in pieces {
        tokenizeWord(base + Int(piece.start), piece.range.count, Int(piece.start), words, &run, &tokens)
      }
    }
  }

  /// - Parameters:
  ///   - count: bytes of the word, at least 1.
  ///   - start: what the ranges of its tokens begin with.
  ///   - run: memory to work in.
  @inline(__always)
  func tokenizeWord(
    _ word: UnsafePointer<UInt8>, _ count: Int, _ start: Int, _ words: WordCache, _ run: inout TokenRun,
    _ tokens: inout some TokenSink
  ) {
    guard count <= WordCache.longestWord else {
      run.removeAll()
      cover(word, count, start, &run)
      take(run, start, &tokens)
      return
    }
    tokens.prepare(WordCache.mostTokens, done: start)
    let place = words.place(word, count: count)
    if words.recall(place, start, &tokens) { return }
    run.removeAll()
    cover(word, count, start, &run)
    if !run.ids.isEmpty { words.remember(place, start, run, from: 0) }
    take(run, start, &tokens)
  }

  private func take(_ run: TokenRun, _ start: Int, _ tokens: inout some TokenSink) {
    tokens.prepare(run.ids.count, done: start)
    for i in run.ids.indices { tokens.append(run.ids[i], Int(run.ranges[i].start), Int(run.ranges[i].end)) }
  }

  private func cover(
    _ word: UnsafePointer<UInt8>, _ count: Int, _ start: Int, _ tokens: inout TokenRun
  ) {
    var at = 0
    if count <= longestWord || isShort(word, count) {
      let reversed = count > Self.shortWord ? reversed : nil
      let lengths = reversed?.longest(word, count)
      while at < count {
        var id: TokenID
        var length: Int
        if at > 0, let lengths {
          (id, length) = lengths[at]
        } else {
          (id, length) = (at == 0 ? first : following).longest(word + at, count: count - at)
        }
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
    tokens.removeAll()
    tokens.append(unknown, start, start + count)
  }

  /// In words of more bytes the longest match is not looked for at each place anew.
  static let shortWord = 256
  /// Where tokens are so long that such words would take long; made when the first one comes.
  private var reversed: ReversedTokens? {
    guard vocabulary.longest > Self.shortWord else { return nil }
    return reversedTokens.withLock { tokens in
      if let tokens { return tokens }
      let made = ReversedTokens(vocabulary, prefix: followingPrefix)
      tokens = made
      return made
    }
  }

  private func isShort(_ word: UnsafePointer<UInt8>, _ count: Int) -> Bool {
    var characters = 0
    for i in 0..<count where word[i] & 0xC0 != 0x80 { characters += 1 }
    return characters <= longestWord
  }
}
