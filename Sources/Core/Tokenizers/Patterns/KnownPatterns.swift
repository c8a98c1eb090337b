/// Split patterns that are known by heart, and the scanners that run them. Each matches all of any text.
package enum KnownPatterns {
  /// The scanner of an expression in Oniguruma's meaning; nil where none is known.
  static func preTokenizer(_ expression: String) -> (any PreTokenizer)? {
    switch expression {
    case GPT2Scanner.pattern: ScannerPreTokenizer(scanner: GPT2Scanner())
    case CL100KScanner.llama3: ScannerPreTokenizer(scanner: CL100KScanner(digits: 3))
    case CL100KScanner.qwen2: ScannerPreTokenizer(scanner: CL100KScanner(digits: 1))
    case CL100KScanner.qwen35: ScannerPreTokenizer(scanner: CL100KScanner(digits: 1, takesMarks: true))
    case CL100KScanner.cl100k: ScannerPreTokenizer(scanner: CL100KScanner(digits: 3, takesTrailingSpaceWhole: true))
    case O200KScanner.o200k: ScannerPreTokenizer(scanner: O200KScanner())
    case O200KScanner.tekken: ScannerPreTokenizer(scanner: O200KScanner(digits: 1, hasContractions: false))
    default: nil
    }
  }

  /// The patterns there are scanners for.
  package static let expressions = [
    GPT2Scanner.pattern, CL100KScanner.llama3, CL100KScanner.qwen2, CL100KScanner.qwen35, CL100KScanner.cl100k,
    O200KScanner.o200k, O200KScanner.tekken,
  ]
}
