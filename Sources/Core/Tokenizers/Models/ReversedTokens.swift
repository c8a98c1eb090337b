/// The longest token that begins at each place of a word, in time in proportion to the word's length: the automaton
/// of Aho & Corasick (1975) over the tokens from their ends, which runs over the word from its end. For long words
/// and long tokens, where a walk for each place would take the product of their lengths.
final class ReversedTokens: @unchecked Sendable {
  /// Of each state: its parent and the byte from there; the state of the longest rest that is also a state; the longest
  /// token that ends a state's text, and its length.
  private struct State {
    var parent: Int32
    var fail: Int32 = 0
    var token: TokenID = -1
    var length: Int32 = 0
    var byte: UInt8
  }

  private var states = [State(parent: -1, byte: 0)]
  /// From a state and a byte, in that order.
  private var next: [UInt64: Int32] = [:]

  /// - Parameter prefix: only tokens that begin with it, which is left out; a token that is nothing else is not taken.
  init(_ vocabulary: Vocabulary, prefix: [UInt8]) {
    for id in 0..<vocabulary.count {
      guard let bytes = vocabulary.bytes(TokenID(id)), bytes.count > prefix.count, bytes.starts(with: prefix),
        vocabulary.id(bytes) == id
      else { continue }
      var state: Int32 = 0
      for byte in bytes[prefix.count...].reversed() {
        let key = Self.key(state, byte)
        if let known = next[key] {
          state = known
        } else {
          let new = Int32(states.count)
          states.append(State(parent: state, byte: byte))
          next[key] = new
          state = new
        }
      }
      states[Int(state)].token = TokenID(id)
      states[Int(state)].length = Int32(bytes.count - prefix.count)
    }
    // Shorter texts first, as rests are shorter.
    var depths = [Int32](repeating: 0, count: states.count)
    for i in states.indices.dropFirst() { depths[i] = depths[Int(states[i].parent)] + 1 }
    for i in states.indices.dropFirst().sorted(by: { depths[$0] < depths[$1] }) {
      let parent = states[i].parent
      if parent > 0 { states[i].fail = step(states[Int(parent)].fail, states[i].byte) }
      if states[i].token < 0 {
        let rest = states[Int(states[i].fail)]
        (states[i].token, states[i].length) = (rest.token, rest.length)
      }
    }
  }

  private static func key(_ state: Int32, _ byte: UInt8) -> UInt64 {
    UInt64(UInt32(bitPattern: state)) << 8 | UInt64(byte)
  }

  private func step(_ from: Int32, _ byte: UInt8) -> Int32 {
    var state = from
    while true {
      if let found = next[Self.key(state, byte)] { return found }
      if state == 0 { return 0 }
      state = states[Int(state)].fail
    }
  }

  /// For each place of a word, the longest token that begins there, and its length; -1 where there is none.
  func longest(_ word: UnsafePointer<UInt8>, _ count: Int) -> [(id: TokenID, length: Int)] {
    var found = [(id: TokenID, length: Int)](repeating: (-1, 0), count: count)
    var state: Int32 = 0
    for i in (0..<count).reversed() {
      state = step(state, word[i])
      found[i] = (states[Int(state)].token, Int(states[Int(state)].length))
    }
    return found
  }
}
