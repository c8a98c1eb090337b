/// A ``Charsmap`` as Hugging Face's `tokenizers` applies it: to each grapheme cluster of fewer than six bytes as a
/// whole, where the shortest rule that it begins with stands for all of it; else to each character.
struct PrecompiledNormalizer: Normalizer {
  let charsmap: Charsmap

  func normalize(_ text: inout AlignedText) {
    guard let first = text.withBytes({ next($0, from: 0) }) else { return }
    text.rewrite { bytes, rewriter in
      guard let base = bytes.baseAddress else { return }
      var writer = TransformWriter(bytes)
      var at: Int? = first
      while let start = at {
        writer.keep(to: start, &rewriter)
        let end = GraphemeBreaks.end(bytes, from: start)
        if end - start < 6, let match = charsmap.match(base + start, count: end - start, longest: false) {
          writer.replace(end, match.result, &rewriter)
        } else {
          var i = start
          while i < end {
            let length = utf8Length(bytes[i])
            if let match = charsmap.match(base + i, count: length, longest: false) {
              writer.replace(i + length, match.result, &rewriter)
            } else {
              writer.keep(to: i + length, &rewriter)
            }
            i += length
          }
        }
        at = next(bytes, from: end)
      }
      writer.finish(&rewriter)
    }
  }

  /// The next place where something may change. What lies before it stays as it is: characters that no rule begins
  /// with, each a cluster of its own or the start of one that begins there.
  private func next(_ bytes: UnsafeBufferPointer<UInt8>, from: Int) -> Int? {
    var i = from
    // A plain character before may be the first of a cluster.
    var plain: Int?
    while i < bytes.count {
      let (scalar, length) = decodedScalar(bytes, i)
      if charsmap.mayApply(to: scalar) {
        return GraphemeBreaks.isPlain(scalar) || scalar < 0x80 ? i : plain ?? i
      }
      if scalar >= 0x80, !GraphemeBreaks.isPlain(scalar) { return plain ?? i }
      plain = i
      i += length
    }
    return nil
  }
}

/// Writes text changed character by character with the sources that the official library gives: each new character
/// has that of the next given one, an added one that of the one before.
struct TransformWriter {
  private let bytes: UnsafeBufferPointer<UInt8>
  /// How far the text has been read.
  private var read = 0
  /// The place whose source the next character gets; behind `read` where characters at the very start were removed.
  private var place = 0
  /// The last character, whose change may still grow.
  private var pending: (text: Pending, change: Int)?

  private enum Pending {
    case given(Range<Int>)
    case new(UInt32)
  }

  init(_ bytes: UnsafeBufferPointer<UInt8>) { self.bytes = bytes }

  /// Takes over what has not been read, to `end`.
  mutating func keep(to end: Int, _ rewriter: inout AlignedText.Rewriter) {
    guard read < end else { return }
    var last = end - 1
    while last > read, bytes[last] & 0xC0 == 0x80 { last -= 1 }
    flush(&rewriter)
    if place == read {
      rewriter.keep(read..<last)
      place = last
    } else {
      var i = read
      while i < last {
        let length = utf8Length(bytes[i])
        emit(bytes[i..<(i + length)], 0, &rewriter)
        i += length
      }
    }
    pending = (.given(last..<end), 0)
    read = end
  }

  /// What has not been read, to `end`, becomes `result`.
  mutating func replace(_ end: Int, _ result: UnsafeBufferPointer<UInt8>, _ rewriter: inout AlignedText.Rewriter) {
    let old = bytes[read..<end].count { $0 & 0xC0 != 0x80 }
    let new = result.count { $0 & 0xC0 != 0x80 }
    read = end
    if new == 0 {
      pending?.change -= old
      return
    }
    var index = 0
    var i = 0
    while i < result.count {
      let (scalar, length) = decodedScalar(result, i)
      i += length
      flush(&rewriter)
      var change = index >= new - max(0, new - old) ? 1 : 0
      if index == new - 1, new < old { change += new - old }
      pending = (.new(scalar), change)
      index += 1
    }
  }

  mutating func finish(_ rewriter: inout AlignedText.Rewriter) {
    keep(to: bytes.count, &rewriter)
    flush(&rewriter)
  }

  private mutating func flush(_ rewriter: inout AlignedText.Rewriter) {
    guard let (text, change) = pending else { return }
    pending = nil
    switch text {
    case .given(let range):
      if change == 0, range.lowerBound == place {
        rewriter.keep(range)
        place = range.upperBound
      } else {
        emit(bytes[range], change, &rewriter)
      }
    case .new(let scalar):
      guard let scalar = Unicode.Scalar(scalar), let encoded = UTF8.encode(scalar) else { return }
      emit(encoded, change, &rewriter)
    }
  }

  private mutating func emit(_ text: some Collection<UInt8>, _ change: Int, _ rewriter: inout AlignedText.Rewriter) {
    if change > 0 {
      var start = max(0, place - 1)
      while start > 0, bytes[start] & 0xC0 == 0x80 { start -= 1 }
      rewriter.write(text, for: start..<place)
      return
    }
    let end = place < bytes.count ? place + utf8Length(bytes[place]) : place
    rewriter.write(text, for: place..<end)
    place = end
    for _ in 0..<(-change) where place < bytes.count { place += utf8Length(bytes[place]) }
  }
}
