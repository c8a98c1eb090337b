/// Encoding where nobody asks which token came from where: text is cut, its pieces looked up among those seen before, and
/// their ids written, without a list of pieces or offsets in between.
extension PipelineTokenizer {
  public func encodeIDs(
    utf8: UnsafeBufferPointer<UInt8>, addSpecialTokens: Bool, parseSpecialTokens: Bool
  ) throws -> [TokenID] {
    var ids = addSpecialTokens ? stages.postProcessor?.prefix ?? [] : []
    try scratch.with { try encode(utf8, parseSpecialTokens, $0, window: Self.window, into: &ids) }
    if addSpecialTokens, let suffix = stages.postProcessor?.suffix { ids += suffix }
    return ids
  }

  public func encodeIDs(
    utf8: UnsafeBufferPointer<UInt8>, addSpecialTokens: Bool, parseSpecialTokens: Bool,
    into receive: (UnsafeBufferPointer<TokenID>) -> Void
  ) throws {
    var ids = addSpecialTokens ? stages.postProcessor?.prefix ?? [] : []
    try withoutActuallyEscaping(receive) { receive in
      try scratch.with { scratch in
        scratch.output.receiver = receive
        defer { scratch.output.receiver = nil }
        try encode(utf8, parseSpecialTokens, scratch, window: Self.window, into: &ids)
      }
    }
    if addSpecialTokens, let suffix = stages.postProcessor?.suffix { ids += suffix }
    ids.withUnsafeBufferPointer(receive)
  }

  /// For tests: windows of another size.
  package func encodeIDs(utf8: UnsafeBufferPointer<UInt8>, parseSpecialTokens: Bool, window: Int) throws -> [TokenID] {
    var ids: [TokenID] = []
    try scratch.with { try encode(utf8, parseSpecialTokens, $0, window: window, into: &ids) }
    return ids
  }

  private func encode(
    _ utf8: UnsafeBufferPointer<UInt8>, _ parsesSpecial: Bool, _ scratch: EncodeScratch, window: Int,
    into ids: inout [TokenID]
  ) throws {
    // Only places tell what of a text has no token.
    guard !mayLackTokens else {
      return try encodeParts(utf8, parsesSpecial, window: window) { ids += $0.ids[$1.first...] }
    }
    for part in Self.parts(utf8) {
      guard part.count > 2 * window, rewritesText || !AlignedText.isWellFormed(part) else {
        encode(part, parsesSpecial, scratch, into: &ids)
        try checkGrowth(scratch, of: part.count)
        continue
      }
      let receiver = scratch.output.receiver
      var some: [TokenID] = []
      try forEachWindow(of: part, size: window) { window in
        // Not before it is known which of them belong to the text before.
        scratch.output.receiver = nil
        some.removeAll(keepingCapacity: true)
        encode(window.text, parsesSpecial, scratch, into: &some)
        scratch.output.receiver = receiver
        try checkGrowth(scratch, of: window.text.count)
        let new = try some[min(some.count, tokenCount(of: window, parsesSpecial))...]
        if let receiver {
          if !ids.isEmpty { ids.withUnsafeBufferPointer(receiver) }
          ids.removeAll()
          new.withUnsafeBufferPointer(receiver)
        } else {
          TokenBuffer.makeRoom(in: &ids, for: new.count, done: window.end, of: part.count)
          ids.append(contentsOf: new)
        }
      }
    }
  }

  /// How many tokens the part before a window has that is given with it.
  private func tokenCount(of window: TextWindow, _ parsesSpecial: Bool) throws -> Int {
    guard window.anchor > 0 else { return 0 }
    let anchor = UnsafeBufferPointer(rebasing: window.text[..<window.anchor])
    return try encode(utf8: anchor, addSpecialTokens: false, parseSpecialTokens: parsesSpecial).ids.count
  }

  /// Places are kept in 32 bits; a longer text is worked on in parts.
  static func parts(_ utf8: UnsafeBufferPointer<UInt8>) -> [UnsafeBufferPointer<UInt8>] {
    var parts: [UnsafeBufferPointer<UInt8>] = []
    var from = 0
    while from < utf8.count {
      var end = min(utf8.count, from + Int(Int32.max))
      while end < utf8.count, end > from, utf8[end] & 0xC0 == 0x80 { end -= 1 }
      parts.append(UnsafeBufferPointer(rebasing: utf8[from..<end]))
      from = end
    }
    return parts
  }

