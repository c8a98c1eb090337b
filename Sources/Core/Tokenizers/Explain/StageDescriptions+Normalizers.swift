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
    case .composed:
      StageDescription(name: "NFC", summary: "Composes letters and their marks: e and an accent become é.")
    case .decomposed:
      StageDescription(name: "NFD", summary: "Takes letters and their marks apart: é becomes e and an accent.")
    case .compatibilityComposed:
      StageDescription(
        name: "NFKC", summary: "Writes plain characters for their variants (ﬁ becomes fi), then composes marks.")
    case .compatibilityDecomposed:
      StageDescription(
        name: "NFKD", summary: "Writes plain characters for their variants (ﬁ becomes fi), and takes marks apart.")
    }
  }
}

extension LowercaseNormalizer: DescribedNormalizer {
  var stageDescription: StageDescription {
    StageDescription(name: "Lowercase", summary: "Writes small letters for capitals.")
  }
}

extension StripAccentsNormalizer: DescribedNormalizer {
  var stageDescription: StageDescription {
    StageDescription(name: "StripAccents", summary: "Drops marks that stand on letters.")
  }
}

extension StripNormalizer: DescribedNormalizer {
  var stageDescription: StageDescription {
    let where_ = left && right ? "the beginning and the end" : left ? "the beginning" : "the end"
    return StageDescription(name: "Strip", summary: "Drops white space at \(where_) of the text.")
  }
}

extension NmtNormalizer: DescribedNormalizer {
  var stageDescription: StageDescription {
    StageDescription(name: "Nmt", summary: "Drops control characters and writes spaces for odd white space.")
  }
}

extension ByteLevelNormalizer: DescribedNormalizer {
  var stageDescription: StageDescription {
    StageDescription(name: "ByteLevel", summary: "Writes a letter for each byte: a space becomes Ġ.")
  }
}

extension PrecompiledNormalizer: DescribedNormalizer {
  var stageDescription: StageDescription {
    StageDescription(
      name: "Precompiled", summary: "Replaces characters by the table that came with the vocabulary, much like NFKC.")
  }
}

extension BertNormalizer: DescribedNormalizer {
  var stageDescription: StageDescription {
    var deeds: [String] = []
    if cleansText { deeds.append("drops controls") }
    if separatesChinese { deeds.append("puts spaces around Chinese characters") }
    if stripsAccents { deeds.append("drops accents") }
    if lowercases { deeds.append("writes small letters for capitals") }
    return StageDescription(name: "BertNormalizer", summary: sentence(deeds))
  }
}
