/// BERT's basic cleaning (Devlin et al. 2019): control characters go, white space becomes spaces, Chinese characters
/// stand apart, accents go, letters become small. One pass over the text.
struct BertNormalizer: Normalizer {
  let cleansText: Bool
  let separatesChinese: Bool
  let stripsAccents: Bool
  let lowercases: Bool
  /// What becomes of each ASCII byte: 0xFF, it goes.
  private let ascii: [UInt8]

  init(cleansText: Bool, separatesChinese: Bool, stripsAccents: Bool, lowercases: Bool) {
    self.cleansText = cleansText
    self.separatesChinese = separatesChinese
    self.stripsAccents = stripsAccents
    self.lowercases = lowercases
    ascii = (UInt8(0)..<128).map { byte in
      if cleansText {
        if byte == 0x09 || byte == 0x0A || byte == 0x0D { return 0x20 }
        if byte < 0x20 || byte == 0x7F { return 0xFF }
      }
      return lowercases && byte >= 0x41 && byte <= 0x5A ? byte + 32 : byte
    }
  }

  func normalize(_ text: inout AlignedText) {
    text.rewrite { bytes, rewriter in
      ascii.withUnsafeBufferPointer { ascii in
        var segment = Segment()
        var kept = 0
        var i = 0
        while i < bytes.count {
          let byte = bytes[i]
          if byte < 0x80 {
            let new = ascii[Int(byte)]
            if new != byte {
              rewriter.keep(kept..<i)
              if new != 0xFF { rewriter.write(CollectionOfOne(new), for: i..<(i + 1)) }
              kept = i + 1
            }
            i += 1
            continue
          }
          let (scalar, length) = decodedScalar(bytes, i)
          guard mayChange(scalar) else {
            i += length
            continue
          }
          rewriter.keep(kept..<i)
          i = rewriteSegment(bytes, from: i, &segment, &rewriter)
          kept = i
        }
        rewriter.keep(kept..<bytes.count)
      }
    }
  }

  private func mayChange(_ scalar: UInt32) -> Bool {
    let bits = CharacterTraits.table[scalar]
    if cleansText, bits & (CharacterTraits.other | CharacterTraits.space) != 0 || scalar == 0xFFFD { return true }
    if bits & CharacterTraits.chinese != 0, separatesChinese { return true }
    if lowercases, scalar == 0x130 || CharacterTraits.lowercase[scalar] != 0 { return true }
    return stripsAccents
      && (bits & CharacterTraits.nonspacingMark != 0 || Composition.tables.isInvolved(scalar, .decomposed))
  }

  private struct Segment {
    var items: [Composition.Item] = []
    var sources: [Range<Int>] = []
  }

  /// Rewrites the run of characters that may change, from `from` on.
  /// - Returns: its end.
  private func rewriteSegment(
    _ bytes: UnsafeBufferPointer<UInt8>, from: Int, _ segment: inout Segment, _ rewriter: inout AlignedText.Rewriter
  ) -> Int {
    segment.items.removeAll(keepingCapacity: true)
    segment.sources.removeAll(keepingCapacity: true)
    var i = from
    while i < bytes.count {
      if bytes[i] < 0x80 {
        // What goes does not keep marks apart.
        guard ascii[Int(bytes[i])] == 0xFF else { break }
        i += 1
        continue
      }
      let (scalar, length) = decodedScalar(bytes, i)
      guard mayChange(scalar) else { break }
      let range = i..<(i + length)
      i += length
      let bits = CharacterTraits.table[scalar]
      func add(_ scalar: UInt32) {
        segment.sources.append(range)
        if stripsAccents {
          Composition.decompose(scalar, .decomposed, into: &segment.items)
        } else {
          segment.items.append(Composition.Item(scalar: scalar, combiningClass: 0, change: 0))
        }
      }
      if cleansText, bits & CharacterTraits.other != 0 || scalar == 0xFFFD { continue }
      if cleansText, bits & CharacterTraits.space != 0 {
        add(0x20)
      } else if separatesChinese, bits & CharacterTraits.chinese != 0 {
        add(0x20)
        add(scalar)
        add(0x20)
      } else {
        add(scalar)
      }
    }
    if stripsAccents { Composition.order(&segment.items) }
    var next = 0
    for item in segment.items {
      let place = min(max(0, item.change > 0 ? next - 1 : next), segment.sources.count - 1)
      if item.change <= 0 { next += 1 }
      if stripsAccents, CharacterTraits.table[item.scalar] & CharacterTraits.nonspacingMark != 0 { continue }
      let scalar = lowercases ? CharacterTraits.lowercased(item.scalar) : item.scalar
      rewriter.write(scalar: scalar, for: segment.sources[place])
      if lowercases, item.scalar == 0x130 { rewriter.write(scalar: 0x307, for: segment.sources[place]) }
    }
    return i
  }
}
