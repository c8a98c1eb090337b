/// What introductions say about well-known vocabularies, told by their contents and not by their names.
public enum VocabularyNotes {
  /// Short sentences, the most telling first; none for a vocabulary that is not known.
  public static func notes(on tokenizer: any Tokenizer) -> [String] { [] }
}
