/// Turns the bytes a terminal sends into events: UTF-8 text, control bytes, the escape sequences of xterm and its kin
/// (which nearly every terminal speaks today), those terminfo names besides, the CSI u and modifyOtherKeys forms of
/// keys with modifiers, bracketed paste, mouse reports (SGR and X10) and focus reports. Bytes may come in any
/// portions; unknown sequences and the strings that terminals answer with (OSC, DCS, APC, PM, SOS) are swallowed whole,
/// and nothing here depends on a terminal.
public struct InputDecoder {
  /// Most bytes of one paste that are kept.
  private static let pasteLimit = 64 << 20
  private static let pasteEnd: [UInt8] = Array("\u{1B}[201~".utf8)

  /// Sequences from terminfo.
  private let terminfo: [[UInt8]: Key]
  var bytes: [UInt8] = []
  var position = 0
  private var paste: [UInt8]?
  /// What is being thrown away, up to its end.
  var swallowed = Swallowed.nothing
  /// A paste was ended by a pause: what comes next may be the rest of it.
  private var pasteMayGoOn = false
  /// The Escape key was the last thing that came; it may have been the first byte of more.
  private var escapeWasAlone = false

  public init(terminfo: [[UInt8]: Key] = [:]) {
    self.terminfo = terminfo
  }

  /// Milliseconds without a byte after which `flush` should be called; nil when nothing is unfinished, or only a
  /// character of which more bytes must come. A lone ESC may be the key or the start of a sequence; what has begun as a
  /// sequence gets more time, and a paste or a string without its end is given up after a second.
  public var patience: Int? {
    if paste != nil || swallowed != .nothing { return 1000 }
    guard position < bytes.count, bytes[position] == 0x1B else { return nil }
    if bytes.count - position == 1 { return 25 }
    return bytes[position + 1] >= 0x80 ? nil : 120
  }

  /// Takes in bytes and appends the events that are complete.
  public mutating func feed(_ new: some Collection<UInt8>, into events: inout [Event]) {
    if escapeWasAlone {
      escapeWasAlone = false
      if InputDecoder.isRestOfSequence(new) { bytes.append(0x1B) }
    }
    if pasteMayGoOn, paste == nil, position == bytes.count, isRestOfPaste(new) { paste = [] }
    bytes.append(contentsOf: new)
    decode(into: &events, isFinal: false)
  }

  /// Settles what was left unfinished: a lone ESC is the Escape key, ESC and a character is Alt; a paste is what came of
  /// it, and of an unfinished string nothing is left.
  public mutating func flush(into events: inout [Event]) {
    escapeWasAlone = bytes.count - position == 1 && bytes[position] == 0x1B && paste == nil && swallowed == .nothing
    swallowed = .nothing
    if let text = paste {
      keepPaste(upTo: bytes.count)
      events.append(.paste(InputDecoder.normalized(String(decoding: paste ?? text, as: UTF8.self))))
      paste = nil
      pasteMayGoOn = true
    }
    decode(into: &events, isFinal: true)
  }

  /// What comes after a paste that a pause has ended: up to a late end mark, or much at once, it still belongs to it.
  private mutating func isRestOfPaste(_ new: some Collection<UInt8>) -> Bool {
    guard let first = new.first, first != 0x1B else { return false }
    if new.count > 64 { return true }
    let end = InputDecoder.pasteEnd
    return new.indices.contains { new[$0] == 0x1B && new[$0...].starts(with: end) }
  }

  private enum Step {
    case event(Event, length: Int)
    case ignore(length: Int)
    case beginPaste(length: Int)
    case swallow(Swallowed, length: Int)
    case incomplete
  }

  private mutating func decode(into events: inout [Event], isFinal: Bool) {
    while position < bytes.count {
      if paste != nil {
        guard takePaste(into: &events) else { break }
        continue
      }
      if swallowed != .nothing {
        guard swallow(isFinal: isFinal) else { break }
        continue
      }
      spellControl()
      switch step(at: position, isFinal: isFinal) {
      case .event(let event, let length):
        events.append(event)
        position += length
      case .ignore(let length): position += length
      case .beginPaste(let length):
        position += length
        paste = []
        pasteMayGoOn = false
      case .swallow(let what, let length):
        position += length
        swallowed = what
      case .incomplete:
        compact()
        return
      }
    }
    compact()
  }

