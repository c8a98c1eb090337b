import Core
import Foundation
import TestSupport
import Testing

/// Explanations of real vocabularies: they end in the tokens that `encode` gives, and every word's trace in the word's.
@Suite struct TokenizerExplanationGoldenTests {
  static let files = [
    "gpt2/tokenizer.json", "smollm2", "llama3/tokenizer.json", "qwen2/tokenizer.json", "llama2/tokenizer.json", "phi-3",
    "phi-2", "starcoder2/tokenizer.json", "gpt2/vocab.json", "gpt2/ggml-vocab-gpt-2.gguf",
    "llama2/ggml-vocab-llama-spm.gguf", "qwen2/ggml-vocab-qwen2.gguf", "starcoder2/ggml-vocab-starcoder.gguf",
    "bert-base-uncased/tokenizer.json", "bert-base-cased/vocab.txt", "flan-t5/tokenizer.json", "flan-t5/spiece.model",
    "claude-legacy", "llama2/tokenizer.model", "llama2/tokenizer.bin", "cl100k_base", "o200k_base",
    "llama3/tokenizer.model",
  ]

  @Test(arguments: files) func explanationsEndInTheSameTokens(_ file: String) throws {
    guard let path = Fixtures.path("tokenizers/\(file)"),
      let data = Fixtures.data("golden/strings.json"),
      let texts = try JSON.parse(data).array?.compactMap(\.string)
    else { return }
    #expect(texts.count == 388)
    let tokenizer = try TokenizerLoader.load(path: path)
    let explainer = TokenizationExplainer(tokenizer)
    var traced = Set<[UInt8]>()
    for text in texts {
      for (special, parse) in [(false, true), (true, false)] {
        let encoding = try tokenizer.encodeWithOffsets(text, addSpecialTokens: special, parseSpecialTokens: parse)
        let explanation = try explainer.explain(text, addSpecialTokens: special, parseSpecialTokens: parse)
        #expect(explanation.tokens.map(\.id) == encoding.ids, "\(text)")
        #expect(explanation.tokens.map(\.source) == encoding.offsets, "\(text)")
        check(explanation, text)
        for word in explanation.words where traced.insert(word.text).inserted {
          try check(explainer.trace(word.text), word, explanation)
        }
      }
    }
  }

