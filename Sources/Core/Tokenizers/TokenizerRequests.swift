/// Requests of the command line to tokenizers: a JSON object in, a JSON object out.
public enum TokenizerRequests {
  /// What is wrong with a request, in one sentence.
  public struct RequestError: Error, CustomStringConvertible, Equatable {
    public var description: String
  }

  /// `{"text": s, "add_special"?: false, "parse_special"?: true}` → `{"ids": [..], "tokens": [..], "offsets": [[from,
  /// to]..]}`; offsets in UTF-8 bytes of the text.
  public static func tokenize(_ request: JSON, with tokenizer: any Tokenizer) throws -> JSON {
    guard let text = request["text"]?.string else {
      throw RequestError(description: "The request has no \"text\" (expected a string).")
    }
    return try tokenize(
      text, addSpecialTokens: try flag(request, "add_special", default: false),
      parseSpecialTokens: try flag(request, "parse_special", default: true), with: tokenizer)
  }

  public static func tokenize(
    _ text: String, addSpecialTokens: Bool = false, parseSpecialTokens: Bool = true, with tokenizer: any Tokenizer
  ) throws -> JSON {
    let encoding = try tokenizer.encodeWithOffsets(
      text, addSpecialTokens: addSpecialTokens, parseSpecialTokens: parseSpecialTokens)
    var text = text
    let tokens = text.withUTF8 { tokenizer.written(encoding, of: $0) }
    return [
      "ids": .array(encoding.ids.map { .int(Int($0)) }),
      "tokens": .array(tokens.map { $0.map { .string($0) } ?? .null }),
      "offsets": .array(encoding.offsets.map { .array([.int($0.lowerBound), .int($0.upperBound)]) }),
    ]
  }

  /// `{"ids": [..], "skip_special"?: false}` → `{"text": s}`.
  public static func detokenize(_ request: JSON, with tokenizer: any Tokenizer) throws -> JSON {
    guard let list = request["ids"]?.array else {
      throw RequestError(description: "The request has no \"ids\" (expected an array of numbers).")
    }
    let ids = try list.map { value in
      guard let id = value.int, let token = TokenID(exactly: id) else {
        throw RequestError(description: "\"ids\" holds \(value.kind) that is no token id (expected whole numbers).")
      }
      return token
    }
    return [
      "text": .string(tokenizer.decode(ids, skipSpecialTokens: try flag(request, "skip_special", default: false)))
    ]
  }

  private static func flag(_ request: JSON, _ key: String, default value: Bool) throws -> Bool {
    guard let given = request[key], !given.isNull else { return value }
    guard let flag = given.bool else {
      throw RequestError(description: "\"\(key)\" is \(given.kind) (expected true or false).")
    }
    return flag
  }
}
