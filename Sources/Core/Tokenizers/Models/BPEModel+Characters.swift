/// What a BPE vocabulary writes around the characters of a word: `##` before all but the first
/// (`continuing_subword_prefix`), `</w>` after the last (`end_of_word_suffix`; Sennrich et al. 2016, CLIP).
struct WordMarks: Sendable {
  var prefix: [UInt8] = []
  var suffix: [UInt8] = []

  var isEmpty: Bool { prefix.isEmpty && suffix.isEmpty }

  /// The text of a token.
  func removed(from token: UnsafeBufferPointer<UInt8>) -> [UInt8] {
    var bytes = token[...]
    if bytes.count > prefix.count, bytes.starts(with: prefix) { bytes = bytes.dropFirst(prefix.count) }
    if bytes.count > suffix.count, bytes.suffix(suffix.count).elementsEqual(suffix) {
      bytes = bytes.dropLast(suffix.count)
    }
    return Array(bytes)
  }
}

extension BPEModel {
  /// The characters of a word as symbols (single bytes of a byte-level vocabulary), marked as the vocabulary has them.
  /// Those it lacks become byte tokens or the unknown token.
  /// - Parameters:
  ///   - from: where a character begins.
  ///   - most: how many symbols are enough.
  func addCharacters(
    _ word: UnsafePointer<UInt8>, _ count: Int, _ symbols: SymbolList, from: Int = 0, most: Int = .max
  ) -> Added {
    var pending: (start: Int, length: Int)?
    var isWhole = true
    func flush(at place: Int) {
      if let (start, length) = pending, let unknown {
        // Byte tokens that came in between stand before it, as in the official library.
        if start + length == place {
          symbols.append(unknown, start: start, length: length)
        } else {
          symbols.append(unknown, start: place, length: 0)
          isWhole = false
        }
      }
      pending = nil
    }
    // A marked last character may become more byte tokens than it has bytes.
    if most == .max { symbols.removeAll(reserving: count + marks.prefix.count * count + marks.suffix.count) }
    var marked: [UInt8] = []
    var i = from
    while i < count, symbols.count < most || pending != nil {
      // A window may begin at a byte token within a character.
      let isWithin = isByteLevel || word[i] & 0xC0 == 0x80
      let length = isWithin ? 1 : min(utf8Length(word[i]), count - i)
      defer { i += length }
      let id: TokenID
      let isMarked = !marks.isEmpty && (i > 0 || i + length == count)
      if isMarked {
        marked.removeAll(keepingCapacity: true)
        if i > 0 { marked.append(contentsOf: marks.prefix) }
        for j in i..<(i + length) { marked.append(word[j]) }
        if i + length == count { marked.append(contentsOf: marks.suffix) }
        id = vocabulary.id(marked)
      } else {
        id = vocabulary.id(word + i, count: length)
      }
      if id >= 0 {
        flush(at: i)
        symbols.append(id, start: i, length: length)
        continue
      }
      if fallsBackToBytes, addByteTokens(word, i, length, isMarked ? marked : nil, symbols) {
        if isMarked { isWhole = false }
        continue
      }
      guard unknown != nil else {
        isWhole = false
        continue
      }
      if !fusesUnknown { flush(at: i) }
      pending = (pending?.start ?? i, (pending?.length ?? 0) + length)
    }
    flush(at: i)
    return Added(end: i, isWhole: isWhole)
  }

  /// - Parameter marked: the character with its marks, whose bytes become tokens too.
  private func addByteTokens(
    _ word: UnsafePointer<UInt8>, _ start: Int, _ length: Int, _ marked: [UInt8]?, _ symbols: SymbolList
  ) -> Bool {
    guard let marked else {
      guard (start..<(start + length)).allSatisfy({ byteTokens[Int(word[$0])] >= 0 }) else { return false }
      for j in start..<(start + length) { symbols.append(byteTokens[Int(word[j])], start: j, length: 1) }
      return true
    }
    guard marked.allSatisfy({ byteTokens[Int($0)] >= 0 }) else { return false }
    for (index, byte) in marked.enumerated() {
      // All of the character's place for each: the marks have none.
      symbols.append(byteTokens[Int(byte)], start: index == 0 ? start : start + length, length: index == 0 ? length : 0)
    }
    return true
  }
}
