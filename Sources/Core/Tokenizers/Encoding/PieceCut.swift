import CKernels

/// A cut of text into pieces that runs on masks of 64 bytes, for the split patterns that most vocabularies have.
struct PieceCut: Sendable {
  /// nil: only the scanner knows.
  private let rule: gbx_cut_rule?
  /// For pieces that the masks do not decide: long ones, those at the end, rare kinds of digits and white space.
  private let scanner: any PieceScanner

  /// - Parameter rule: nil: the scanner cuts alone.
  init(_ rule: gbx_cut_rule?, _ scanner: any PieceScanner) {
    self.rule = rule
    self.scanner = scanner
  }

  /// - Returns: nil where the pre-tokenizer is not one scanner.
  init?(_ preTokenizer: (any PreTokenizer)?) {
    let stages = Self.flatten(preTokenizer)
    if stages.count == 1, stages[0] is ScannerPreTokenizer<GPT2Scanner> {
      (rule, scanner) = (GBX_CUT_GPT2, GPT2Scanner())
    } else if stages.count == 1, let stage = stages[0] as? ScannerPreTokenizer<CL100KScanner>,
      !stage.scanner.takesMarks
    {
      switch stage.scanner.digits {
      case 1: rule = GBX_CUT_QWEN2
      case 3: rule = GBX_CUT_CL100K
      default: rule = nil
      }
      scanner = stage.scanner
    } else if stages.count == 2, stages[0] is ScannerPreTokenizer<DigitScanner>,
      stages[1] is ScannerPreTokenizer<GPT2Scanner>
    {
      (rule, scanner) = (GBX_CUT_DIGITS_GPT2, DigitsThenGPT2Scanner())
    } else if stages.count == 1, let stage = stages[0] as? any ScannerStage {
      (rule, scanner) = (nil, stage.pieceScanner)
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
    if let rule {
      let found = gbx_cut(rule, Self.table, base, text.count, start, first, ends.count)
      if found > 0 { return found }
    }
    let scanned = ScannedText(base: base, end: text.count)
    var at = start
    var found = 0
    // Where the masks have stopped they may go on after a piece, but for the last few.
    let most = rule == nil || text.count - start < 72 ? ends.count : 1
    while found < most, at < text.count {
      at = min(text.count, max(at + 1, scanner.end(scanned, from: at)))
      first[found] = UInt32(truncatingIfNeeded: at)
      found += 1
    }
    return found
  }

  nonisolated(unsafe) private static let table: UnsafePointer<gbx_cut_table> = {
    let table = UnsafeMutablePointer<gbx_cut_table>.allocate(capacity: 1)
    gbx_cut_prepare(table, UnicodeClasses.table)
    return UnsafePointer(table)
  }()
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
  func end(_ text: ScannedText, from at: Int) -> Int {
    let (bits, length) = text.character(at)
    if bits & UnicodeClasses.number != 0 { return at + length }
    let end = GPT2Scanner().end(text, from: at)
    // The pattern has looked at no more than two characters beyond the piece: the rest of its white space, and the next.
    var beyond = 0
    var i = at
    while i < text.end, beyond <= 2 {
      let (bits, length) = text.character(i)
      if bits & UnicodeClasses.number != 0 { return GPT2Scanner().end(ScannedText(base: text.base, end: i), from: at) }
      if i >= end { beyond += 1 }
      i += length
    }
    return end
  }
}
