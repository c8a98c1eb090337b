import CKernels
import TestSupport
import Testing

@testable import Core

/// What the quick ways to ids share: the table of pieces, merging side by side, the check of UTF-8.
@Suite struct PieceTableTests {
  /// Threads that use one tokenizer find what the others have worked out, and nothing else.
  @Test func threadsShareOneTable() async throws {
    guard let path = Fixtures.path("tokenizers/gpt2/tokenizer.json") else { return }
    let tokenizer = try TokenizerLoader.load(path: path)
    var random = RandomGenerator(seed: 41)
    // Enough pieces for several larger tables.
    let texts = (0..<48).map { i in
      TokenizerFastPathTests.text(&random, parts: 400)
        + Array((0..<400).map { " w\((i * 37 + $0 * 7919) % 9001)x\($0 % 7) and" }.joined().utf8)
    }
    let expected = try texts.map { try tokenizer.encodeBytes($0, parseSpecialTokens: true).ids }
    try await withThrowingTaskGroup(of: Void.self) { group in
      for worker in 0..<4 {
        group.addTask {
          for i in texts.indices {
            let i = (i + worker * 12) % texts.count
            let ids = try texts[i].withUnsafeBufferPointer {
              try tokenizer.encodeIDs(utf8: $0, addSpecialTokens: false, parseSpecialTokens: true)
            }
            if ids != expected[i] { Issue.record("other ids in text \(i)") }
          }
        }
      }
      try await group.waitForAll()
    }
  }

