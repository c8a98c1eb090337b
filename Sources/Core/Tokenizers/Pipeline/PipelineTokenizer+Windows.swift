import Synchronization

/// A part of a text between two safe borders.
struct TextWindow {
  /// With the end of the text before, of which ``SafeBorders/anchor(_:_:)`` tells.
  var text: UnsafeBufferPointer<UInt8>
  /// How many bytes of ``text`` that is.
  var anchor: Int
  /// Where ``text`` begins and ends in the whole.
  var start: Int
  var end: Int { start + text.count }
}

/// Long texts are worked on in parts where stages would write them anew: what these keep of each byte takes many times
/// the text's own memory.
extension PipelineTokenizer {
  /// A part ends at the first safe border after this many bytes.
  static let window = 1 << 20

  /// Hands out the parts of a text in order; all of it where there are no borders.
  func forEachWindow(of text: UnsafeBufferPointer<UInt8>, size: Int, _ body: (TextWindow) throws -> Void) rethrows {
    var start = 0
    var anchor = 0
    while start < text.count {
      let border = text.count - start > 2 * size ? nextBorder(text, from: start + size) : nil
      let end = border?.place ?? text.count
      try body(
        TextWindow(
          text: UnsafeBufferPointer(rebasing: text[(start - anchor)..<end]), anchor: anchor, start: start - anchor))
      (start, anchor) = (end, border?.anchor ?? 0)
    }
  }

  private func nextBorder(_ text: UnsafeBufferPointer<UInt8>, from start: Int) -> (place: Int, anchor: Int)? {
    let borders = borders.of(self)
    guard borders.allowsSpace || borders.allowsLine else { return nil }
    for place in start..<text.count {
      guard let anchor = borders.anchor(text, place), anchor > 0 else { continue }
      // It must be one with no more than that before it.
      let rest = UnsafeBufferPointer(rebasing: text[(place - anchor)...])
      if borders.anchor(rest, anchor) == anchor { return (place, anchor) }
    }
    return nil
  }

  /// Whether a stage somewhere writes the text anew, so that all of it would be copied.
  var rewritesText: Bool {
    if stages.added.hasNormalizedTokens { return true }
    if spacedWords != nil || stages.fused != nil { return false }
    return stages.normalizer != nil || pieceModel == nil || cut == nil
  }

  /// Whether a stage asks where in the text a piece came from.
  static func asksForPlaces(_ preTokenizer: (any PreTokenizer)?) -> Bool {
    switch preTokenizer {
    case let sequence as PreTokenizerSequence: sequence.stages.contains { asksForPlaces($0) }
    case let stage as MetaspacePreTokenizer: stage.prependScheme == .first
    default: false
    }
  }
}

/// The safe borders of a tokenizer, found when they are needed.
final class KnownBorders: Sendable {
  private let known = Mutex<SafeBorders?>(nil)

  func of(_ tokenizer: PipelineTokenizer) -> SafeBorders {
    known.withLock { known in
      if let known { return known }
      let borders = SafeBorders(tokenizer)
      known = borders
      return borders
    }
  }
}