  private mutating func compact() {
    bytes.removeFirst(position)
    position = 0
  }

  /// Moves bytes into the paste; true when its end was found.
  private mutating func takePaste(into events: inout [Event]) -> Bool {
    let end = InputDecoder.pasteEnd
    var at = position
    while let escape = bytes[at...].firstIndex(of: 0x1B) {
      let available = min(end.count, bytes.count - escape)
      if bytes[escape..<escape + available].elementsEqual(end[..<available]) {
        keepPaste(upTo: escape)
        guard available == end.count else { return false }
        position += end.count
        let text = String(decoding: paste ?? [], as: UTF8.self)
        paste = nil
        pasteMayGoOn = false
        events.append(.paste(InputDecoder.normalized(text)))
        return true
      }
      at = escape + 1
    }
    keepPaste(upTo: bytes.count)
    return false
  }

  private mutating func keepPaste(upTo end: Int) {
    let room = InputDecoder.pasteLimit - (paste?.count ?? 0)
    paste?.append(contentsOf: bytes[position..<end].prefix(max(0, room)))
    position = end
  }

  /// Terminals send line ends in a paste as carriage returns.
  private static func normalized(_ text: String) -> String {
    guard text.utf8.contains(0x0D) else { return text }
    var result = String.UnicodeScalarView()
    var wasReturn = false
    for scalar in text.unicodeScalars {
      if scalar == "\n" && wasReturn {
        wasReturn = false
        continue
      }
      wasReturn = scalar == "\r"
      result.append(wasReturn ? "\n" : scalar)
    }
    return String(result)
  }

  private func step(at start: Int, isFinal: Bool) -> Step {
    guard bytes[start] == 0x1B else { return plain(at: start) }
    guard start + 1 < bytes.count else {
      return isFinal ? .event(.key(Key(.escape)), length: 1) : .incomplete
    }
    let known = longestTerminfo(at: start)
    switch bytes[start + 1] {
    case 0x1B: return .event(.key(Key(.escape)), length: 1)
    case UInt8(ascii: "["), UInt8(ascii: "O"):
      switch sequence(at: start) {
      case .incomplete:
        if let known { return .event(.key(known.key), length: known.length) }
        guard isFinal else { return .incomplete }
      case .ignore(let length):
        if let known { return .event(.key(known.key), length: known.length) }
        return .ignore(length: length)
      case let found: return found
      }
    case let introducer where InputDecoder.isStringIntroducer(introducer):
      guard start + 2 < bytes.count else {
        if isFinal { break }
        return .incomplete
      }
      if InputDecoder.beginsString(introducer, bytes[start + 2]) { return .swallow(.string, length: 2) }
    default: break
    }
    if let known { return .event(.key(known.key), length: known.length) }
    // ESC before a key is that key with Alt.
    switch plain(at: start + 1) {
    case .event(.key(var key), let length):
      key.modifiers.insert(.alt)
      return .event(.key(key), length: length + 1)
    case .incomplete: return .incomplete
    default: return .ignore(length: 2)
    }
  }

  private func longestTerminfo(at start: Int) -> (key: Key, length: Int)? {
    var best: (key: Key, length: Int)?
    for (sequence, key) in terminfo where sequence.count > best?.length ?? 0 {
      if bytes[start...].starts(with: sequence) { best = (key, sequence.count) }
    }
    return best
  }

