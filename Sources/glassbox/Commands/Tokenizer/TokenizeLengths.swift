import ArgumentParser
import Core

/// Pairs of texts, and the lengths that a tokenizer.json asks for in its sections truncation and padding.
struct LengthOptions: ParsableArguments {
  @Option(help: "A second text, for models that take two.") var pair: String?
  @Flag(help: "Cut texts to the length that the tokenizer's file asks for.") var truncate = false
  @Flag(help: "Fill texts up to the length that the tokenizer's file asks for.") var pad = false

  /// Whether an option asks for more than the tokens of one text.
  var isUsed: Bool { pair != nil || truncate || pad }

  /// What a model gets for a text; nil where none of the options is used.
  func input(
    _ text: String, _ request: Request?, _ tokenizer: any Tokenizer, _ addsSpecial: Bool, _ parsesSpecial: Bool
  ) throws -> ModelInput? {
    let pair = try request?.string("pair") ?? pair
    let truncates = try request?.bool("truncate") ?? truncate
    let pads = try request?.bool("pad") ?? pad
    guard pair != nil || truncates || pads else { return nil }
    guard let tokenizer = tokenizer as? PipelineTokenizer else {
      throw InputError("This tokenizer knows nothing of pairs and lengths.")
    }
    guard !truncates || tokenizer.truncation != nil, !pads || tokenizer.padding != nil else {
      throw InputError(
        "The tokenizer's file does not say how to \(truncates && tokenizer.truncation == nil ? "truncate" : "pad").")
    }
    return try tokenizer.inputs(
      [(first: text, second: pair)], addSpecialTokens: addsSpecial, parseSpecialTokens: parsesSpecial,
      truncation: truncates ? tokenizer.truncation : nil, padding: pads ? tokenizer.padding : nil
    ).first
  }

  static func write(_ input: ModelInput, _ tokenizer: any Tokenizer, _ writer: inout JSON.Writer) {
    writer.object { writer in
      TokenizeCommand.writeMembers(
        input.ids, input.ids.map { tokenizer.token(of: $0) }, input.offsets, &writer)
      writer.member("type_ids") { $0.array(input.typeIDs) { $0.write(.int(Int($1))) } }
      writer.member("attention_mask") { $0.array(input.attentionMask) { $0.write(.int(Int($1))) } }
    }
  }
}
