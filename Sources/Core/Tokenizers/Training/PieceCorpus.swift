/// The words of a corpus as runs of character numbers, for training a unigram model: 0 ends a word and stands for a
/// character that the vocabulary leaves out. Words come in order of their bytes, so that sums come out the same
/// whatever the number of threads that counted them.
struct PieceCorpus {
  /// Numbers of characters; begins and ends with 0.
  private(set) var text: [UInt32] = [0]
  /// Runs without 0 between them.
  private(set) var runs: [Run] = []
  /// The character of each number; 0: none.
  let scalars: [UInt32]
  /// How often each character occurs, by number.
  let counts: [Int]
  /// Symbols in the whole corpus, words as often as they occur.
  private(set) var symbols = 0
  private(set) var words = 0

  struct Run {
    var start: Int
    var count: Int
    /// How often the word occurs.
    var times: Int
  }

  init(_ counted: WordCounts, _ options: TokenizerTrainingOptions) {
    let reader = WordReader(options)
    let (_, characters) = Alphabet(counted, reader, options).kept()
    scalars = [0] + characters.map(\.scalar)
    counts = [0] + characters.map(\.count)
    let numbers = ScalarTable<UInt32>(0, size: reader.limit)
    for (i, scalar) in scalars.enumerated().dropFirst() { numbers[scalar] = UInt32(i) }
    let table = counted.table
    let order = (0..<table.count).sorted { table.word($0).lexicographicallyPrecedes(table.word($1)) }
    text.reserveCapacity(table.arenaCount + table.count * 2)
    for i in order {
      let times = table.entries[i].count
      words += times
      var start = text.count
      func close() {
        if text.count > start { runs.append(Run(start: start, count: text.count - start, times: times)) }
        text.append(0)
        start = text.count
      }
      reader.read(table.word(i)) { scalar, _, _ in
        symbols += times
        let number = numbers[scalar]
        if number == 0 { close() } else { text.append(number) }
      }
      close()
    }
  }

  /// The characters of a stretch of the text, in UTF-8.
  func spelled(_ start: Int, _ length: Int) -> [UInt8] {
    text[start..<(start + length)].flatMap { utf8Bytes(scalars[Int($0)]) }
  }
}
