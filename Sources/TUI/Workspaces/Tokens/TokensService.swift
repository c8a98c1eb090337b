import Core
import Synchronization

/// Encodes what the Tokens pane looks at, always the newest text only, away from the screen. Of a text that was changed
/// only what can change is encoded again.
final class TokensService {
  private let inbox: Mailbox<AppMessage>
  private let queue = WorkQueue()
  private let wanted = LatestValue<Request>()
  private let finished = LatestValue<TokenizedText>()
  private let worker = TokensWorker()
  private let explainer = WorkQueue()
  private let toExplain = LatestValue<(text: TokenizedText, token: Int)>()
  private let explained = LatestValue<TokensExplanation>()
  private var asked: TokensExplanation.Key?
  private var key = ""
  private var tokenizer: (any Tokenizer)?

  private struct Request: Sendable {
    var bytes: [UInt8]
    var cut: Bool
    var tokenizer: any Tokenizer
    var origin: TokenizedText.Origin
  }

  init(inbox: Mailbox<AppMessage>) { self.inbox = inbox }

  func use(_ tokenizer: any Tokenizer) {
    self.tokenizer = tokenizer
    key = ""
    queue.work { [worker] in worker.forget() }
  }

  var current: (any Tokenizer)? { tokenizer }

  /// - Parameter key: names the text; nothing happens while it stays the same.
  func look(at text: @autoclosure () -> (bytes: [UInt8], cut: Bool), key: String, origin: TokenizedText.Origin) {
    guard let tokenizer, key != self.key else { return }
    self.key = key
    let text = text()
    wanted.put(Request(bytes: text.bytes, cut: text.cut, tokenizer: tokenizer, origin: origin))
    queue.work { [wanted, finished, inbox, worker] in
      // Texts that came while another was being encoded are passed over.
      guard let next = wanted.take() else { return }
      finished.put(worker.encode(next.bytes, cut: next.cut, with: next.tokenizer, origin: next.origin))
      inbox.send(.tokenized)
    }
  }

  /// Explains a token and its word, always the newest question only.
  func explain(_ text: TokenizedText, token: Int) {
    let key = TokensExplanation.Key(serial: text.serial, token: token)
    guard key != asked else { return }
    asked = key
    toExplain.put((text, token))
    explainer.work { [toExplain, explained, inbox] in
      guard let next = toExplain.take() else { return }
      explained.put(TokensExplanation(next.text, token: next.token))
      inbox.send(.explained)
    }
  }

  func explanation(waiting seconds: Double = 0) -> TokensExplanation? {
    if seconds > 0 { explainer.wait(seconds: seconds) }
    return explained.take()
  }

  /// What was encoded last, once.
  /// - Parameter seconds: waits so long for what is under way: a key's effect is best seen with the key.
  func result(waiting seconds: Double = 0) -> TokenizedText? {
    if seconds > 0 { queue.wait(seconds: seconds) }
    return finished.take()
  }
}

/// Keeps the last text with its tokens; used from one queue only.
package final class TokensWorker: @unchecked Sendable {
  private var last = TokenizedText.empty
  private var encoding: IncrementalEncoding?
  /// Counts the texts of all workers: what is known of one is never taken for another's.
  private static let serials = Atomic<Int>(0)

  package init() {}

  /// Forgets the text: another tokenizer looks at it.
  func forget() { encoding = nil }

  /// - Parameter origin: names the tokenizer: what is known of a text through another one is of no use.
  package func encode(
    _ bytes: [UInt8], cut: Bool, with tokenizer: any Tokenizer, origin: TokenizedText.Origin = TokenizedText.Origin()
  ) -> TokenizedText {
    if origin.tokenizer != last.origin.tokenizer { encoding = nil }
    let change = TextChange(from: last.bytes, to: bytes)
    let characters = change.characters(before: last.characters)
    if encoding != nil {
      encoding?.replace(change.removed, with: bytes[change.inserted])
    } else {
      encoding = IncrementalEncoding(utf8: bytes, tokenizer: tokenizer)
    }
    last = TokenizedText(
      bytes: bytes, encoded: encoding?.encoded ?? EncodedText(), characters: characters, cut: cut, tokenizer: tokenizer)
    last.origin = origin
    last.serial = Self.serials.wrappingAdd(1, ordering: .relaxed).newValue
    return last
  }
}

/// What differs between two texts, found from both ends.
struct TextChange {
  let old: [UInt8]
  let new: [UInt8]
  /// Replaced in the old text, and by what of the new one.
  let removed: Range<Int>
  let inserted: Range<Int>

  init(from old: [UInt8], to new: [UInt8]) {
    self.old = old
    self.new = new
    var (start, tail) = old.withUnsafeBytes { old in
      new.withUnsafeBytes { new in
        let start = CommonBytes.prefix(old, new)
        let rest = (UnsafeRawBufferPointer(rebasing: old[start...]), UnsafeRawBufferPointer(rebasing: new[start...]))
        return (start, CommonBytes.suffix(rest.0, rest.1))
      }
    }
    // Whole scalars on both sides.
    while start > 0, Self.continues(old, start) || Self.continues(new, start) { start -= 1 }
    while tail > 0, Self.continues(old, old.count - tail) || Self.continues(new, new.count - tail) { tail -= 1 }
    removed = start..<old.count - tail
    inserted = start..<new.count - tail
  }

  private static func continues(_ bytes: [UInt8], _ offset: Int) -> Bool {
    offset < bytes.count && bytes[offset] & 0xC0 == 0x80
  }

  /// Graphemes of the new text, counted only around what changed.
  /// - Parameter count: those of the old text.
  func characters(before count: Int) -> Int {
    let (from, to) = old.withUnsafeBufferPointer { old in
      var from = removed.lowerBound
      while from > 0, !(from < removed.lowerBound && GraphemeBreaks.isSure(old, at: from)) { from -= 1 }
      var to = removed.upperBound
      while to < old.count, !(to > removed.upperBound && GraphemeBreaks.isSure(old, at: to)) { to += 1 }
      return (from, to)
    }
    let was = String(decoding: old[from..<to], as: UTF8.self).count
    return count - was + String(decoding: new[from..<new.count - (old.count - to)], as: UTF8.self).count
  }
}
