import Testing

@testable import Core

/// The cut by masks against the scanners that say what it is to be.
@Suite struct PieceCutTests {
  private static let parts = [
    "a", "b", "s", "'", "'", "'\u{17F}", "\u{17F}", "'s", " ", "  ", "\n", "1", "23", "!", "\u{E9}", "\u{141}",
    "\u{4E2D}",
    "\u{11DE0}", "\u{11DE9}", "\u{11DEA}", "\u{16FF4}", "\u{1F3B5}", "\u{663}", "the", " of",
  ]

  private static let preTokenizers: [String: any PreTokenizer] = [
    "llama3 of llama.cpp": ScannerPreTokenizer(scanner: CL100KScanner(digits: 3, foldsLongS: false)),
    "qwen2 of llama.cpp": ScannerPreTokenizer(scanner: CL100KScanner(digits: 1, foldsLongS: false)),
    "llama3": ScannerPreTokenizer(scanner: CL100KScanner(digits: 3)),
    "digits": PreTokenizerSequence(stages: [
      ScannerPreTokenizer(scanner: DigitScanner(takesNewer: true)), ScannerPreTokenizer(scanner: GPT2Scanner()),
    ]),
    "digits of llama.cpp": PreTokenizerSequence(stages: [
      ScannerPreTokenizer(scanner: DigitScanner()), ScannerPreTokenizer(scanner: GPT2Scanner()),
    ]),
  ]

  @Test(arguments: preTokenizers.keys.sorted())
  func rareCharacters(_ name: String) throws {
    let preTokenizer = try #require(Self.preTokenizers[name])
    let cut = try #require(PieceCut(preTokenizer))
    let ends = UnsafeMutableBufferPointer<UInt32>.allocate(capacity: 64)
    defer { ends.deallocate() }
    var random = RandomGenerator(seed: 3)
    for round in 0..<400 {
      var text: [UInt8] = []
      for _ in 0..<(1 + round % 200) { text += Self.parts[Int(random.next() % UInt64(Self.parts.count))].utf8 }
      text.withUnsafeBufferPointer { bytes in
        var expected = PieceText(AlignedText(bytes))
        preTokenizer.split(&expected)
        var found: [Int] = []
        while found.last ?? 0 < bytes.count {
          let count = cut.next(bytes, from: found.last ?? 0, into: ends)
          found += ends.prefix(count).map { Int($0) }
        }
        #expect(
          found == expected.pieces.map { Int($0.end) }, "\(String(decoding: bytes, as: UTF8.self).debugDescription)")
      }
    }
  }
}