  /// What must hold between the parts of any explanation.
  private func check(_ explanation: TokenizationExplanation, _ text: String) {
    var tokens = explanation.pieces.first?.tokens.lowerBound ?? 0
    var words = 0
    for (index, piece) in explanation.pieces.enumerated() {
      #expect(piece.tokens.lowerBound == tokens && piece.words.lowerBound == words, "\(text)")
      (tokens, words) = (piece.tokens.upperBound, piece.words.upperBound)
      for word in piece.words { #expect(explanation.words[word].piece == index, "\(text)") }
      #expect(piece.words.flatMap { explanation.words[$0].text } == (piece.isAddedToken ? [] : piece.text), "\(text)")
      for token in piece.tokens { #expect(explanation.tokens[token].piece == index, "\(text)") }
      #expect(!piece.border.sentence.isEmpty)
    }
    for (before, stage) in zip(explanation.stages, explanation.stages.dropFirst()) {
      for part in stage.parts {
        if let parent = part.parent {
          #expect(before.parts.indices.contains(parent))
        } else {
          #expect(stage.kind == .postProcessor)
        }
      }
    }
    #expect(explanation.stages.last?.parts.map(\.token) ?? [] == explanation.tokens.map(\.id))
  }

  private func check(
    _ trace: WordTrace?, _ word: TokenizationExplanation.Word, _ explanation: TokenizationExplanation
  ) throws {
    let trace = try #require(trace)
    let ids = word.tokens.map { explanation.tokens[$0].id }
    #expect(trace.tokens.map(\.id) == ids, "\(word.text)")
    if case .lattice(let lattice) = trace.method { return check(lattice, ids, word) }
    guard case .merges(let merges) = trace.method else { return }
    #expect(merges.states.last?.map(\.id) == ids, "\(word.text)")
    #expect(merges.states.count == merges.steps.count + 1 || merges.order == .score)
    for (number, step) in merges.steps.enumerated() {
      let state = merges.states[number]
      #expect(step.candidates.map(\.left) == Array(state.indices.dropLast()))
      #expect(merges.states[number + 1].count == state.count - 1)
      #expect(merges.states[number + 1][step.chosen] == step.result)
      // Nothing that could merge comes before what did.
      let chosen = step.candidates[step.chosen]
      for candidate in step.candidates where candidate.id != nil {
        switch merges.order {
        case .rank: #expect((candidate.rank ?? -1) >= (chosen.rank ?? .max))
        case .score: #expect((candidate.score ?? .infinity) <= (chosen.score ?? -.infinity))
        }
      }
    }
    for pair in merges.remaining { #expect(pair.id == nil) }
  }

  private func check(_ lattice: LatticeTrace, _ ids: [TokenID], _ word: TokenizationExplanation.Word) {
    // Unknown characters that touch are one token, or bytes.
    let best = lattice.best.edges.map { lattice.edges[$0] }
    if !best.contains(where: \.isUnknown), best.map(\.id) != ids {
      // Two paths of equal score: which one rounding prefers depends on the text before.
      var at = 0
      let path = ids.compactMap { id -> Double? in
        guard let edge = lattice.edges.first(where: { $0.id == id && $0.range.lowerBound == at }) else { return nil }
        at = edge.range.upperBound
        return edge.score
      }
      #expect(path.count == ids.count && abs(path.reduce(0, +) - lattice.best.score) < 1e-3, "\(word.text)")
    }
    var at = 0
    for edge in best {
      #expect(edge.range.lowerBound == at)
      at = edge.range.upperBound
    }
    #expect(at == word.text.count)
    #expect(abs(best.reduce(0) { $0 + $1.score } - lattice.best.score) < 1e-2)
    #expect((lattice.gap ?? 0) >= 0 && lattice.second?.edges != lattice.best.edges)
    // No edge allows a better path than the best.
    for edge in lattice.edges { #expect(edge.bestThrough <= lattice.best.score + 1e-2) }
  }
}

/// Stages, borders and traces on a vocabulary small enough to see through.
@Suite struct TokenizerExplanationTests {
  private func tokenizer(_ members: String, model: String = "") throws -> any Tokenizer {
    let text = """
      {\(members) "model": {"type": "BPE", \(model)
       "vocab": {"a": 0, "b": 1, "c": 2, "ab": 3, "bc": 4, "abc": 5, "Ġ": 6, "Ġa": 7, "1": 8, "<x>": 9, "<s>": 10},
       "merges": ["b c", "a b", "a bc", "Ġ a"]}}
      """
    return try TokenizerLoader.load(json: Array(text.utf8), name: "small")
  }
  private static let byteLevel = #""pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": false},"#

  @Test func everyMergeWithItsRivals() throws {
    let explainer = TokenizationExplainer(try tokenizer(Self.byteLevel))
    guard case .merges(let trace) = explainer.trace(Array("abcab".utf8))?.method else {
      Issue.record("no merges")
      return
    }
    #expect(trace.states.map { $0.map(\.id) } == [[0, 1, 2, 0, 1], [0, 4, 0, 1], [0, 4, 3], [5, 3]])
    #expect(trace.steps.map(\.chosen) == [1, 2, 0])
    #expect(trace.steps[0].candidates.map(\.rank) == [1, 0, nil, 1])
    #expect(trace.steps[1].candidates.map(\.rank) == [2, nil, 1])
    #expect(trace.remaining.map(\.left) == [0] && trace.remaining[0].id == nil)
    #expect(trace.states[3].map(\.range) == [0..<3, 3..<5])
  }

  @Test func wholePiecesAreLookedUp() throws {
    let explainer = TokenizationExplainer(try tokenizer(Self.byteLevel, model: #""ignore_merges": true,"#))
    guard case .lookup(let lookup) = explainer.trace(Array("ab".utf8))?.method else {
      Issue.record("no lookup")
      return
    }
    #expect(lookup.isFound)
    #expect(explainer.trace(Array("ab".utf8))?.tokens == [TraceSymbol(id: 3, range: 0..<2)])
  }

  @Test func longWordsAreNotTraced() throws {
    let explainer = TokenizationExplainer(try tokenizer(Self.byteLevel))
    let word = [UInt8](repeating: 0x61, count: 300)
    #expect(explainer.trace(word)?.method == .tooLong(limit: TokenizationExplainer.defaultWordLimit))
    #expect(explainer.trace(word)?.tokens.count == 300)
    guard case .merges(let trace) = explainer.trace(word, limit: 300)?.method else {
      Issue.record("no merges")
      return
    }
    #expect(trace.steps.isEmpty && trace.remaining.count == 299)
  }

  @Test func reasonsOfBorders() throws {
    let explained = try TokenizationExplainer(
      try tokenizer(
        #""added_tokens": [{"id": 9, "content": "<x>", "special": true}], "#
          + #""post_processor": {"type": "TemplateProcessing", "single": [{"SpecialToken": {"id": "<s>"}}, "#
          + #"{"Sequence": {"id": "A"}}], "special_tokens": {"<s>": {"ids": [10]}}}, "# + Self.byteLevel)
    ).explain("aba a<x>c", addSpecialTokens: true)
    #expect(explained.tokens.map(\.id) == [10, 3, 0, 7, 9, 2])
    #expect(
      explained.tokens.map(\.border.kind) == [.postProcessor, .start, .model, .preTokenizer, .addedToken, .addedToken])
    #expect(explained.tokens.map(\.source) == [0..<0, 0..<2, 2..<3, 3..<5, 5..<8, 8..<9])
    #expect(explained.stages.map(\.kind) == [.addedTokens, .preTokenizer, .model, .postProcessor])
    #expect(explained.stages.map(\.hasEffect) == [true, true, true, true])
    #expect(explained.stages[1].parts.map { String(decoding: $0.text, as: UTF8.self) } == ["aba", " a", "<x>", "c"])
    #expect(explained.stages[1].parts.map(\.parent) == [0, 0, 1, 2])
    #expect(explained.pieces.map(\.isAddedToken) == [false, false, true, false])
    #expect(explained.tokens[4].border.sentence.contains("<x>"))
    #expect(explained.token(at: 2) == 2 && explained.token(at: 6) == 4 && explained.token(at: 9) == nil)
  }

  @Test func normalizersShowWhatTheyChange() throws {
    let json = """
      {"normalizer": {"type": "Sequence", "normalizers": [{"type": "NFC"}, {"type": "Prepend", "prepend": "▁"},
       {"type": "Replace", "pattern": {"String": " "}, "content": "▁"}]},
       "model": {"type": "BPE", "unk_token": "<unk>", "byte_fallback": true,
       "vocab": {"<unk>": 0, "a": 1, "▁": 2, "▁a": 3, "<0xC3>": 4, "<0xA9>": 5}, "merges": ["▁ a"]}}
      """
    let explainer = TokenizationExplainer(try TokenizerLoader.load(json: Array(json.utf8), name: "small"))
    let explained = try explainer.explain("a ae\u{301}x")
    #expect(explained.stages.map(\.name) == ["NFC", "Prepend", "Replace", "BPE"])
    #expect(
      explained.stages.prefix(3).map { $0.parts.map { String(decoding: $0.text, as: UTF8.self) } } == [
        ["a aéx"], ["▁a aéx"], ["▁a▁aéx"],
      ])
    #expect(explained.stages.prefix(3).map { $0.parts[0].isChanged } == [true, true, true])
    #expect(explained.tokens.map(\.id) == [3, 3, 4, 5, 0])
    #expect(explained.words.map { String(decoding: $0.text, as: UTF8.self) } == ["▁a", "▁aéx"])
    #expect(explained.words.map(\.tokens) == [0..<1, 1..<5])
    let kinds = explainer.trace(explained.words[1].text).map { trace -> [TraceSymbol.Kind] in
      guard case .merges(let merges) = trace.method else { return [] }
      return merges.states[0].map(\.kind)
    }
    #expect(kinds == [.token, .token, .byteFallback, .byteFallback, .unknown])
    let plain = try explainer.explain("a")
    #expect(plain.stages.map(\.hasEffect) == [false, true, false, true])
  }

  @Test func alternativesOfPatterns() throws {
    let pattern =
      #"(?i:'s|'t)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]++[\\r\\n]*|\\s+(?!\\S)|\\s+"#
    let json = """
      {"pre_tokenizer": {"type": "Split", "pattern": {"Regex": "\(pattern)"}, "behavior": "Isolated", "invert": false},
       "model": {"type": "BPE", "vocab": {"a": 0}, "merges": []}}
      """
    let explainer = TokenizationExplainer(try TokenizerLoader.load(json: Array(json.utf8), name: "small"))
    let stage = try #require(try explainer.explain("it's 12345 ,  b|").stages.first)
    let parts = stage.parts.map { String(decoding: $0.text, as: UTF8.self) }
    #expect(parts == ["it", "'s", " ", "123", "45", " ,", " ", " b", "|"])
    let rules = stage.parts.map { $0.rule?.pattern }
    #expect(
      rules == [
        #"[^\r\n\p{L}\p{N}]?\p{L}+"#, "(?i:'s|'t)", #"\s+"#, #"\p{N}{1,3}"#, #"\p{N}{1,3}"#,
        #" ?[^\s\p{L}\p{N}]++[\r\n]*"#, #"\s+(?!\S)"#, #"[^\r\n\p{L}\p{N}]?\p{L}+"#,
        #" ?[^\s\p{L}\p{N}]++[\r\n]*"#,
      ])
    #expect(stage.parts[0].rule?.words == "letters, with one space or symbol before")
    #expect(stage.parts[5].rule?.words == "symbols, with one space before and line ends after")
  }

  @Test func longestMatches() throws {
    let json = """
      {"pre_tokenizer": {"type": "BertPreTokenizer"}, "model": {"type": "WordPiece", "unk_token": "[UNK]",
       "continuing_subword_prefix": "##", "max_input_chars_per_word": 5,
       "vocab": {"[UNK]": 0, "un": 1, "##do": 2, "##d": 3, "u": 4, "do": 5}}}
      """
    let explainer = TokenizationExplainer(try TokenizerLoader.load(json: Array(json.utf8), name: "small"))
    guard case .longestMatch(let trace) = explainer.trace(Array("undo".utf8))?.method else {
      Issue.record("no matches")
      return
    }
    #expect(
      trace.steps.map { $0.tries.map { String(decoding: $0.text, as: UTF8.self) } } == [
        ["undo", "und", "un"], ["##do"],
      ])
    #expect(trace.steps.map { $0.result?.id } == [1, 2] && trace.outcome == .matched)
    for (word, outcome) in [("undx", LongestMatchTrace.Outcome.noMatch), ("undodo", .tooManyCharacters)] {
      guard case .longestMatch(let trace) = explainer.trace(Array(word.utf8))?.method else { continue }
      #expect(trace.outcome == outcome)
      #expect(explainer.trace(Array(word.utf8))?.tokens.map(\.id) == [0])
    }
    let borders = try explainer.explain("undo do!").tokens.map(\.border.sentence)
    #expect(borders[2].contains("drops"))
  }

  @Test func theLatticeAndItsTwoBestPaths() throws {
    let json = """
      {"model": {"type": "Unigram", "unk_id": 0,
       "vocab": [["<unk>", 0], ["a", -1.0], ["b", -1.5], ["ab", -2.0], ["abc", -3.25], ["c", -1.0]]}}
      """
    let explainer = TokenizationExplainer(try TokenizerLoader.load(json: Array(json.utf8), name: "small"))
    guard case .lattice(let lattice) = explainer.trace(Array("abc".utf8))?.method else {
      Issue.record("no lattice")
      return
    }
    #expect(lattice.nodes == [0, 1, 2, 3])
    #expect(lattice.edges.map(\.id) == [1, 3, 4, 2, 5])
    #expect(lattice.edges.map(\.bestThrough) == [-3.5, -3.0, -3.25, -3.5, -3.0])
    #expect(lattice.best.edges.map { lattice.edges[$0].id } == [3, 5] && lattice.best.score == -3)
    #expect(lattice.second?.edges.map { lattice.edges[$0].id } == [4] && lattice.gap == 0.25)
    #expect(explainer.trace(Array("abc".utf8))?.tokens.map(\.id) == [3, 5])
  }

  @Test func limitsAndIllFormedText() throws {
    let explainer = TokenizationExplainer(try tokenizer(Self.byteLevel))
    let text = Array(repeating: "a é", count: 10).joined()
    let explained = try explainer.explain(text, limit: 19)
    #expect(explained.explainedBytes == 18)
    #expect(try explainer.explain("").tokens.isEmpty && explainer.explain("").explainedBytes == 0)
    let broken: [UInt8] = [0x61, 0xFF, 0x61]
    let repaired = try broken.withUnsafeBufferPointer { try explainer.explain(utf8: $0) }
    #expect(repaired.stages.first?.kind == .repair)
    #expect(repaired.tokens.map(\.source) == [0..<1, 2..<3])
  }
}
