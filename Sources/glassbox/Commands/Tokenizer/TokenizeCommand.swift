import ArgumentParser
import Core

struct TokenizerOptions: ParsableArguments {
  @Option(
    name: [.short, .long],
    help: """
      A tokenizer.json, SentencePiece .model, vocab.txt, .tiktoken or GGUF file, a folder with one, or a model; \
      bytes, chars:FILE or words:FILE for one made of a text.
      """
  )
  var tokenizer: String

  @Option(help: "The split pattern of a rank file, by the name of an encoding (cl100k_base, o200k_base, llama3 …).")
  var pattern: String?

  func load() throws -> any Tokenizer {
    try TokenizerLoader.load(path: ModelRegistry.resolve(tokenizer), pattern: pattern)
  }
}

struct TokenizeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "tokenize", abstract: "Text to tokens.",
    discussion: """
      Prints the ids; with --json also the tokens and their places in the text (UTF-8 bytes).

      --explain tells how they came about: what each stage of the tokenizer made of the text, why each token begins where \
      it does, and the steps of each word (merges with their ranks and rivals, longest matches, or the lattice of a \
      Unigram model). In JSON these are the members "stages", "pieces", "borders" (one for each token), "words" and \
      "explained_bytes"; docs/tokenize-explain.md describes them. At most \(TokenizationExplainer.defaultLimit) bytes \
      of a text are explained.
      """)

  @OptionGroup var source: TokenizerOptions
  @Argument(help: "A text file; standard input where none is given.") var file: String?
  @Flag(help: "Add what the model wants around a text (BOS, EOS …).") var special = false
  @Flag(inversion: .prefixedNo, help: "Take the text of special tokens as those tokens.") var parseSpecial = true
  @OptionGroup var lengths: LengthOptions
  @Flag(help: "Tell stage by stage how the tokens came about.") var explain = false
  @OptionGroup var batch: BatchOptions

  func run() throws {
    let tokenizer = try source.load()
    let explainer = TokenizationExplainer(tokenizer)
    if let path = batch.jsonl {
      return try batch.answerLines(of: path) { request, writer in
        guard let text = try request.string("text") else { throw InputError("The request has no \"text\".") }
        let addsSpecial = try request.bool("add_special") ?? special
        let parsesSpecial = try request.bool("parse_special") ?? parseSpecial
        if let input = try lengths.input(text, request, tokenizer, addsSpecial, parsesSpecial) {
          return LengthOptions.write(input, tokenizer, &writer)
        }
        let encoding = try tokenizer.encodeWithOffsets(
          text, addSpecialTokens: addsSpecial, parseSpecialTokens: parsesSpecial)
        var explanation: TokenizationExplanation?
        if try request.bool("explain") ?? explain {
          explanation = try explainer.explain(text, addSpecialTokens: addsSpecial, parseSpecialTokens: parsesSpecial)
        }
        var bytes = text
        let tokens = bytes.withUTF8 { tokenizer.written(encoding, of: $0) }
        Self.write(encoding.ids, encoding.offsets, tokens, tokenizer, explanation, &writer)
      }
    }
    let text = try Input.bytes(file)
    if lengths.isUsed {
      let whole = String(decoding: text, as: UTF8.self)
      if let input = try lengths.input(whole, nil, tokenizer, special, parseSpecial) {
        return batch.json
          ? batch.print { LengthOptions.write(input, tokenizer, &$0) }
          : Self.print { input.ids.withUnsafeBufferPointer($0) }
      }
    }
    if !batch.json, !explain {
      return try Self.print { receive in
        try text.withUnsafeBufferPointer {
          try tokenizer.encodeIDs(utf8: $0, addSpecialTokens: special, parseSpecialTokens: parseSpecial, into: receive)
        }
      }
    }
    var explanation: TokenizationExplanation?
    if explain {
      explanation = try text.withUnsafeBufferPointer {
        try explainer.explain(utf8: $0, addSpecialTokens: special, parseSpecialTokens: parseSpecial)
      }
    }
    if batch.json {
      let encoding = try text.withUnsafeBufferPointer {
        try CompactEncoding(utf8: $0, tokenizer, addSpecialTokens: special, parseSpecialTokens: parseSpecial)
      }
      batch.stream { writer in
        text.withUnsafeBufferPointer {
          let tokens = tokenizer.written(encoding.ids, of: $0)
          Self.write(encoding.ids, encoding.offsets, tokens, tokenizer, explanation, &writer)
        }
      }
    } else if let explanation {
      var shown = TokenExplanationText(explainer)
      shown.write(explanation)
      StandardOutput.write(shown.text)
      if explanation.explainedBytes < text.count {
        StandardError.write("glassbox: only the first \(explanation.explainedBytes) bytes were explained.\n")
      }
    }
  }

  /// Prints ids as they come.
  private static func print(
    _ encode: ((UnsafeBufferPointer<TokenID>) -> Void) throws -> Void
  ) rethrows {
    var isFirst = true
    var line: [UInt8] = []
    try encode { ids in
      for id in ids {
        if !isFirst { line.append(UInt8(ascii: " ")) }
        isFirst = false
        append(id, to: &line)
        if line.count >= 1 << 15 {
          StandardOutput.write(line)
          line.removeAll(keepingCapacity: true)
        }
      }
    }
    line.append(UInt8(ascii: "\n"))
    StandardOutput.write(line)
  }

  private static func append(_ id: TokenID, to line: inout [UInt8]) {
    guard id >= 0 else { return line.append(contentsOf: "\(id)".utf8) }
    let start = line.count
    var rest = id
    repeat {
      line.append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10))
      rest /= 10
    } while rest > 0
    line[start...].reverse()
  }

  /// "ids", "tokens" and "offsets".
  static func writeMembers(
    _ ids: [TokenID], _ tokens: some Sequence<String?>, _ offsets: some Sequence<Range<Int>>,
    _ writer: inout JSON.Writer
  ) {
    writer.member("ids") { $0.array(ids) { $0.write(Int($1)) } }
    writer.member("tokens") { $0.array(tokens) { $0.write($1 ?? "") } }
    writer.member("offsets") {
      $0.array(offsets) { writer, range in
        writer.array(0..<2) { $0.write($1 == 0 ? range.lowerBound : range.upperBound) }
      }
    }
  }

  private static func write(
    _ ids: [TokenID], _ offsets: some Sequence<Range<Int>>, _ tokens: WrittenTokens, _ tokenizer: any Tokenizer,
    _ explanation: TokenizationExplanation?, _ writer: inout JSON.Writer
  ) {
    writer.object { writer in
      writeMembers(ids, tokens, offsets, &writer)
      if let explanation {
        TokenExplanationJSON.writeMembers(of: explanation, TokenizationExplainer(tokenizer), to: &writer)
      }
    }
  }
}

