import CKernels

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// A cut of text into pieces that runs on masks of 64 bytes, for the split patterns that most vocabularies have.
struct PieceCut: Sendable {
  /// nil: only the scanner knows.
  private let rule: gbx_cut_rule?
  /// For pieces that the masks do not decide: long ones, those at the end, rare kinds of digits and white space.
  private let scanner: any PieceScanner
  private let exception: Exception?

  /// Characters that the masks take for others: where they stand the scanner cuts.
  private enum Exception {
    /// `'ſ`, where it is no contraction.
    case longS
    /// Numbers of a newer Unicode.
    case newerNumbers

    func stands(in range: Range<Int>, of base: UnsafePointer<UInt8>) -> Bool {
      let lead: Int32 = self == .longS ? 0xC5 : 0xF0
      var at = range.lowerBound
      while at < range.upperBound, let found = memchr(base + at, lead, range.upperBound - at) {
        at = UnsafePointer(found.assumingMemoryBound(to: UInt8.self)) - base
        switch self {
        case .longS: if base[at + 1] == 0xBF, at > 0, base[at - 1] == UInt8(ascii: "'") { return true }
        case .newerNumbers:
          // Text is well-formed: a character that begins in it ends in it.
          let text = ScannedText(base: base, end: at + 4)
          if CharacterPlaces.isOf(.numeric, text.character(at).bits, text, at) { return true }
        }
        at += 1
      }
      return false
    }
  }

  /// - Parameter rule: nil: the scanner cuts alone.
  init(_ rule: gbx_cut_rule?, _ scanner: any PieceScanner) {
    self.rule = rule
    self.scanner = scanner
    exception = nil
  }

  /// - Returns: nil where the pre-tokenizer is not one scanner.
  init?(_ preTokenizer: (any PreTokenizer)?) {
    let stages = Self.flatten(preTokenizer)
    if stages.count == 1, stages[0] is ScannerPreTokenizer<GPT2Scanner> {
      (rule, scanner, exception) = (GBX_CUT_GPT2, GPT2Scanner(), nil)
    } else if stages.count == 1, let stage = stages[0] as? ScannerPreTokenizer<CL100KScanner>,
      !stage.scanner.takesMarks
    {
      switch stage.scanner.digits {
      case 1: rule = GBX_CUT_QWEN2
      case 3: rule = GBX_CUT_CL100K
      default: rule = nil
      }
      scanner = stage.scanner
      exception = stage.scanner.foldsLongS ? nil : .longS
    } else if stages.count == 1, let stage = stages[0] as? ScannerPreTokenizer<O200KScanner> {
      switch (stage.scanner.digits, stage.scanner.hasContractions) {
      case (3, true): rule = GBX_CUT_O200K
      case (1, false): rule = GBX_CUT_TEKKEN
      default: rule = nil
      }
      (scanner, exception) = (stage.scanner, nil)
    } else if stages.count == 2, let digits = stages[0] as? ScannerPreTokenizer<DigitScanner>,
      stages[1] is ScannerPreTokenizer<GPT2Scanner>
    {
      let takesNewer = digits.scanner.takesNewer
      (rule, scanner) = (GBX_CUT_DIGITS_GPT2, DigitsThenGPT2Scanner(takesNewer: takesNewer))
      exception = takesNewer ? .newerNumbers : nil
    } else if stages.count == 1, let stage = stages[0] as? any ScannerStage {
      (rule, scanner, exception) = (nil, stage.pieceScanner, nil)
    } else {
      return nil
    }
  }

  private static func flatten(_ preTokenizer: (any PreTokenizer)?) -> [any PreTokenizer] {
    switch preTokenizer {
    case nil: []
    case let sequence as PreTokenizerSequence: sequence.stages.flatMap { flatten($0) }
    case let stage as ByteLevelPreTokenizer where !stage.addPrefixSpace:
      stage.useRegex ? [ScannerPreTokenizer(scanner: GPT2Scanner())] : []
    case let stage?: [stage]
    }
  }

