/// Reads a corpus in parts of bounded size, cut where no split pattern makes a word of both sides.
final class CorpusReader {
  private static let blockSize = 1 << 18
  /// A text without a good place to cut is cut at the best place there is once a part is this long.
  private static let largestPart = 1 << 24

  private let sources: [TrainingCorpus.Source]
  private var next = 0
  private var stream: TextStream?
  private var isLines = false
  private var ended = true
  /// Bytes of the present source that have been handed out.
  private var consumed = 0
  private var carry: [UInt8] = []
  private var line = 0
  private var memory: [UInt8] = []
  private var memoryOffset = 0
  /// Bytes of text read so far.
  private var bytesRead = 0
  /// Bytes of the sources that have been read whole.
  private var bytesOfFormer = 0

  /// Bytes read so far of ``TrainingCorpus/size``: of a packed file, its packed bytes.
  var bytesOfSources: Int { bytesOfFormer + (ended ? 0 : stream?.bytesOfFile ?? memoryOffset) }

  /// Bytes of what has been handed out.
  var bytesConsumed: Int { bytesRead - carry.count }

  init(_ corpus: TrainingCorpus) { sources = corpus.sources }

  /// Where the next part begins: a source by its place, and bytes into it.
  var position: (source: Int, offset: Int) { ended ? (next, 0) : (next - 1, consumed) }

  /// Goes to a place where a former reader of the same corpus stood, reading what it has read.
  func seek(source: Int, offset: Int, bytesRead: Int) throws {
    guard source < sources.count, source >= 0, offset >= 0 else {
      next = sources.count
      return
    }
    next = source + 1
    bytesOfFormer = sources[..<source].reduce(0) { $0 + $1.size }
    try open(sources[source])
    while consumed < offset {
      guard try fill() else {
        throw FormatError(file: path, found: "\(consumed) bytes of text", expected: "at least \(offset), read before")
      }
      let known = min(carry.count, offset - consumed)
      if isLines { line += carry[..<known].reduce(0) { $0 + ($1 == 0x0A ? 1 : 0) } }
      carry.removeFirst(known)
      consumed += known
    }
    self.bytesRead = bytesRead + carry.count
  }

  /// The next parts; nil at the end of all sources.
  /// - Throws: ``FormatError``.
  func parts() throws -> [[UInt8]]? {
    while true {
      if ended {
        guard next < sources.count else { return nil }
        try open(sources[next])
        next += 1
      }
      let parts = try isLines ? documents() : text().map(Self.sequences) ?? []
      if !parts.isEmpty { return parts }
    }
  }

  /// A part without the marks that separate the sequences of a text: they are no words to learn.
  private static func sequences(of part: [UInt8]) -> [[UInt8]] {
    let ranges = part.withUnsafeBytes { TextSeparator.parts(of: $0) }
    return ranges.count == 1 ? [part] : ranges.filter { !$0.isEmpty }.map { Array(part[$0]) }
  }

  private func open(_ source: TrainingCorpus.Source) throws {
    (ended, isLines, line, consumed) = (false, false, 0, 0)
    carry = []
    switch source {
    case .memory(let bytes):
      memory = bytes
      memoryOffset = 0
      return
    case .lines(let path, _):
      isLines = true
      stream = try TextStream(path: path)
    case .text(let path, _): stream = try TextStream(path: path)
    }
  }

  private var path: String { stream?.path ?? "the text" }

  /// Appends a block to what is carried; false at the end.
  private func fill() throws -> Bool {
    guard let stream else {
      let end = min(memory.count, memoryOffset + Self.blockSize)
      guard memoryOffset < end else { return false }
      carry.append(contentsOf: memory[memoryOffset..<end])
      bytesRead += end - memoryOffset
      memoryOffset = end
      return true
    }
    let before = carry.count
    carry.append(contentsOf: repeatElement(0, count: Self.blockSize))
    let got = try carry.withUnsafeMutableBytes {
      try stream.read(into: UnsafeMutableRawBufferPointer(rebasing: $0[before...]))
    }
    carry.removeLast(Self.blockSize - got)
    bytesRead += got
    return got > 0
  }