  /// Pieces of every length, among them those at the end of what may be read, and of many tokens.
  @Test(arguments: [0, 8] as [UInt32]) func piecesComeBackAsTheyWere(_ share: UInt32) throws {
    let pieces = try #require(gbx_pieces_create(7, share))
    defer { gbx_pieces_destroy(pieces) }
    let batch = try #require(gbx_piece_batch_create(pieces))
    defer { gbx_piece_batch_destroy(batch) }
    var random = RandomGenerator(seed: 3)
    var known: [[UInt8]: [Int32]] = [:]
    for round in 0..<4000 {
      var text: [UInt8] = []
      var ends: [UInt32] = []
      var list: [[UInt8]] = []
      for _ in 0..<(1 + random.next() % UInt64(GBX_PIECE_BATCH)) {
        let length = random.next() % 4 > 0 ? 1 + random.next() % 12 : 1 + random.next() % 300
        let letters: UInt64 = random.next() % 2 == 0 ? 2 : 40
        let piece = (0..<length).map { _ in UInt8(97 + random.next() % letters) }
        list.append(piece)
        text += piece
        ends.append(UInt32(text.count))
      }
      let unknown = gbx_pieces_ask(batch, text, text.count, 0, ends, ends.count)
      for i in 0..<unknown {
        let index = Int(try #require(gbx_pieces_unknown(batch))[i])
        let piece = list[index]
        let number = random.next() % 3 > 0 ? min(2, piece.count) : Int(random.next() % UInt64(piece.count + 1))
        let largest: UInt64 = random.next() % 5 == 0 ? 1 << 22 : 1 << 17
        let tokens = known[piece] ?? (0..<number).map { _ in Int32(random.next() % largest) }
        known[piece] = tokens
        gbx_pieces_answer(batch, index, piece, piece.count, tokens, tokens.count)
      }
      gbx_pieces_keep(batch)
      let expected = list.flatMap { known[$0] ?? [] }
      var output = [Int32](repeating: -1, count: expected.count + 4)
      let written = output.withUnsafeMutableBufferPointer { buffer in
        var end = buffer.baseAddress
        gbx_pieces_write(batch, &end)
        return end.flatMap { end in buffer.baseAddress.map { end - $0 } }
      }
      #expect(written == expected.count && Array(output.prefix(expected.count)) == expected, "round \(round)")
    }
  }

  /// Pieces too long to be kept stand first, last and alone among others, and two in a row.
  @Test(arguments: ["gpt2", "llama3", "llama2"]) func longPiecesStandWhereTheyWere(_ name: String) throws {
    guard let path = Fixtures.path("tokenizers/\(name)/tokenizer.json") else { return }
    let tokenizer = try TokenizerLoader.load(path: path)
    let long = String(repeating: "ab", count: 20_000)
    let symbols = String(repeating: "!?", count: 20_000)
    for text in [
      long, "a few words " + long, long + symbols + " and 12 words", "x " + symbols + long + "\n\n" + symbols,
    ] {
      let bytes = Array(text.utf8)
      let ids = try bytes.withUnsafeBufferPointer {
        try tokenizer.encodeIDs(utf8: $0, addSpecialTokens: false, parseSpecialTokens: true)
      }
      #expect(try ids == tokenizer.encodeBytes(bytes, parseSpecialTokens: true).ids)
    }
  }

  @Test func lanesMergeAsSymbolsDo() throws {
    var random = RandomGenerator(seed: 19)
    for _ in 0..<40 {
      // Few tokens, so that many pairs merge, also into each other's tokens.
      let merges = MergeTable(capacity: 300)
      var next: TokenID = 12
      for rank in 0..<300 {
        let (left, right) = (TokenID(random.next() % UInt64(next)), TokenID(random.next() % UInt64(next)))
        guard merges.find(left, right).id < 0 else { continue }
        merges.add(left, right, rank: UInt32(rank), id: next)
        next += 1
      }
      let count = 60
      let functions = [gbx_merge_portable(), gbx_merge_avx2()].compactMap { $0 }
      let words = (0..<count).map { _ in
        (0..<(1 + random.next() % 64)).map { _ in TokenID(random.next() % 12) }
      }
      let expected = words.map { word in
        let symbols = SymbolList()
        symbols.removeAll(reserving: word.count)
        for (i, id) in word.enumerated() { symbols.append(id, start: i, length: 1) }
        symbols.merge { merges.find($0.id, $1.id) }
        var tokens: [TokenID] = []
        var at = 0
        while at >= 0 {
          tokens.append(symbols.symbols[at].id)
          at = Int(symbols.symbols[at].next)
        }
        return tokens
      }
      var view = merges.view(bytes: nil)
      let lanes = UnsafeMutablePointer<gbx_merge_lane>.allocate(capacity: count)
      defer { lanes.deallocate() }
      for function in functions {
        for (i, word) in words.enumerated() {
          lanes[i].count = UInt32(word.count)
          lanes[i].is_bytes = false
          let ids = try #require(gbx_merge_ids(lanes + i))
          for (j, id) in word.enumerated() { ids[j] = id }
        }
        function(&view, lanes, count)
        for i in words.indices {
          let ids = try #require(gbx_merge_ids(lanes + i))
          #expect(Array(UnsafeBufferPointer(start: ids, count: Int(lanes[i].count))) == expected[i])
        }
      }
    }
  }

  /// Never more than what is well-formed; and all whole blocks that are.
  @Test func wellFormedTextIsFound() {
    let bytes: [UInt8] = [
      0x00, 0x41, 0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC0, 0xC1, 0xC2, 0xDF, 0xE0, 0xE1, 0xEC, 0xED, 0xEE, 0xEF,
      0xF0, 0xF1, 0xF3, 0xF4, 0xF5, 0xF8, 0xFF,
    ]
    let isThere = gbx_cut_avx2() != nil
    var random = RandomGenerator(seed: 2)
    for round in 0..<60_000 {
      var text = [UInt8](repeating: 0x78, count: 192)
      let place = 56 + Int(random.next() % 12)
      if round % 2 == 0 {
        for i in 0..<4 { text[place + i] = bytes[Int(random.next() % UInt64(bytes.count))] }
      } else {
        text.replaceSubrange(place..<(place + 7), with: Array("é日🙂".utf8.prefix(7)))
        if random.next() % 2 == 0 { text[place + Int(random.next() % 7)] = UInt8(random.next() & 0xFF) }
      }
      var wellFormed = 0
      while wellFormed < text.count {
        let length = text.withUnsafeBufferPointer {
          utf8SequenceLength($0.baseAddress! + wellFormed, remaining: text.count - wellFormed)
        }
        if length == 0 { break }
        wellFormed += length
      }
      let found = gbx_utf8_valid(text, text.count)
      #expect(found <= wellFormed && (found == wellFormed || wellFormed < text.count || !isThere))
      #expect(!isThere || found + 67 >= wellFormed)
    }
  }
}
