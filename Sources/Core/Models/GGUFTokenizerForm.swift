/// What GGUF can say of a tokenizer.json: how text is written and cut before merging. Whatever else a tokenizer does is
/// refused by name, for a file that cuts text otherwise would be another model.
///
/// Two things that GGUF's own keys have no place for are said by keys of ours (``GGUFOwnKeys``), which other programs
/// pass over; ``notes`` tells what they will do instead.
struct GGUFTokenizerForm {
  /// How spaces are written in a vocabulary of plain text.
  enum SpacePrefix: String {
    /// One before each part of a text (SentencePiece), which is what GGUF means.
    case each
    case none
    /// As today's transformers: not where the part begins with a space. (Metaspace, "always")
    case always
    /// The same, before the beginning of the text alone.
    case first
  }

  /// llama.cpp's name for the rule that cuts text; nil: a vocabulary of plain text, which is not cut.
  var pre: String?
  var prefix = SpacePrefix.none
  var composes = false
  private let file: String

  /// - Parameter json: a tokenizer.json of model BPE.
  /// - Throws: ``FormatError`` naming what GGUF cannot say.
  init(_ json: JSON, file: String) throws {
    self.file = file
    guard let model = json.given("model"), model["type"]?.string ?? "BPE" == "BPE" else {
      throw FormatError(
        file: file, place: "model", found: "a tokenizer of type \(json["model"]?["type"]?.string ?? "unknown")",
        expected: "BPE, which is what GGUF is written with")
    }
    for key in ["continuing_subword_prefix", "end_of_word_suffix"] where model[key]?.string?.isEmpty == false {
      throw unsayable("model.\(key)", model[key]?.string ?? "")
    }
    if model["byte_fallback"]?.bool == true {
      try readPlainText(json)
    } else {
      try readByteLevel(json, ignoresMerges: model["ignore_merges"]?.bool ?? false)
    }
    for token in json["added_tokens"]?.array ?? [] {
      for flag in ["lstrip", "rstrip", "single_word"] where token[flag]?.bool == true {
        throw unsayable("added token \(token["content"]?.string ?? "")", flag)
      }
    }
  }

  /// What other programs that read the file do otherwise, in sentences.
  var notes: [String] {
    var notes: [String] = []
    if prefix == .always || prefix == .first {
      notes.append(
        "Other programs than Glassbox will also put a space before texts that begin with one"
          + (prefix == .first ? ", and after special tokens" : "") + ": GGUF has no word for this tokenizer's rule.")
    }
    if composes {
      notes.append(
        "Other programs than Glassbox will not compose accents before cutting text (NFC): GGUF has no word for it.")
    }
    return notes
  }

  private func unsayable(_ place: String, _ found: String) -> FormatError {
    FormatError(
      file: file, place: place, found: found,
      expected: "a tokenizer that GGUF can describe; converted to it, this model would read other tokens")
  }

  private static func stages(_ stage: JSON?, _ list: String) -> [JSON] {
    guard let stage, !stage.isNull else { return [] }
    return stage["type"]?.string == "Sequence" ? (stage[list]?.array ?? []).flatMap { stages($0, list) } : [stage]
  }

  private func type(_ stage: JSON) -> String { stage["type"]?.string ?? "unknown" }

  // MARK: - Plain text, spaces as ▁

  private mutating func readPlainText(_ json: JSON) throws {
    let mark = "▁"
    func replacesSpaces(_ stage: JSON) -> Bool {
      type(stage) == "Replace" && stage["pattern"]?["String"]?.string == " " && stage["content"]?.string == mark
    }
    let normalizers = Self.stages(json["normalizer"], "normalizers")
    let cuts = Self.stages(json["pre_tokenizer"], "pretokenizers")
    if normalizers.isEmpty, cuts.count == 1, type(cuts[0]) == "Metaspace" {
      return try readMetaspace(cuts[0])
    }
    for stage in normalizers {
      let prepends = type(stage) == "Prepend" && stage["prepend"]?.string == mark
      guard prepends || replacesSpaces(stage) else { throw unsayable("normalizer", type(stage)) }
      if prepends { prefix = .each }
    }
    guard normalizers.last.map(replacesSpaces) == true, normalizers.count == (prefix == .each ? 2 : 1) else {
      throw unsayable("normalizer", normalizers.map(type).joined(separator: ", "))
    }
    for stage in cuts {
      // Gemma's: there are no spaces left to cut at.
      guard type(stage) == "Split", stage["pattern"]?["String"]?.string == " " else {
        throw unsayable("pre_tokenizer", type(stage))
      }
    }
  }

  private mutating func readMetaspace(_ stage: JSON) throws {
    let scheme = stage["prepend_scheme"]?.string ?? (stage["add_prefix_space"]?.bool ?? true ? "always" : "never")
    guard stage["split"]?.bool == false else { throw unsayable("pre_tokenizer Metaspace", "split") }
    guard stage["replacement"]?.string ?? "▁" == "▁" else { throw unsayable("pre_tokenizer Metaspace", "replacement") }
    switch scheme {
    case "always": prefix = .always
    case "first": prefix = .first
    case "never": prefix = .none
    default: throw unsayable("pre_tokenizer Metaspace", scheme)
    }
  }

  // MARK: - Bytes as letters

  private mutating func readByteLevel(_ json: JSON, ignoresMerges: Bool) throws {
    let cuts = Self.stages(json["pre_tokenizer"], "pretokenizers")
    let kinds = cuts.map(type)
    let name: String?
    switch kinds {
    case ["ByteLevel"] where cuts[0]["use_regex"]?.bool != false: name = "gpt-2"
    case ["Digits", "ByteLevel"] where cuts[1]["use_regex"]?.bool != false:
      name = cuts[0]["individual_digits"]?.bool == true ? "smollm" : nil
    case ["Split", "ByteLevel"] where cuts[1]["use_regex"]?.bool == false:
      let isKept = cuts[0]["behavior"]?.string == "Isolated" && cuts[0]["invert"]?.bool != true
      name = isKept ? cuts[0]["pattern"]?["Regex"]?.string.flatMap(KnownPattern.name) : nil
    default: name = nil
    }
    guard let name else {
      throw FormatError(
        file: file, place: "pre_tokenizer", found: "a rule that GGUF has no name for",
        expected: "that of GPT-2, SmolLM2, Llama 3 or Qwen2")
    }
    guard cuts.last?["add_prefix_space"]?.bool == false else {
      throw unsayable("pre_tokenizer ByteLevel", "add_prefix_space, a space put before each text")
    }
    guard ignoresMerges == (name == "llama-bpe") else { throw unsayable("model.ignore_merges", "\(ignoresMerges)") }
    pre = name
    for stage in Self.stages(json["normalizer"], "normalizers") {
      guard type(stage) == "NFC" else { throw unsayable("normalizer", type(stage)) }
      composes = true
    }
  }
}

/// Patterns that tokenizer.json files cut text with, and what GGUF calls them.
enum KnownPattern {
  private static let llama3Head = #"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|"#
  private static let llama3Tail = #"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"#
  private static let patterns = [
    (llama3Head + #"\p{N}{1,3}"# + llama3Tail, "llama-bpe"),
    (llama3Head + #"\p{N}"# + llama3Tail, "qwen2"),
  ]

  static func name(of pattern: String) -> String? { patterns.first { $0.0 == pattern }?.1 }
  static func pattern(named name: String) -> String? { patterns.first { $0.1 == name }?.0 }
}
