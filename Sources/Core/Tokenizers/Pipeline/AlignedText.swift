import CKernels

/// Where a byte of a changed text came from: a range of bytes in the text that was given.
struct SourceSpan {
  var start: UInt32
  var end: UInt32

  /// The tokenizer never works on more than 4 GB at once.
  @inline(__always)
  init(_ range: Range<Int>) {
    start = UInt32(truncatingIfNeeded: range.lowerBound)
    end = UInt32(truncatingIfNeeded: range.upperBound)
  }
}

/// UTF-8 text on its way through normalizers and pre-tokenizers, each byte of which knows where it came from.
///
/// Unchanged text is not copied: it borrows the caller's bytes, which must outlive it, and spans are computed.
struct AlignedText {
  private let borrowed: UnsafeBufferPointer<UInt8>
  /// Where the borrowed bytes begin in the text that was given.
  private let origin: Int
  /// Bytes and where they came from, once something has changed.
  private var changed: (bytes: [UInt8], sources: SourceMap)?
  private var keepsSources = true
  /// The most bytes that it may become.
  let limit: Int
  /// It would have become more than ``limit``, and is empty instead.
  private(set) var isOverfull = false

  init(_ bytes: UnsafeBufferPointer<UInt8>, origin: Int = 0) {
    self.init(bytes, origin: origin, limit: TextGrowth.limit(bytes.count))
  }

  private init(_ bytes: UnsafeBufferPointer<UInt8>, origin: Int, limit: Int) {
    borrowed = bytes
    self.origin = origin
    self.limit = limit
  }

  private init(bytes: [UInt8], sources: SourceMap, keepsSources: Bool, limit: Int) {
    borrowed = UnsafeBufferPointer(start: nil, count: 0)
    origin = 0
    changed = (bytes, sources)
    self.keepsSources = keepsSources
    self.limit = limit
  }

  /// From here on nobody asks where changed bytes came from, which may take more memory than they do.
  mutating func forgetSources() {
    keepsSources = false
    changed?.sources = SourceMap()
  }

  var count: Int { changed?.bytes.count ?? borrowed.count }
  var isEmpty: Bool { count == 0 }
  var isUnchanged: Bool { changed == nil }

  @inline(__always)
  func withBytes<T>(_ body: (UnsafeBufferPointer<UInt8>) throws -> T) rethrows -> T {
    if let changed { return try changed.bytes.withUnsafeBufferPointer(body) }
    return try body(borrowed)
  }

  func slice(_ range: Range<Int>) -> AlignedText {
    if let changed {
      var sources = SourceMap()
      var hint = 0
      if keepsSources { sources.append(changed.sources, range, hint: &hint) }
      return AlignedText(bytes: Array(changed.bytes[range]), sources: sources, keepsSources: keepsSources, limit: limit)
    }
    var slice = AlignedText(
      UnsafeBufferPointer(rebasing: borrowed[range]), origin: origin + range.lowerBound, limit: limit)
    slice.keepsSources = keepsSources
    return slice
  }

  /// The bytes of the given text that a range of this one came from; of a text that has forgotten, none.
  func source(_ range: Range<Int>) -> Range<Int> {
    var hint = 0
    return source(range, hint: &hint)
  }

  /// - Parameter hint: 0 at first; makes it quick to ask for ranges one behind the other.
  @inline(__always)
  func source(_ range: Range<Int>, hint: inout Int) -> Range<Int> {
    guard keepsSources else { return 0..<0 }
    guard let changed else { return (origin + range.lowerBound)..<(origin + range.upperBound) }
    guard !range.isEmpty else {
      let count = changed.sources.count
      guard range.lowerBound >= count else {
        let at = changed.sources.source(of: range.lowerBound, hint: &hint).lowerBound
        return at..<at
      }
      let at = count > 0 ? changed.sources.source(of: count - 1, hint: &hint).upperBound : 0
      return at..<at
    }
    let start = changed.sources.source(of: range.lowerBound, hint: &hint).lowerBound
    let end = changed.sources.source(of: range.upperBound - 1, hint: &hint).upperBound
    return start..<max(start, end)
  }

  /// Rewrites the text front to back; `body` gets the present bytes and a writer for the new ones. A text that grows
  /// beyond ``limit`` becomes empty, and ``isOverfull``.
  mutating func rewrite(_ body: (UnsafeBufferPointer<UInt8>, inout Rewriter) -> Void) {
    guard !isOverfull else { return }
    var rewriter = Rewriter(self)
    withBytes { body($0, &rewriter) }
    isOverfull = rewriter.isOverfull
    changed = isOverfull ? ([], SourceMap()) : (rewriter.bytes, rewriter.sources)
  }

