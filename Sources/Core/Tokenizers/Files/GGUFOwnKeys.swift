/// Keys in a GGUF file for what its tokenizer does and GGUF's own keys have no place for. Other programs pass over them.
enum GGUFOwnKeys {
  /// How a space is put before a text, a ``SpacePrefix``; without it, as `tokenizer.ggml.add_space_prefix` says.
  static let spacePrefix = "glassbox.tokenizer.space_prefix"
  /// "nfc": accents are composed before text is cut.
  static let normalizer = "glassbox.tokenizer.normalizer"
  /// False: special tokens that the file does not name are none, not those with the usual ids.
  static let usualIDs = "glassbox.tokenizer.usual_ids"

  /// As today's transformers do it (Metaspace): never where the text begins with a space.
  enum SpacePrefix: String {
    /// Before each part of a text, special tokens being between parts.
    case always
    /// Before the beginning of a text alone.
    case first
  }
}

extension GGUFTokenizerReader {
  func spacePrefix() throws -> GGUFOwnKeys.SpacePrefix? {
    guard let value = file[GGUFOwnKeys.spacePrefix] else { return nil }
    guard let prefix = value.string.flatMap(GGUFOwnKeys.SpacePrefix.init) else {
      throw error(GGUFOwnKeys.spacePrefix, value.string ?? "no text", "always or first")
    }
    return prefix
  }

  func ownNormalizer() throws -> (any Normalizer)? {
    guard let value = file[GGUFOwnKeys.normalizer] else { return nil }
    guard value.string == "nfc" else { throw error(GGUFOwnKeys.normalizer, value.string ?? "no text", "nfc") }
    return UnicodeNormalizer(form: .composed)
  }

  var takesUsualIDs: Bool { file[GGUFOwnKeys.usualIDs]?.bool ?? true }
}
