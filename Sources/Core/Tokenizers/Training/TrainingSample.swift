/// A short text under a vocabulary that grows: what its tokens are after the first so many merges.
///
/// ```swift
/// var sample = try TrainingSample("a sample", options: options)
/// sample.apply(merges)  // as they come in events
/// sample.tokens  // spans of the text, in order
/// ```
/// To go back, make it anew and apply fewer merges: a page of text takes some milliseconds for all of a vocabulary.
public struct TrainingSample: Sendable {
  public struct Token: Sendable, Equatable {
    /// UTF-8 bytes of the text.
    public var range: Range<Int>
    /// As the vocabulary writes it.
    public var written: [UInt8]
    /// Which merge made it; nil: a symbol of the alphabet.
    public var merge: Int?
  }

  public let text: String
  /// Merges applied so far.
  public private(set) var merges = 0
  private var names: [[UInt8]] = []
  private var numbers: [[UInt8]: Int32] = [:]
  private var madeBy: [Int?] = []
  /// Symbols in order, with a border (-1) between words.
  private var symbols: [(number: Int32, range: Range<Int>)] = []

  /// - Throws: ``FormatError``, ``TokenizerTrainingError`` for options that cannot be.
  public init(_ text: String, options: TokenizerTrainingOptions) throws {
    self.text = text
    let cutter = try WordCutter(options)
    let reader = WordReader(options)
    let prefix = Array((options.continuingSubwordPrefix ?? (options.kind == .wordPiece ? "##" : "")).utf8)
    let suffix = Array((options.endOfWordSuffix ?? "").utf8)
    var copy = text
    let words = copy.withUTF8 { cutter.words(of: $0) }
    for word in words {
      var at = 0
      word.bytes.withUnsafeBufferPointer { bytes in
        reader.read(bytes) { scalar, isFirst, isLast in
          let letter = utf8Bytes(scalar)
          let written = (isFirst ? [] : prefix) + letter + (isLast ? suffix : [])
          if options.isSentencePiece, at == 0, scalar == WordReader.mark {
            let start = word.sources.first?.lowerBound ?? 0
            symbols.append((number(written), start..<start))
            return
          }
          let length = options.kind == .bpe ? 1 : letter.count
          let sources = word.sources[at..<min(at + length, word.sources.count)]
          let start = sources.first?.lowerBound ?? 0
          symbols.append((number(written), start..<max(start, sources.last?.upperBound ?? start)))
          at += length
        }
      }
      symbols.append((-1, 0..<0))
    }
  }

  private mutating func number(_ written: [UInt8]) -> Int32 {
    if let known = numbers[written] { return known }
    let number = Int32(names.count)
    numbers[written] = number
    names.append(written)
    madeBy.append(nil)
    return number
  }

  /// Applies the next merges, in their order.
  public mutating func apply(_ merges: some Sequence<TokenizerTrainingEvent.Merge>) {
    for merge in merges {
      self.merges += 1
      // Most merges make tokens that this text does not hold.
      guard let left = numbers[merge.leftWritten], let right = numbers[merge.rightWritten] else { continue }
      var made: Int32?
      var write = 0
      var read = 0
      while read < symbols.count {
        if symbols[read].number == left, read + 1 < symbols.count, symbols[read + 1].number == right {
          let token = made ?? number(merge.written)
          made = token
          let range =
            symbols[read].range
            .lowerBound..<max(
              symbols[read].range.upperBound, symbols[read + 1].range.upperBound)
          symbols[write] = (token, range)
          read += 2
        } else {
          symbols[write] = symbols[read]
          read += 1
        }
        write += 1
      }
      symbols.removeLast(symbols.count - write)
      if let made, madeBy[Int(made)] == nil { madeBy[Int(made)] = merge.index }
    }
  }

  /// The tokens so far, in order; bytes of the text between them belong to none.
  public var tokens: [Token] {
    words.flatMap { $0 }
  }

  /// The tokens so far, word by word.
  var words: [[Token]] {
    symbols.split { $0.number < 0 }.map { word in
      word.map { Token(range: $0.range, written: names[Int($0.number)], merge: madeBy[Int($0.number)]) }
    }
  }

  /// How many tokens the text has now.
  public var count: Int { symbols.reduce(0) { $0 + ($1.number >= 0 ? 1 : 0) } }
}

extension WordCutter {
  /// The words of a text in order, each byte with the bytes of the text it came from.
  func words(of bytes: UnsafeBufferPointer<UInt8>) -> [(bytes: [UInt8], sources: [Range<Int>])] {
    var result: [(bytes: [UInt8], sources: [Range<Int>])] = []
    forEachText(bytes) { part, origin in
      let pieces = cut(part)
      pieces.text.withBytes { bytes in
        for piece in pieces.pieces {
          let sources = piece.range.map { i in
            let source = pieces.text.source(i..<(i + 1))
            return (source.lowerBound + origin)..<(source.upperBound + origin)
          }
          result.append((Array(bytes[piece.range]), sources))
        }
      }
    }
    return result
  }
}