  struct Rewriter {
    fileprivate var bytes: [UInt8] = []
    fileprivate var sources = SourceMap()
    private let text: AlignedText
    private var hint = 0
    /// What was to be written did not fit.
    fileprivate var isOverfull = false

    fileprivate init(_ text: AlignedText) {
      self.text = text
      reserve(text.count + 8)
    }

    /// Makes room for so many bytes in all.
    mutating func reserve(_ count: Int) { bytes.reserveCapacity(min(count, text.limit)) }

    /// Whether so many bytes more may be written; where not, nothing may any more.
    @inline(__always)
    private mutating func hasRoom(for more: Int) -> Bool {
      if bytes.count + more > text.limit { isOverfull = true }
      return !isOverfull
    }

    var count: Int { bytes.count }

    /// Takes over a range as it is.
    mutating func keep(_ range: Range<Int>) {
      guard !range.isEmpty, hasRoom(for: range.count) else { return }
      if let changed = text.changed {
        bytes.append(contentsOf: changed.bytes[range])
        if text.keepsSources { sources.append(changed.sources, range, hint: &hint) }
      } else {
        bytes.append(contentsOf: text.borrowed[range])
        guard text.keepsSources else { return }
        sources.append(step: 1, length: 1, source: text.origin + range.lowerBound, units: range.count)
      }
    }

    /// Writes bytes that stand for a range: each has all of that range's source as its own.
    mutating func write(_ new: some Collection<UInt8>, for range: Range<Int>) {
      guard hasRoom(for: new.count) else { return }
      bytes.append(contentsOf: new)
      guard text.keepsSources else { return }
      let source = text.source(range, hint: &hint)
      sources.append(step: new.count, length: source.count, source: source.lowerBound)
    }
  }

  /// Bytes as well-formed UTF-8: each maximal ill-formed sequence becomes U+FFFD (Unicode, section 3.9).
  static func repairing(_ bytes: UnsafeBufferPointer<UInt8>, keepsSources: Bool = true) -> AlignedText {
    var text = AlignedText(bytes)
    text.keepsSources = keepsSources
    guard let base = bytes.baseAddress,
      let first = firstIllFormed(bytes, from: gbx_utf8_valid(base, bytes.count))
    else { return text }
    text.rewrite { bytes, rewriter in
      var kept = 0
      var next: Int? = first
      while let bad = next {
        rewriter.keep(kept..<bad)
        let length = illFormedLength(base + bad, remaining: bytes.count - bad)
        rewriter.write([0xEF, 0xBF, 0xBD], for: bad..<(bad + length))
        kept = bad + length
        next = firstIllFormed(bytes, from: kept)
      }
      rewriter.keep(kept..<bytes.count)
    }
    return text
  }

  static func isWellFormed(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
    guard let base = bytes.baseAddress else { return true }
    return firstIllFormed(bytes, from: gbx_utf8_valid(base, bytes.count)) == nil
  }

  private static func firstIllFormed(_ bytes: UnsafeBufferPointer<UInt8>, from: Int) -> Int? {
    guard let base = bytes.baseAddress else { return nil }
    let raw = UnsafeRawPointer(base)
    var i = from
    while i < bytes.count {
      if bytes.count - i >= 8, raw.loadUnaligned(fromByteOffset: i, as: UInt64.self) & 0x8080_8080_8080_8080 == 0 {
        i += 8
        continue
      }
      // Whole characters beyond ASCII, by the bits that their bytes must have; what is not surely one is looked at below.
      while bytes.count - i >= 4 {
        let word = UInt32(littleEndian: raw.loadUnaligned(fromByteOffset: i, as: UInt32.self))
        if word & 0xC0E0 == 0x80C0, word & 0x1E != 0 {
          i += 2
        } else if word & 0xC0_C0F0 == 0x80_80E0, word & 0x200F != 0, word & 0x200F != 0x200D {
          i += 3
        } else {
          break
        }
      }
      guard i < bytes.count else { return nil }
      let length = utf8SequenceLength(base + i, remaining: bytes.count - i)
      if length == 0 { return i }
      i += length
    }
    return nil
  }

  /// How many bytes of an ill-formed sequence one U+FFFD stands for: as many as could begin a character.
  private static func illFormedLength(_ pointer: UnsafePointer<UInt8>, remaining: Int) -> Int {
    let lead = pointer[0]
    guard remaining > 1, lead >= 0xE0, lead < 0xF5 else { return 1 }
    let second = pointer[1]
    let lower: UInt8 = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80
    let upper: UInt8 = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF
    guard second >= lower, second <= upper else { return 1 }
    if lead < 0xF0 { return 2 }
    return remaining > 2 && pointer[2] & 0xC0 == 0x80 ? 3 : 2
  }
}
