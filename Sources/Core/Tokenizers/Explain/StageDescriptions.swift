/// A stage in words, for people.
struct StageDescription: Sendable, Equatable {
  /// As tokenizer.json calls it.
  var name: String
  /// One sentence.
  var summary: String
}

/// A normalizer that says what it does.
protocol DescribedNormalizer: Normalizer {
  var stageDescription: StageDescription { get }
}

/// A pre-tokenizer that says what it does, and why it took characters together.
protocol DescribedPreTokenizer: PreTokenizer {
  var stageDescription: StageDescription { get }
  /// What made each of `pieces` one piece, in order.
  /// - Parameter text: as this stage left it.
  func rules(of pieces: [Range<Int>], in text: UnsafeBufferPointer<UInt8>) -> [SplitRule?]
}

extension DescribedPreTokenizer {
  func rules(of pieces: [Range<Int>], in text: UnsafeBufferPointer<UInt8>) -> [SplitRule?] { [] }
}

extension Normalizer {
  /// The stages of a sequence, of its sequences …; of any other normalizer itself.
  var flattened: [any Normalizer] {
    (self as? NormalizerSequence)?.stages.flatMap { $0.flattened as [any Normalizer] } ?? [self]
  }

  var description: StageDescription {
    (self as? any DescribedNormalizer)?.stageDescription
      ?? StageDescription(name: stageTypeName(self, dropping: "Normalizer"), summary: "Changes the text.")
  }
}

extension PreTokenizer {
  var flattened: [any PreTokenizer] {
    (self as? PreTokenizerSequence)?.stages.flatMap { $0.flattened as [any PreTokenizer] } ?? [self]
  }

  var description: StageDescription {
    (self as? any DescribedPreTokenizer)?.stageDescription
      ?? StageDescription(name: stageTypeName(self, dropping: "PreTokenizer"), summary: "Cuts the text.")
  }

  func rules(_ text: UnsafeBufferPointer<UInt8>, _ pieces: [Range<Int>]) -> [SplitRule?] {
    (self as? any DescribedPreTokenizer)?.rules(of: pieces, in: text) ?? []
  }
}

/// The name of a stage that does not describe itself.
private func stageTypeName(_ stage: Any, dropping suffix: String) -> String {
  let name = String(describing: type(of: stage))
  return name.hasSuffix(suffix) && name.count > suffix.count ? String(name.dropLast(suffix.count)) : name
}

/// A short text in quotation marks, its spaces and controls visible.
func quoted(_ bytes: some Sequence<UInt8>) -> String { "\"" + String(decoding: Array(bytes), as: UTF8.self) + "\"" }

/// Deeds as one sentence.
func sentence(_ deeds: [String]) -> String {
  let text = deeds.isEmpty ? "leaves everything as it is" : deeds.joined(separator: ", ")
  return text.prefix(1).uppercased() + text.dropFirst() + "."
}