struct DetokenizeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "detokenize", abstract: "Tokens to text.",
    discussion: """
      Reads ids, apart by spaces, commas or lines. Into a file or a pipe goes the text to the byte; on a terminal what \
      could steer it is shown instead of sent.
      """)

  @OptionGroup var source: TokenizerOptions
  @Argument(help: "A file of ids; standard input where none is given.") var file: String?
  @Flag(help: "Leave special tokens out.") var skipSpecial = false
  @OptionGroup var batch: BatchOptions

  func run() throws {
    let tokenizer = try source.load()
    if let path = batch.jsonl {
      return try batch.answerLines(of: path) { request, writer in
        guard let ids = try request.ids("ids") else { throw InputError("The request has no \"ids\".") }
        let skip = try request.bool("skip_special") ?? skipSpecial
        let text = try Self.decode(ids, tokenizer, skipSpecial: skip)
        writer.object { $0.member("text", .string(text)) }
      }
    }
    let ids = try TokenList.parse(Input.text(file))
    let text = try Self.decode(ids, tokenizer, skipSpecial: skipSpecial)
    if batch.json {
      batch.print { $0.object { $0.member("text", .string(text)) } }
    } else if StandardOutput.isTerminal {
      StandardOutput.write(Inert.text(text) + (text.hasSuffix("\n") ? "" : "\n"))
    } else if let pipeline = tokenizer as? PipelineTokenizer {
      StandardOutput.write(pipeline.decodeBytes(ids, skipSpecialTokens: skipSpecial))
    } else {
      StandardOutput.write(text)
    }
  }

  private static func decode(_ ids: [TokenID], _ tokenizer: any Tokenizer, skipSpecial: Bool) throws -> String {
    if let id = ids.first(where: { $0 < 0 || Int($0) >= tokenizer.vocabularySize }) {
      throw InputError("Id \(id) is outside the vocabulary of \(tokenizer.vocabularySize) tokens.")
    }
    return tokenizer.decode(ids, skipSpecialTokens: skipSpecial)
  }
}
