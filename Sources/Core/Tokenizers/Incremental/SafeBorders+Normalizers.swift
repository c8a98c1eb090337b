// What normalizers do at a border: see `BorderAware`. A kind of stage that is not here looks across for all we know, and
// texts are then encoded as a whole.

// MARK: - Normalizers

extension NormalizerSequence: BorderAware {
  func respects(_ border: inout BorderState) -> Bool {
    for stage in stages {
      guard let stage = stage as? any BorderAware, stage.respects(&border) else { return false }
    }
    return true
  }
}

extension PrependNormalizer: BorderAware {
  /// The text after a border has a character before it.
  func respects(_ border: inout BorderState) -> Bool { true }
}

extension UnicodeNormalizer: BorderAware {
  /// Space and line feed are starters that compose with nothing, and canonically no letter, number or mark becomes white
  /// space. Compatibility forms of others may begin or end with a space, so with them only a space after ASCII will do.
  func respects(_ border: inout BorderState) -> Bool {
    guard form == .composed || form == .decomposed else {
      border.before = .ascii
      return border.kind == .space
    }
    border.mayFollowOther = true
    return true
  }
}

extension ReplaceNormalizer: BorderAware {
  func respects(_ border: inout BorderState) -> Bool {
    switch border.kind {
    case .space:
      if literal == border.space {
        border.space = replacement
        return !replacement.isEmpty
      }
      border.mayFollowOther = true
      return isPlain
    // A line feed is respected where it is not replaced and the characters beside it keep their classes.
    case .line: return literal == [0x20] && replacement == PipelineTokenizer.mark || isPlain && !hasLetters
    }
  }

  /// Neither side has anything to do with white space or its mark.
  private var isPlain: Bool {
    let bytes = literal + replacement
    return !replacement.isEmpty && bytes.allSatisfy { $0 > 0x20 && $0 < 0x7F }
  }

  private var hasLetters: Bool {
    literal.contains { byte in
      (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
        || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
    }
  }
}

extension StripNormalizer: BorderAware {
  /// At a space, the text before ends with what stays, and the text after has it before it.
  func respects(_ border: inout BorderState) -> Bool { border.kind == .space ? !border.mayFollowSpace : !right }
}

extension LowercaseNormalizer: BorderAware {
  func respects(_ border: inout BorderState) -> Bool {
    border.mayFollowOther = true
    return true
  }
}

extension StripAccentsNormalizer: BorderAware {
  /// Letters, numbers and punctuation are no marks.
  func respects(_ border: inout BorderState) -> Bool {
    border.mayFollowOther = true
    return true
  }
}

extension NmtNormalizer: BorderAware {
  /// Letters, numbers and ASCII marks stay, as does the space; line feeds become spaces.
  func respects(_ border: inout BorderState) -> Bool { border.kind == .space }
}

extension BertNormalizer: BorderAware {
  /// Character by character, but for marks, which a space keeps apart. A Chinese character gets a space after it, and
  /// what Unicode has named since may go.
  func respects(_ border: inout BorderState) -> Bool {
    (border.mayFollowOther, border.mayFollowSpace) = (true, true)
    return true
  }
}

extension PrecompiledNormalizer: BorderAware {
  /// Works on clusters of characters, and what may be before a space is one, which it leaves as it is. Offsets are the
  /// official library's: where it drops characters at the very start of a text, all that follow are moved, of which a
  /// part knows nothing.
  func respects(_ border: inout BorderState) -> Bool {
    if case .any = border.before { border.before = .untouched(charsmap) } else { border.before = .ascii }
    border.mayFollowOther = true
    return border.kind == .space
      && (UInt8(0x20)..<0x7F).allSatisfy { byte in
        withUnsafePointer(to: byte) { text in
          guard let result = charsmap.match(text, count: 1, longest: false)?.result else { return true }
          return !result.isEmpty && result.allSatisfy { byte == 0x20 ? $0 == 0x20 : $0 > 0x20 && $0 < 0x7F }
        }
      }
  }
}

extension SentencePieceNormalizer: BorderAware {
  /// Without rules it only works on runs of spaces, which a border never parts.
  func respects(_ border: inout BorderState) -> Bool {
    guard rules.charsmap == nil, rules.userDefined == nil, !isSuffix, border.space == [0x20] else { return false }
    if escapesSpaces { border.space = PipelineTokenizer.mark }
    return true
  }
}