  /// Finds the ends of the next pieces of a text, where pieces are joined but at some of the places between them.
  /// - Parameters:
  ///   - from: where to look on; behind the last piece that was found, joined or not.
  ///   - isBorder: whether pieces stay apart at a place.
  /// - Returns: how many ends were left.
  @inline(__always)
  func next(
    _ text: UnsafeBufferPointer<UInt8>, from: inout Int, into ends: UnsafeMutableBufferPointer<UInt32>,
    where isBorder: (Int) -> Bool
  ) -> Int {
    let found = next(text, from: from, into: ends)
    from = Int(ends[found - 1])
    var kept = 0
    for i in 0..<found {
      ends[kept] = ends[i]
      kept &+= isBorder(Int(ends[i])) ? 1 : 0
    }
    return kept
  }

  /// Finds the ends of the next pieces of a text.
  /// - Parameters:
  ///   - start: before the end of the text, where a piece begins.
  ///   - ends: room for 64 or more.
  /// - Returns: how many were found, at least one.
  @inline(__always)
  func next(
    _ text: UnsafeBufferPointer<UInt8>, from start: Int, into ends: UnsafeMutableBufferPointer<UInt32>
  ) -> Int {
    guard let base = text.baseAddress, let first = ends.baseAddress else { return 0 }
    var isException = false
    if let rule {
      let table = rule == GBX_CUT_O200K || rule == GBX_CUT_TEKKEN ? Self.casedTable : Self.table
      let found = gbx_cut(rule, table, base, text.count, start, first, ends.count)
      if found > 0 {
        guard let exception else { return found }
        // A piece's end may depend on the next character.
        let looked = min(text.count, Int(first[found - 1]) + 1)
        guard exception.stands(in: start..<looked, of: base) else { return found }
        isException = true
      }
    }
    let scanned = ScannedText(base: base, end: text.count)
    var at = start
    var found = 0
    // Where the masks have stopped they may go on after a piece, but for the last few.
    let most = rule == nil || isException || text.count - start < 72 ? ends.count : 1
    while found < most, at < text.count {
      at = min(text.count, max(at + 1, scanner.end(scanned, from: at)))
      first[found] = UInt32(truncatingIfNeeded: at)
      found += 1
    }
    return found
  }

  nonisolated(unsafe) private static let table = makeTable(cased: false)
  nonisolated(unsafe) private static let casedTable = makeTable(cased: true)

  private static func makeTable(cased: Bool) -> UnsafePointer<gbx_cut_table> {
    let table = UnsafeMutablePointer<gbx_cut_table>.allocate(capacity: 1)
    gbx_cut_prepare(table, UnicodeClasses.table, cased)
    return UnsafePointer(table)
  }
}

/// A pre-tokenizer that is one scanner.
protocol ScannerStage: PreTokenizer {
  var pieceScanner: any PieceScanner { get }
}

extension ScannerPreTokenizer: ScannerStage {
  var pieceScanner: any PieceScanner { scanner }
}

/// Every digit by itself, and what lies between as GPT-2 cuts it, as if each such part were a text of its own.
struct DigitsThenGPT2Scanner: PieceScanner {
  /// As of ``DigitScanner``.
  var takesNewer = false

  func end(_ text: ScannedText, from at: Int) -> Int {
    let (bits, length) = text.character(at)
    if isNumber(bits, text, at) { return at + length }
    let end = GPT2Scanner().end(text, from: at)
    // The pattern has looked at no more than two characters beyond the piece: the rest of its white space, and the next.
    var beyond = 0
    var i = at
    while i < text.end, beyond <= 2 {
      let (bits, length) = text.character(i)
      if isNumber(bits, text, i) { return GPT2Scanner().end(ScannedText(base: text.base, end: i), from: at) }
      if i >= end { beyond += 1 }
      i += length
    }
    return end
  }

  @inline(__always)
  private func isNumber(_ bits: UInt8, _ text: ScannedText, _ i: Int) -> Bool {
    bits & UnicodeClasses.number != 0 || takesNewer && CharacterPlaces.isOf(.numeric, bits, text, i)
  }
}
