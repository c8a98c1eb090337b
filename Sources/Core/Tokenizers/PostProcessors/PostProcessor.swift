/// A stage that adds special tokens around the tokens of a text.
protocol PostProcessor: Sendable {
  /// Tokens put before and after those of one text.
  var prefix: [TokenID] { get }
  var suffix: [TokenID] { get }
}

extension PostProcessor {
  func apply(_ encoding: inout Encoding, textLength: Int) {
    if !prefix.isEmpty {
      encoding.ids.insert(contentsOf: prefix, at: 0)
      encoding.offsets.insert(contentsOf: repeatElement(0..<0, count: prefix.count), at: 0)
    }
    if !suffix.isEmpty {
      encoding.ids.append(contentsOf: suffix)
      encoding.offsets.append(contentsOf: repeatElement(textLength..<textLength, count: suffix.count))
    }
  }
}

/// `[CLS] $A [SEP]`, `<s> $A`: also what BertProcessing and RobertaProcessing come to.
struct TemplatePostProcessor: PostProcessor {
  var prefix: [TokenID] = []
  var suffix: [TokenID] = []
}

/// Processors one after the other, each around what the one before gave.
struct PostProcessorSequence: PostProcessor {
  let stages: [any PostProcessor]
  var prefix: [TokenID] { stages.reversed().flatMap(\.prefix) }
  var suffix: [TokenID] { stages.flatMap(\.suffix) }
}
