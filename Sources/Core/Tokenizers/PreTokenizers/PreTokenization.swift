/// What pre-tokenizers make of a text, for looking at and for tests.
package enum PreTokenization {
  package typealias Pieces = [(bytes: [UInt8], source: Range<Int>)]

  /// The pieces of a text.
  /// - Parameter stage: a `pre_tokenizer` as tokenizer.json has it.
  /// - Returns: each piece's text, and the bytes of `text` that it came from.
  /// - Throws: ``FormatError``.
  package static func pieces(of text: String, by stage: JSON) throws -> Pieces { try cut(by: stage)(text) }

  /// ``pieces(of:by:)`` for many texts.
  package static func cut(by stage: JSON) throws -> (String) -> Pieces {
    let preTokenizer = try TokenizerJSONStages(file: "pre_tokenizer").preTokenizer(stage)
    return { pieces(of: $0, by: preTokenizer) }
  }

  /// The pieces of a text as llama.cpp cuts it; nil for a name that it does not know.
  /// - Parameter name: as in `tokenizer.ggml.pre`.
  package static func pieces(of text: String, ggufName name: String) throws -> Pieces? {
    guard let preTokenizer = try GGUFPreTokenizers.preTokenizer(name) else { return nil }
    return pieces(of: text, by: preTokenizer.cut)
  }

  /// The names of `tokenizer.ggml.pre` that are known.
  package static var ggufNames: [String] { GGUFPreTokenizers.names }

  private static func pieces(of text: String, by preTokenizer: (any PreTokenizer)?) -> Pieces {
    Array(text.utf8).withUnsafeBufferPointer { bytes in
      var pieces = PieceText(AlignedText(bytes))
      preTokenizer?.split(&pieces)
      return pieces.text.withBytes { bytes in
        pieces.pieces.map { (Array(bytes[$0.range]), pieces.text.source($0.range)) }
      }
    }
  }
}
