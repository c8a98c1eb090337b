/// What sentencepiece does to a text at a place: a user-defined symbol stays as it is, else the longest rule that the
/// text goes on with applies.
struct SentencePieceRules: Sendable {
  let charsmap: Charsmap?
  let userDefined: UnigramTrie?
  /// llama.cpp lets a text alone as far as it is the beginning of a user-defined symbol.
  var takesBeginnings = false
  /// Of each byte whether text that begins with it stays as it is, spaces and `▁` apart.
  private let isPlain: [Bool]

  init(charsmap: Charsmap?, userDefined: UnigramTrie?, takesBeginnings: Bool = false) {
    self.charsmap = charsmap
    self.userDefined = userDefined
    self.takesBeginnings = takesBeginnings
    isPlain = (0...255).map { byte in
      var node = UnigramTrie.root
      if userDefined?.step(&node, UInt8(byte)) == true || byte == 0x20 || byte == 0xE2 { return false }
      return byte < 0x80 ? charsmap?.mayApply(to: UInt32(byte)) != true : charsmap == nil
    }
  }

  /// The end of the text from `i` on that stays as it is, spaces and `▁` apart.
  @inline(__always)
  func plainEnd(_ bytes: UnsafeBufferPointer<UInt8>, from: Int) -> Int {
    isPlain.withUnsafeBufferPointer { isPlain in
      var i = from
      while i < bytes.count {
        let byte = bytes[i]
        if isPlain[Int(byte)] {
          i &+= 1
          continue
        }
        guard byte >= 0x80, userDefined == nil else { break }
        let (scalar, length) = decodedScalar(bytes, i)
        if scalar == 0x2581 || charsmap?.mayApply(to: scalar) == true { break }
        i &+= length
      }
      return i
    }
  }

  /// What becomes of the text at `i`.
  func prefix(
    _ bytes: UnsafeBufferPointer<UInt8>, at i: Int
  ) -> (length: Int, result: UnsafeBufferPointer<UInt8>) {
    guard let base = bytes.baseAddress else { return (0, bytes) }
    if let userDefined {
      let match = userDefined.longestPrefix(base + i, count: bytes.count - i)
      let length = takesBeginnings ? match.path : match.length
      if length > 0 { return (length, UnsafeBufferPointer(rebasing: bytes[i..<(i + length)])) }
    }
    if let match = charsmap?.match(base + i, count: bytes.count - i, longest: true) { return match }
    let length = min(utf8Length(bytes[i]), bytes.count - i)
    return (length, UnsafeBufferPointer(rebasing: bytes[i..<(i + length)]))
  }
}

/// sentencepiece's own way with a text (Kudo & Richardson 2018): its rules apply, runs of spaces become one, those at
/// the ends go, spaces become `▁`, and one more is put before or after the text.
struct SentencePieceNormalizer: Normalizer {
  let rules: SentencePieceRules
  let addsDummyPrefix: Bool
  let removesExtraSpaces: Bool
  let escapesSpaces: Bool
  /// The dummy space stands after the text.
  let isSuffix: Bool

  /// Whether all it does is a mark for each space, and one before the text.
  var onlyMarksSpaces: Bool {
    rules.charsmap == nil && rules.userDefined == nil && !removesExtraSpaces && escapesSpaces && !isSuffix
  }

  private var space: [UInt8] { escapesSpaces ? PipelineTokenizer.mark : [0x20] }

  func normalize(_ text: inout AlignedText) {
    guard !text.isEmpty else { return }
    text.rewrite { bytes, rewriter in
      var i = 0
      while removesExtraSpaces, i < bytes.count {
        let next = rules.prefix(bytes, at: i)
        guard next.result.count == 1, next.result[0] == 0x20 else { break }
        i += next.length
      }
      guard i < bytes.count else { return }
      if escapesSpaces, !removesExtraSpaces {
        rewriter.reserve(bytes.count + 2 * bytes.count { $0 == 0x20 } + 8)
      }
      var writer = Writer(space: space, trims: removesExtraSpaces, escapes: escapesSpaces)
      if addsDummyPrefix, !isSuffix {
        writer.space(for: i..<min(i + utf8Length(bytes[i]), bytes.count), &rewriter)
      }
      let isSpacePlain = rules.isSpacePlain
      var followsSpace = removesExtraSpaces
      while i < bytes.count {
        if bytes[i] == 0x20, isSpacePlain {
          if !followsSpace { writer.space(for: i..<(i + 1), &rewriter) }
          followsSpace = removesExtraSpaces
          i += 1
          continue
        }
        let end = rules.plainEnd(bytes, from: i)
        if end > i {
          writer.keep(i..<end, &rewriter)
          followsSpace = false
          i = end
          continue
        }
        let (length, result) = rules.prefix(bytes, at: i)
        let range = i..<min(bytes.count, i + length)
        i = range.upperBound
        var rest = result[...]
        while followsSpace, rest.first == 0x20 { rest.removeFirst() }
        guard !rest.isEmpty else { continue }
        writer.write(rest, for: range, &rewriter)
        followsSpace = removesExtraSpaces && rest.last == 0x20
      }
      if addsDummyPrefix, isSuffix { rewriter.write(space, for: bytes.count..<bytes.count) }
    }
  }

  /// Holds spaces back until something follows, where those at the end go.
  private struct Writer {
    let space: [UInt8]
    let trims: Bool
    let escapes: Bool
    private var pending: [Range<Int>] = []

    init(space: [UInt8], trims: Bool, escapes: Bool) {
      self.space = space
      self.trims = trims
      self.escapes = escapes
    }

    mutating func space(for range: Range<Int>, _ rewriter: inout AlignedText.Rewriter) {
      if trims {
        pending.append(range)
      } else {
        rewriter.write(space, for: range)
      }
    }

    private mutating func flush(_ rewriter: inout AlignedText.Rewriter) {
      guard !pending.isEmpty else { return }
      for range in pending { rewriter.write(space, for: range) }
      pending.removeAll(keepingCapacity: true)
    }

    mutating func keep(_ range: Range<Int>, _ rewriter: inout AlignedText.Rewriter) {
      flush(&rewriter)
      rewriter.keep(range)
    }

    mutating func write(
      _ text: Slice<UnsafeBufferPointer<UInt8>>, for range: Range<Int>, _ rewriter: inout AlignedText.Rewriter
    ) {
      var i = text.startIndex
      while i < text.endIndex {
        // A `▁` in the text is no different from one that stands for a space.
        let rest = text[i...]
        if rest.first == 0x20 {
          space(for: range, &rewriter)
          i += 1
        } else if escapes, rest.starts(with: PipelineTokenizer.mark) {
          space(for: range, &rewriter)
          i += 3
        } else {
          flush(&rewriter)
          var end = i + 1
          while end < text.endIndex, text[end] != 0x20, text[end] != 0xE2 { end += 1 }
          rewriter.write(text[i..<end], for: range)
          i = end
        }
      }
    }
  }
}

extension SentencePieceRules {
  /// Whether a space is only a space.
  var isSpacePlain: Bool {
    var node = UnigramTrie.root
    return userDefined?.step(&node, 0x20) != true && charsmap?.mayApply(to: 0x20) != true
  }
}
