import Core

/// What a vocabulary does with the things that introductions look at, found out by asking it.
enum TokensNotes {
  static func notes(of tokenizer: (any Tokenizer)?) -> [String] {
    guard let tokenizer else { return [] }
    func pieces(_ text: String) -> [String] {
      tokenizer.encode(text, parseSpecialTokens: false).map { TokenLabel.of(tokenizer.bytes(of: $0)) }
    }
    func count(_ text: String) -> Int { tokenizer.encode(text, parseSpecialTokens: false).count }
    func isUnknown(_ text: String) -> Bool {
      guard let unknown = tokenizer.specialTokens.unknown else { return false }
      return tokenizer.encode(text, parseSpecialTokens: false).contains(unknown)
    }
    var notes: [String] = []
    let capitals = pieces("CAPITALIZATION")
    if tokenizer.encode("CAPITAL", parseSpecialTokens: false) == tokenizer.encode("capital", parseSpecialTokens: false) {
      notes.append("Capitals are lost: CAPITAL and capital are the same tokens.")
    } else {
      notes.append("CAPITALIZATION is \(Figures.count(capitals.count, "token")): \(capitals.joined(separator: " ")).")
    }
    let emoji = "🎵"
    notes.append(
      isUnknown(emoji)
        ? "The emoji 🎵 is unknown to it." : "The emoji 🎵 is \(Figures.count(count(" " + emoji), "token")), 鸟 \(isUnknown("鸟") ? "unknown" : Figures.count(count("鸟"), "token")).")
    let tabs = count("\t\t\t\t")
    let spaces = count("        x")
    if count("a\tb") == count("a b"), tabs == 0 {
      notes.append("Tabs and line ends are dropped like spaces.")
    } else {
      notes.append("Four tabs are \(Figures.count(tabs, "token")), eight spaces \(Figures.count(max(0, spaces - 1), "token")).")
    }
    let digits = pieces("12345678")
    if digits.count >= 8 {
      notes.append("Every digit is a token of its own.")
    } else {
      notes.append("12345678 is \(digits.joined(separator: " ")).")
    }
    return notes
  }
}
