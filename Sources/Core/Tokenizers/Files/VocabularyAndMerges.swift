/// vocab.json + merges.txt, or encoder.json + vocab.bpe: GPT-2's pair of files (Radford et al. 2019), which RoBERTa, CLIP,
/// Qwen2 and others have taken over. They say nothing about the stages around them: those follow from
/// tokenizer_config.json where it stands beside them, else from the tokens, as transformers has them for each family.
struct VocabularyAndMerges {
  static let files = [
    (vocabulary: "vocab.json", merges: "merges.txt"), (vocabulary: "encoder.json", merges: "vocab.bpe"),
  ]

  private enum Family { case gpt2, roberta, clip, qwen2 }

  private let vocabularyFile: MappedFile
  private let mergesFile: MappedFile
  private let configuration: TokenizerConfiguration

  init(folder: String, files: (vocabulary: String, merges: String)) throws {
    vocabularyFile = try MappedFile(path: folder + "/" + files.vocabulary)
    mergesFile = try MappedFile(path: folder + "/" + files.merges)
    configuration = TokenizerConfiguration(folder: folder)
  }

  func tokenizer(name: String) throws -> PipelineTokenizer {
    let sources = [TokenizerCache.Source(vocabularyFile), TokenizerCache.Source(mergesFile)]
    let (vocabulary, plain, count, merges) = try TableCache.load(sources) { cache in
      let (vocabulary, plain, count) = try BPEFileReader(file: vocabularyFile.path, isByteLevel: true, cache: cache)
        .vocabulary(JSONScanner(vocabularyFile.bytes, file: vocabularyFile.path))
      let merges = try BPEFileReader(file: mergesFile.path, isByteLevel: true, cache: cache)
        .merges(lines: mergesFile.bytes.bindMemory(to: UInt8.self), vocabulary)
      try vocabularyFile.checkUnchanged()
      try mergesFile.checkUnchanged()
      return (vocabulary, plain, count, merges)
    }
    let family = family(vocabulary)
    let unknown = family == .clip ? vocabulary.id(Array("<|endoftext|>".utf8)) : -1
    let bpe = BPEModel(
      vocabulary: vocabulary, merges: merges, isByteLevel: true, unknown: unknown >= 0 ? unknown : nil,
      marks: WordMarks(suffix: family == .clip ? Array("</w>".utf8) : []))
    let model = TokenizerJSON.Model(model: bpe, isByteLevel: true, plainTokens: plain, tokens: count)
    let added = addedTokens(model, family)
    var configuration = configuration
    // GPT-2 has one special token for everything.
    if family == .gpt2 { configuration.bos = configuration.bos ?? configuration.eos ?? "<|endoftext|>" }
    return try PipelineBuilder(
      file: vocabularyFile.path, name: name, stages: stages(family, added), model: model, added: added,
      configuration: configuration
    ).tokenizer()
  }

  private func family(_ vocabulary: Vocabulary) -> Family {
    func has(_ token: String) -> Bool { vocabulary.id(Array(token.utf8)) >= 0 }
    let name = configuration.tokenizerClass ?? ""
    if name.hasPrefix("CLIP") || has("a</w>") { return .clip }
    if name.hasPrefix("Qwen2") { return .qwen2 }
    if ["Roberta", "Bart", "Longformer", "LED", "MPNet"].contains(where: { name.hasPrefix($0) }) { return .roberta }
    return name.isEmpty && has("<s>") && has("</s>") && has("<mask>") ? .roberta : .gpt2
  }

  /// Those of tokenizer_config.json, and of the names that vocabularies of this form use, as these files do not say which
  /// tokens are special.
  private func addedTokens(_ model: TokenizerJSON.Model, _ family: Family) -> [AddedToken] {
    var added = configuration.added
    let fim = ["fim_prefix", "fim_middle", "fim_suffix", "fim_pad", "repo_name", "file_sep"]
    let names =
      ["<|endoftext|>", "<|startoftext|>", "<|im_start|>", "<|im_end|>", "<s>", "</s>", "<pad>", "<unk>", "<mask>"]
      + fim.map { "<\($0)>" } + fim.map { "<|\($0)|>" }
      + [
        configuration.bos, configuration.eos, configuration.padding, configuration.unknown, configuration.mask,
      ].compactMap { $0 }
    for name in names {
      guard let id = model.id(of: name), !added.contains(where: { $0.id == id }) else { continue }
      // The mask takes the space before it along.
      added.append(AddedToken(content: name, id: id, stripsLeft: family == .roberta && name == "<mask>"))
    }
    return added
  }

  private func stages(_ family: Family, _ added: [AddedToken]) -> JSONObject {
    func frame(_ start: String, _ end: String) -> JSON {
      func token(_ text: String) -> JSON {
        added.first { $0.content.utf8.elementsEqual(text.utf8) }.map { [.string(text), .int(Int($0.id))] } ?? .null
      }
      let (start, end) = (token(start), token(end))
      return start.isNull || end.isNull ? .null : ["type": "RobertaProcessing", "cls": start, "sep": end]
    }
    let bytes: JSON = ["type": "ByteLevel", "add_prefix_space": .bool(configuration.addsPrefixSpace ?? false)]
    var stages: JSONObject = ["pre_tokenizer": bytes, "decoder": ["type": "ByteLevel"]]
    switch family {
    case .gpt2: break
    case .roberta:
      stages["post_processor"] = frame(configuration.classification ?? "<s>", configuration.separator ?? "</s>")
    case .clip:
      stages["normalizer"] = [
        "type": "Sequence",
        "normalizers": [
          ["type": "NFC"], ["type": "Replace", "pattern": ["Regex": #"\s+"#], "content": " "], ["type": "Lowercase"],
        ],
      ]
      stages["pre_tokenizer"] = [
        "type": "Sequence",
        "pretokenizers": [
          [
            "type": "Split", "behavior": "Removed", "invert": true,
            "pattern": [
              "Regex":
                #"<\|startoftext\|>|<\|endoftext\|>|'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+"#
            ],
          ], ["type": "ByteLevel", "add_prefix_space": false, "use_regex": true],
        ],
      ]
      stages["post_processor"] = frame("<|startoftext|>", "<|endoftext|>")
    case .qwen2:
      stages["normalizer"] = ["type": "NFC"]
      stages["pre_tokenizer"] = [
        "type": "Sequence",
        "pretokenizers": [
          [
            "type": "Split", "behavior": "Isolated", "invert": false,
            "pattern": ["Regex": .string(CL100KScanner.qwen2)],
          ],
          ["type": "ByteLevel", "add_prefix_space": false, "use_regex": false],
        ],
      ]
    }
    return stages
  }
}
