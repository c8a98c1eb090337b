/// What introductions say about vocabularies. A family is told by its contents and not by its name, and what is said
/// beyond that is tried out on the vocabulary itself, so that it holds for it.
public enum VocabularyNotes {
  /// Short sentences, the family first where it is known.
  public static func notes(on tokenizer: any Tokenizer) -> [String] {
    var notes: [String] = []
    if let family = family(tokenizer) { notes.append(family) }
    // Nothing is said where the vocabulary lacks what would have to be tried.
    for note in [letters, rareCharacters, lineEnds, tabs, digits] {
      if let said = try? note(tokenizer) { notes.append(said) }
    }
    notes += (try? code(tokenizer)) ?? []
    return notes
  }

  // MARK: - Families

  private static func family(_ tokenizer: any Tokenizer) -> String? {
    let size = tokenizer.vocabularySize
    func isAt(_ token: String, _ id: TokenID) -> Bool { tokenizer.id(of: token) == id }
    func has(_ token: String) -> Bool { tokenizer.id(of: token) != nil }
    if has("[START_REF]"), has("[END_REF]") {
      return "Galactica's vocabulary, for science: citations stand between [START_REF] and [END_REF]."
    }
    if isAt("[CLS]", 101), size == 30_522 { return "BERT's uncased vocabulary: [CLS] and [SEP] stand around a text." }
    if isAt("[CLS]", 101), size == 28_996 { return "BERT's cased vocabulary: capitals count, so rarer words break up." }
    if isAt("<|assistant|>", 32_001) { return "Phi-3: Llama 2's vocabulary with tokens for the turns of a chat." }
    if isAt("<s>", 1), isAt("</s>", 2), size == 32_000 {
      return "Llama 2's vocabulary: SentencePiece BPE, spaces written ▁, bytes for what it lacks."
    }
    if isAt("<|begin_of_text|>", 128_000) {
      return "Llama 3's vocabulary: four times Llama 2's, so most texts take fewer tokens."
    }
    if isAt("<|im_start|>", 151_644) { return "Qwen's vocabulary: large, with much Chinese, and chat in ChatML." }
    if isAt("<fim_prefix>", 1), isAt("<file_sep>", 6) { return "StarCoder2's vocabulary, learned from source code." }
    if isAt("<|im_start|>", 1), isAt("<|im_end|>", 2), size == 49_152 {
      return "SmolLM2's vocabulary: small, so that a small model has few embeddings, and chat in ChatML."
    }
    if isAt("</s>", 1), has("<extra_id_0>") {
      return "T5's vocabulary, which FLAN-T5 shares: Unigram, with sentinels <extra_id_…> for gaps in the text."
    }
    if isAt("<start_of_turn>", 105) || isAt("<start_of_turn>", 106), size > 250_000 {
      return "Gemma's vocabulary: one of the largest, for very many languages."
    }
    if isAt("<|endoftext|>", 100_257) { return "GPT-4's vocabulary (cl100k): twice GPT-2's, numbers by three digits." }
    if isAt("<|endoftext|>", 199_999) { return "GPT-4o's vocabulary (o200k): twice GPT-4's, kinder to other scripts." }
    if isAt("<|endoftext|>", 50_256) {
      return size == 50_257
        ? "GPT-2's vocabulary: the first byte-level BPE, so nothing is ever unknown."
        : "GPT-2's vocabulary with \(size - 50_257) tokens added."
    }
    return nil
  }

  // MARK: - Observations

  private static func ids(_ text: String, _ tokenizer: any Tokenizer) throws -> [TokenID] {
    try tokenizer.encode(text, parseSpecialTokens: false)
  }

  private static func decoded(_ text: String, _ tokenizer: any Tokenizer) throws -> String {
    try tokenizer.decode(ids(text, tokenizer), skipSpecialTokens: true)
  }

  private static func letters(_ tokenizer: any Tokenizer) throws -> String? {
    if try decoded("CAPITAL", tokenizer).utf8.elementsEqual("capital".utf8) {
      return "Capitals are lost: CAPITALIZATION reads as capitalization."
    }
    let count = try tokensAfterSpace("CAPITALIZATION", tokenizer)
    return count > 2 ? "CAPITALIZATION in capitals takes \(count) tokens." : nil
  }

  /// Tokens of a word within a sentence.
  private static func tokensAfterSpace(_ word: String, _ tokenizer: any Tokenizer) throws -> Int {
    try ids("and \(word)", tokenizer).count - ids("and", tokenizer).count
  }

  private static func rareCharacters(_ tokenizer: any Tokenizer) throws -> String? {
    let unknown = tokenizer.specialTokens.unknown
    let lost = try ["🎵", "鸟"].filter { character in
      try !decoded(character, tokenizer).unicodeScalars.contains(character.unicodeScalars[character.startIndex])
    }
    if !lost.isEmpty { return "\(lost.joined(separator: " and ")) cannot be written: unknown." }
    let tokens = try ids("🎵", tokenizer).filter { $0 != unknown }
    let bytes = tokens.reduce(0) { $0 + min(4, tokenizer.bytes(of: $1).count) }
    return tokens.count > 1 && bytes >= 4 ? "🎵 is written in parts of its four bytes." : nil
  }

  private static func lineEnds(_ tokenizer: any Tokenizer) throws -> String? {
    try decoded("one\ntwo", tokenizer).contains("\n") ? nil : "Line ends and runs of spaces are lost."
  }

  private static func tabs(_ tokenizer: any Tokenizer) throws -> String? {
    guard try decoded("a\tb", tokenizer).contains("\t") else { return "Tabs are lost." }
    let one = try ids("\"\t\"", tokenizer).count
    let four = try ids("\"\t\t\t\t\"", tokenizer).count
    if four == one + 3 { return "Tabs stand one by one." }
    return four <= one + 1 ? "Runs of tabs are tokens." : nil
  }

  private static func digits(_ tokenizer: any Tokenizer) throws -> String? {
    func count(_ number: String) throws -> Int { try ids("a=\(number)", tokenizer).count - ids("a=", tokenizer).count }
    if try count("600") == 3, try count("50") == 2, try count("2024") == 4 {
      return "Every digit is a token of its own."
    }
    // Pairs and threes that a vocabulary happens to have do not count: all of these are cut in threes, or none.
    let numbers = ["600600600", "271828183", "314159265"]
    if try count("600") == 1, try numbers.allSatisfy({ try isInThrees($0, tokenizer) }) {
      return "Numbers are cut in threes."
    }
    return try count("600") == 1 ? "Common numbers are one token: 600." : nil
  }

  private static func isInThrees(_ number: String, _ tokenizer: any Tokenizer) throws -> Bool {
    try ids("a=\(number)", tokenizer).suffix(number.utf8.count / 3).allSatisfy { tokenizer.bytes(of: $0).count == 3 }
      && ids("a=\(number)", tokenizer).count - ids("a=", tokenizer).count == number.utf8.count / 3
  }

  private static func code(_ tokenizer: any Tokenizer) throws -> [String] {
    var notes: [String] = []
    if try tokensAfterSpace("elif", tokenizer) == 1 { notes.append("Python's elif is one token.") }
    let indent = String(repeating: " ", count: 16)
    if try decoded("a\n\(indent)b", tokenizer).contains(indent), try ids("a\n\(indent)b", tokenizer).count <= 5 {
      notes.append("An indent of sixteen spaces is one or two tokens.")
    }
    if tokenizer.specialTokens.fillInTheMiddle != nil { notes.append("It has tokens for filling gaps in code.") }
    return notes
  }
}
