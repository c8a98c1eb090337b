/// Text of tokens as it becomes complete, from the bytes they stand for.
struct ByteDetokenizer {
  private let tokenizer: any Tokenizer
  private var held: [UInt8] = []

  init(_ tokenizer: any Tokenizer) { self.tokenizer = tokenizer }

  mutating func push(_ id: TokenID) -> String {
    if tokenizer.isSpecial(id) { return "" }
    held += tokenizer.bytes(of: id)
    // Up to three bytes at the end may begin a character.
    var open = 0
    for back in 1...3 where back <= held.count {
      let byte = held[held.count - back]
      let length = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc0 ? 2 : byte >= 0x80 ? 0 : 1
      if length > back { open = back }
      if length > 0 { break }
    }
    let text = String(decoding: held.dropLast(open), as: UTF8.self)
    held.removeFirst(held.count - open)
    return text
  }

  mutating func finish() -> String {
    defer { held = [] }
    return String(decoding: held, as: UTF8.self)
  }
}
