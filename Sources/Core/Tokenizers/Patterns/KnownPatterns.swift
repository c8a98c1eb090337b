/// Split patterns that are known by heart, and the scanners that run them.
enum KnownPatterns {
  static func preTokenizer(_ expression: String) -> (any PreTokenizer)? {
    switch expression {
    case GPT2Scanner.pattern: ScannerPreTokenizer(scanner: GPT2Scanner())
    case CL100KScanner.llama3: ScannerPreTokenizer(scanner: CL100KScanner(digits: 3))
    case CL100KScanner.qwen2: ScannerPreTokenizer(scanner: CL100KScanner(digits: 1))
    case CL100KScanner.cl100k: ScannerPreTokenizer(scanner: CL100KScanner(digits: 3, takesTrailingSpaceWhole: true))
    default: nil
    }
  }
}
