/// What one cell (or two, when wide) can show: a base scalar and at most four marks over it.
struct Glyph: Equatable {
  var scalar: UInt32
  var mark1: UInt32 = 0
  var mark2: UInt32 = 0
  var mark3: UInt32 = 0
  var mark4: UInt32 = 0
  /// 1 or 2.
  var width: Int

  init(scalar: UInt32, width: Int) {
    self.scalar = scalar
    self.width = width
  }

  /// Marks beyond the fourth are dropped: no terminal draws such towers, and ncurses keeps four.
  mutating func add(mark: UInt32) {
    if mark1 == 0 {
      mark1 = mark
    } else if mark2 == 0 {
      mark2 = mark
    } else if mark3 == 0 {
      mark3 = mark
    } else if mark4 == 0 {
      mark4 = mark
    }
  }
}

/// Cuts text into what terminals draw cell by cell. Terminals go by scalars, not by graphemes, so this does too:
/// - combining marks join the character before; one without a base stands on ◌;
/// - joiners, variation selectors, tags and directional marks are never sent;
/// - an emoji sequence (a family joined by ZWJ, a skin tone, a flag of tags) is one glyph where the terminal draws such
///   sequences whole and a cell can hold it, else its first emoji and ⁺ for what is left off;
/// - a flag is its two regional letters, one cell each, which terminals that know flags join;
/// - a control character is its picture (␛), other unsafe scalars are U+FFFD, a tab or line end is a space.
struct GlyphScanner<Source: IteratorProtocol>: IteratorProtocol where Source.Element == Unicode.Scalar {
  private var source: Source
  private var ahead: Unicode.Scalar?
  /// A sequence was cut: its mark comes next.
  private var isCut = false

  init(_ source: Source) {
    self.source = source
    ahead = self.source.next()
  }

  mutating func next() -> Glyph? {
    if isCut {
      isCut = false
      return Glyph(scalar: EmojiSequences.mark, width: 1)
    }
    while let first = ahead {
      ahead = source.next()
      let value = first.value
      // Plain ASCII before something that cannot be a mark: nearly everything.
      if value &- 0x20 < 0x5F {
        if let following = ahead, following.value >= 0x300 { return finish(Glyph(scalar: value, width: 1)) }
        return Glyph(scalar: value, width: 1)
      }
      switch TextWidth.kind(of: value) {
      case .ignorable: continue
      case .mark:
        var glyph = Glyph(scalar: 0x25CC, width: 1)
        glyph.add(mark: value)
        return finish(glyph)
      case .unsafe(let symbol): return finish(Glyph(scalar: symbol, width: 1))
      case .narrow: return finish(Glyph(scalar: value, width: 1))
      case .wide: return finish(Glyph(scalar: value, width: 2))
      }
    }
    return nil
  }

  /// Takes in what belongs to the same cell.
  private mutating func finish(_ base: Glyph) -> Glyph {
    var glyph = base
    var isJoined = false
    var isEmoji: Bool?
    var rest = EmojiSequences.Rest()
    scan: while let scalar = ahead {
      let value = scalar.value
      if value < 0x300 { break scan }
      switch TextWidth.kind(of: value) {
      case .mark:
        // Variation selectors and the keycap's frame are for fonts of emoji, which terminals draw in two cells or not
        // at all.
        if value != 0xFE0F && value != 0xFE0E && value != 0x20E3 && !isJoined {
          glyph.add(mark: value)
        } else if value == 0xFE0F {
          rest.append(value)
        }
      case .ignorable:
        if value == 0x200D {
          if isEmoji == nil { isEmoji = TextWidth.isPictograph(glyph.scalar) }
          if isEmoji == true {
            isJoined = true
            rest.append(value)
          }
        } else if 0xE0020...0xE007F ~= value, glyph.scalar == 0x1F3F4 {
          rest.append(value)
          rest.matters = true
        }
      case .wide, .narrow:
        let isTone = 0x1F3FB...0x1F3FF ~= value
        guard isJoined || isTone else { break scan }
        if isEmoji == nil { isEmoji = TextWidth.isPictograph(glyph.scalar) }
        guard isEmoji == true, isTone || TextWidth.isPictograph(value) else { break scan }
        isJoined = false
        rest.append(value)
        rest.matters = true
      case .unsafe: break scan
      }
      ahead = source.next()
    }
    guard rest.matters else { return glyph }
    if rest.isWhole, glyph.width == 2, glyph.mark1 == 0, EmojiSequences.areDrawn {
      rest.add(to: &glyph)
    } else {
      isCut = true
    }
    return glyph
  }
}