  /// A control byte or one scalar of UTF-8.
  private func plain(at start: Int) -> Step {
    let byte = bytes[start]
    if byte < 0x80 { return .event(.key(InputDecoder.key(ascii: byte)), length: 1) }
    let length = byte >= 0xF0 ? 4 : byte >= 0xE0 ? 3 : byte >= 0xC2 ? 2 : 1
    let end = min(bytes.count, start + length)
    let tail = bytes[start + 1..<end].prefix { $0 & 0xC0 == 0x80 }
    if tail.count == length - 1, length > 1,
      let text = String(validating: bytes[start..<end], as: UTF8.self), let character = text.first
    {
      return .event(.key(Key(character)), length: length)
    }
    // However long the other bytes take: they are no keys of their own.
    if length > 1 && start + 1 + tail.count == bytes.count && tail.count < length - 1 { return .incomplete }
    return .event(.key(Key("\u{FFFD}")), length: 1)
  }

  static func key(ascii byte: UInt8) -> Key {
    switch byte {
    case 0x00: Key(" ", .control)
    case 0x09: Key(.tab)
    case 0x0D: Key(.enter)
    case 0x1B: Key(.escape)
    case 0x01...0x1A: Key(Character(Unicode.Scalar(byte + 0x60)), .control)
    case 0x1C...0x1F: Key(Character(Unicode.Scalar(byte + 0x40)), .control)
    case 0x7F: Key(.backspace)
    default: Key(Character(Unicode.Scalar(byte)))
    }
  }

  /// A sequence that begins with CSI (`ESC [`) or SS3 (`ESC O`).
  private func sequence(at start: Int) -> Step {
    let isSS3 = bytes[start + 1] == UInt8(ascii: "O")
    var index = start + 2
    // The Linux console's F1 … F5.
    if !isSS3, index < bytes.count, bytes[index] == UInt8(ascii: "[") {
      guard index + 1 < bytes.count else { return .incomplete }
      let number = Int(bytes[index + 1]) - 0x40
      return 1...5 ~= number ? .event(.key(Key(.function(number))), length: 4) : .ignore(length: 4)
    }
    while index < bytes.count, 0x20...0x3F ~= bytes[index] {
      index += 1
      // Longer ones are not from a keyboard.
      if index - start > InputDecoder.longest { return .swallow(.sequence, length: index - start) }
    }
    guard index < bytes.count else { return .incomplete }
    let final = bytes[index]
    // Not a sequence after all: leave the byte that ended it for what it is.
    guard 0x40...0x7E ~= final else { return .ignore(length: index - start) }
    let length = index + 1 - start
    let body = bytes[start + 2..<index]
    if isSS3 {
      return InputDecoder.key(letter: final, parameters: InputDecoder.parameters(body), isSS3: true)
        .map { .event(.key($0), length: length) } ?? .ignore(length: length)
    }
    if final == UInt8(ascii: "M") && body.isEmpty {
      guard start + 6 <= bytes.count else { return .incomplete }
      let report = bytes[start + 3..<start + 6].map { Int($0) - 32 }
      return InputDecoder.mouse(code: report[0], x: report[1], y: report[2], isRelease: report[0] & 3 == 3)
        .map { .event(.mouse($0), length: 6) } ?? .ignore(length: 6)
    }
    if body.first == UInt8(ascii: "<") {
      let values = InputDecoder.parameters(body.dropFirst())
      guard values.count == 3, final == UInt8(ascii: "M") || final == UInt8(ascii: "m") else {
        return .ignore(length: length)
      }
      return InputDecoder.mouse(code: values[0], x: values[1], y: values[2], isRelease: final == UInt8(ascii: "m"))
        .map { .event(.mouse($0), length: length) } ?? .ignore(length: length)
    }
    let values = InputDecoder.parameters(body)
    switch final {
    case UInt8(ascii: "I") where body.isEmpty: return .event(.focus(true), length: length)
    case UInt8(ascii: "O") where body.isEmpty: return .event(.focus(false), length: length)
    case UInt8(ascii: "~") where values.first == 200: return .beginPaste(length: length)
    case UInt8(ascii: "~"), UInt8(ascii: "u"):
      return InputDecoder.key(numbered: values, final: final, raw: body).map { .event(.key($0), length: length) }
        ?? .ignore(length: length)
    default:
      return InputDecoder.key(letter: final, parameters: values, isSS3: false).map { .event(.key($0), length: length) }
        ?? .ignore(length: length)
    }
  }
}
