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

extension CanonicalNormalizer: DescribedNormalizer {
  var stageDescription: StageDescription {
    composes
      ? StageDescription(name: "NFC", summary: "Composes letters and their marks: e + ́ becomes é.")
      : StageDescription(name: "NFD", summary: "Takes letters and their marks apart: é becomes e + ́.")
  }
}