  private func encode(
    _ utf8: UnsafeBufferPointer<UInt8>, _ parsesSpecial: Bool, _ scratch: EncodeScratch, into ids: inout [TokenID]
  ) {
    let text = AlignedText.repairing(utf8, keepsSources: asksForPlaces)
    scratch.begin(utf8.count)
    forEachPart(of: text, normalized: false, parsesSpecial) { part in
      guard !scratch.isOverfull else { return }
      switch part {
      case .token(let id, _): ids.append(id)
      case .text(let range):
        var section = text.slice(range)
        if !stages.added.hasNormalizedTokens, encodeFused(section, scratch, into: &ids) { return }
        if !asksForPlaces { section.forgetSources() }
        stages.normalizer?.normalize(&section)
        scratch.note(section, of: range.count)
        guard stages.added.hasNormalizedTokens else {
          encodeSection(section, scratch, into: &ids)
          return
        }
        forEachPart(of: section, normalized: true, parsesSpecial) { part in
          guard !scratch.isOverfull else { return }
          switch part {
          case .token(let id, _): ids.append(id)
          case .text(let range): encodeSection(section.slice(range), scratch, into: &ids)
          }
        }
      }
    }
  }

  /// Text that neither the normalizer nor the pre-tokenizer need to see.
  /// - Returns: false where there is no such way.
  private func encodeFused(_ section: AlignedText, _ scratch: EncodeScratch, into ids: inout [TokenID]) -> Bool {
    if let words = spacedWords {
      section.withBytes { PieceEncoder(text: $0, scratch: scratch).encode(words, into: &ids) }
      return true
    }
    guard let fused = stages.fused else { return false }
    section.withBytes { fused.tokenize($0, scratch: scratch, intoIDs: &ids) }
    return true
  }

  /// Text without added tokens, as the normalizer has left it.
  private func encodeSection(_ section: AlignedText, _ scratch: EncodeScratch, into ids: inout [TokenID]) {
    guard let model = pieceModel else {
      var pieces = PieceText(section)
      stages.preTokenizer?.split(&pieces)
      scratch.note(pieces.text, of: section.count)
      guard !scratch.isOverfull else { return }
      scratch.run.removeAll()
      stages.model.tokenize(pieces, scratch: scratch, into: &scratch.run)
      ids.append(contentsOf: scratch.run.ids)
      return
    }
    guard let cut else {
      var pieces = PieceText(section)
      stages.preTokenizer?.split(&pieces)
      scratch.note(pieces.text, of: section.count)
      guard !scratch.isOverfull else { return }
      pieces.text.withBytes { PieceEncoder(text: $0, scratch: scratch).encode(pieces.pieces, model, into: &ids) }
      return
    }
    section.withBytes { PieceEncoder(text: $0, scratch: scratch).encode(cut, model, into: &ids) }
  }
}

/// Looks up the pieces of a text, and has the model make tokens of those that were not seen before.
struct PieceEncoder {
  let text: UnsafeBufferPointer<UInt8>
  let scratch: EncodeScratch

  /// Encodes the text from `start` on, cut by `cut`.
  func encode(_ cut: PieceCut, _ model: any PieceModel, from start: Int = 0, into ids: inout [TokenID]) {
    var at = start
    while at < text.count {
      let found = cut.next(text, from: at, into: scratch.ends)
      let end = Int(scratch.ends[found - 1])
      scratch.output.append(to: &ids, atMost: end - at + 4, done: at, of: text.count) {
        encode(found, from: at, model)
      }
      at = end
    }
  }

  /// Encodes all of the text, which begins with a mark that is not there.
  func encode(_ words: SpacedWords, into ids: inout [TokenID]) {
    guard !text.isEmpty else { return }
    let first = words.firstEnd(text)
    scratch.output.reserve(first + 4)
    words.tokenizeFirst(UnsafeBufferPointer(rebasing: text[..<first]), scratch: scratch, into: scratch.output)
    flush(first, into: &ids)
    encode(words.cut, words, from: first, into: &ids)
  }

  /// Encodes pieces of the text that a pre-tokenizer has made.
  func encode(_ pieces: [Piece], _ model: any PieceModel, into ids: inout [TokenID]) {
    let ends = scratch.ends
    var found = 0
    var start = 0
    for piece in pieces {
      // Pieces in one call lie one behind the other.
      if found > 0, ends[found - 1] != piece.start {
        encode(found, from: start, model)
        found = 0
      }
      var at = Int(piece.start)
      if found == 0 { start = at }
      let end = Int(piece.end)
      while at < end {
        at = model.wordEnd(UnsafeBufferPointer(rebasing: text[..<end]), from: at)
        ends[found] = UInt32(truncatingIfNeeded: at)
        found += 1
        guard found == ends.count else { continue }
        encode(found, from: start, model)
        found = 0
        start = at
        if scratch.output.count > TokenBuffer.batch { flush(at, into: &ids) }
      }
    }
    encode(found, from: start, model)
    flush(text.count, into: &ids)
  }

  /// Appends the tokens of the first pieces of `scratch.ends` to the output.
  private func encode(_ count: Int, from start: Int, _ model: any PieceModel) {
    PieceLookup(text: text, batch: scratch.pieces, model: model, scratch: scratch)
      .encode(from: start, to: UnsafeBufferPointer(rebasing: scratch.ends[..<count]))
  }

  /// - Parameter done: how many bytes of the text the ids so far stand for.
  private func flush(_ done: Int, into ids: inout [TokenID]) {
    scratch.output.flush(into: &ids, done: done, of: text.count)
  }
}