  private func finish() {
    bytesOfFormer = sources[..<next].reduce(0) { $0 + $1.size }
    ended = true
    stream = nil
    memory = []
    carry = []
  }

  private func text() throws -> [UInt8]? {
    var searched = 1
    while true {
      guard try fill() else {
        let rest = carry
        finish()
        return rest.isEmpty ? nil : rest
      }
      guard carry.count >= Self.blockSize else { continue }
      let place = carry.withUnsafeBufferPointer { bytes in
        WordBorder.last(in: bytes, from: searched)
          ?? (bytes.count >= Self.largestPart ? WordBorder.fallback(in: bytes) : nil)
      }
      searched = max(1, carry.count - 8)
      if let place { return cut(place) }
    }
  }

  /// Hands out what is carried up to `place`.
  private func cut(_ place: Int) -> [UInt8] {
    let rest = Array(carry[place...])
    carry.removeLast(carry.count - place)
    consumed += place
    defer { carry = rest }
    return carry
  }

  /// The texts of the next JSON lines.
  private func documents() throws -> [[UInt8]] {
    guard try fill() else {
      let rest = carry
      finish()
      return try rest.isEmpty ? [] : [document(rest[...])].compactMap { $0 }
    }
    var parts: [[UInt8]] = []
    var start = 0
    while let end = carry[start...].firstIndex(of: 0x0A) {
      if let part = try document(carry[start..<end]) { parts.append(part) }
      start = end + 1
    }
    carry.removeFirst(start)
    consumed += start
    guard carry.count < 1 << 30 else {
      throw FormatError(file: path, place: "line \(line + 1)", found: "a line of over 1 GB", expected: "shorter lines")
    }
    return parts
  }

  private func document(_ bytes: ArraySlice<UInt8>) throws -> [UInt8]? {
    line += 1
    guard bytes.contains(where: { $0 != 0x20 && $0 != 0x0D && $0 != 0x09 }) else { return nil }
    let value: JSON
    do {
      value = try JSON.parse(Array(bytes), file: path)
    } catch {
      throw FormatError(file: path, place: "line \(line)", found: "no JSON", expected: "an object with \"text\"")
    }
    guard let text = value["text"]?.string else {
      throw FormatError(file: path, place: "line \(line)", found: value.kind, expected: "an object with \"text\"")
    }
    return text.isEmpty ? nil : Array(text.utf8)
  }
}

/// Places where text can be cut without changing its words.
enum WordBorder {
  /// The last place, not before `from`, where no known pattern makes a word of both sides: before a letter that
  /// follows a single line end that follows a character which is no white space.
  static func last(in bytes: UnsafeBufferPointer<UInt8>, from: Int) -> Int? {
    guard let base = bytes.baseAddress else { return nil }
    // The character before the end may not be whole.
    var i = bytes.count - 4
    while i >= max(from, 3) {
      if bytes[i - 1] == 0x0A, starts(with: UnicodeClasses.letter, base + i), endsInWord(base, i - 1) { return i }
      i -= 1
    }
    return nil
  }

  private static func starts(with bits: UInt8, _ at: UnsafePointer<UInt8>) -> Bool {
    guard utf8SequenceLength(at, remaining: 4) > 0 else { return false }
    return ScannedText(base: at, end: 4).character(0).bits & bits != 0
  }

  private static func endsInWord(_ base: UnsafePointer<UInt8>, _ end: Int) -> Bool {
    var i = end - 1
    while i > 0, i > end - 4, base[i] & 0xC0 == 0x80 { i -= 1 }
    guard utf8SequenceLength(base + i, remaining: end - i) == end - i else { return false }
    return ScannedText(base: base, end: end).character(i).bits & UnicodeClasses.space == 0
  }

  /// After the last line end, or before the last character.
  static func fallback(in bytes: UnsafeBufferPointer<UInt8>) -> Int {
    if let line = bytes.lastIndex(of: 0x0A), line > bytes.count / 2 { return line + 1 }
    var i = bytes.count - 1
    while i > 1, i > bytes.count - 4, bytes[i] & 0xC0 == 0x80 { i -= 1 }
    return i
  }
}
