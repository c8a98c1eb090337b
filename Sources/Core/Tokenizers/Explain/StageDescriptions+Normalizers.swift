extension PrependNormalizer: DescribedNormalizer {
  var stageDescription: StageDescription {
    StageDescription(name: "Prepend", summary: "Puts \(quoted(prefix)) before the text.")
  }
}

extension ReplaceNormalizer: DescribedNormalizer {
  var stageDescription: StageDescription {
    StageDescription(name: "Replace", summary: "Writes \(quoted(replacement)) for every \(quoted(literal)).")
  }
}

extension UnicodeNormalizer: DescribedNormalizer {
  var stageDescription: StageDescription {
    switch form {
    case .composed: StageDescription(name: "NFC", summary: "Composes letters and their marks: e + ́ becomes é.")
    case .decomposed: StageDescription(name: "NFD", summary: "Takes letters and their marks apart: é becomes e + ́.")
    case .compatibilityComposed:
      StageDescription(name: "NFKC", summary: "Composes, and writes variants plainly: ﬁ becomes fi, ² becomes 2.")
    case .compatibilityDecomposed:
      StageDescription(name: "NFKD", summary: "Takes apart, and writes variants plainly: ﬁ becomes fi, ² becomes 2.")
    }
  }
}
