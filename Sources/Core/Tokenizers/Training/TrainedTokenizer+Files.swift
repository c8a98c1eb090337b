extension TrainedTokenizer {
  /// The files this vocabulary is saved as: tokenizer.json, and the older forms that hold all of it.
  public func files() -> [(name: String, bytes: [UInt8])] {
    var result = [(name: "tokenizer.json", bytes: json())]
    switch options.kind {
    case .bpe:
      var vocabulary = JSON.Writer()
      vocabulary.object { writer in
        for (id, token) in tokens.enumerated() { writer.member(String(decoding: token, as: UTF8.self), .int(id)) }
      }
      result.append(("vocab.json", vocabulary.bytes))
      var text = Array("#version: 0.2\n".utf8)
      for merge in merges {
        text += merge.left
        text.append(0x20)
        text += merge.right
        text.append(0x0A)
      }
      result.append(("merges.txt", text))
    case .wordPiece:
      result.append(("vocab.txt", Array(tokens.joined(separator: [0x0A])) + [0x0A]))
    case .wordLevel: break
    case .sentencePieceBPE, .unigram:
      if sentencePieceObstacle == nil { result.append(("tokenizer.model", SentencePieceWriter(self).bytes())) }
    }
    return result
  }

  /// Why there is no SentencePiece file of this vocabulary, where its kind would allow one.
  public var sentencePieceObstacle: String? {
    guard options.isSentencePiece, !options.normalizers.isEmpty else { return nil }
    return "tokenizer.model is left out: it cannot hold the normalizer \(options.normalizers.joined(separator: ", "))."
  }

  /// Writes all files into a folder, which is made where it is not there; each appears whole or not at all.
  /// - Parameter existing: what becomes of files of the same names; one that is refused is found before any is written.
  /// - Returns: their names.
  /// - Throws: ``WriteError``.
  public func save(to folder: String, existing: ExistingFile = .replaced) throws -> [String] {
    let files = files()
    for file in files {
      let path = folder + "/" + file.name
      try AtomicFile.status(of: FileSystem.followed(path), existing: existing, path: path)
    }
    try AtomicFile.makeFolder(folder)
    for file in files {
      try AtomicFile.write(to: folder + "/" + file.name, existing: existing) { try $0.write(file.bytes) }
    }
    return files.map(\.name)
  }

  /// Whether a folder has room for what a training of this kind writes; to be asked before it begins.
  /// - Throws: ``WriteError`` naming what is in the way.
  public static func check(_ folder: String, kind: TokenizerTrainingOptions.Kind, existing: ExistingFile) throws {
    try AtomicFolder.check(folder, existing: .merged)
    let names: [String] =
      switch kind {
      case .bpe: ["vocab.json", "merges.txt"]
      case .wordPiece: ["vocab.txt"]
      case .wordLevel: []
      case .sentencePieceBPE, .unigram: ["tokenizer.model"]
      }
    for name in ["tokenizer.json", TrainingCheckpoint.name] + names {
      let path = folder + "/" + name
      try AtomicFile.status(of: FileSystem.followed(path), existing: existing, path: path)
    }
  }
}
