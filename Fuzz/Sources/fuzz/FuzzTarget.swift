import Core

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// What is fed with made-up input. A loader that takes its input must then encode and decode without a fault.
enum FuzzTarget: String, CaseIterable {
  case tokenizerJSON = "tokenizer-json"
  /// The vocabulary and the merges, parted by a zero byte.
  case vocabularyAndMerges = "vocab-merges"
  case bert = "vocab-txt"
  case rankFile = "rank-file"
  case sentencePiece = "sentencepiece"
  case gguf
  case llama2c = "llama2c"
  case cacheFile = "cache-file"
  /// A pattern and a text, parted by a zero byte.
  case pattern
  /// A text, with a fixed vocabulary of each kind; then edits of it.
  case encode

  func run(_ input: [UInt8]) {
    switch self {
    case .tokenizerJSON: probe(try? TokenizerLoader.load(json: input, name: "fuzz"), input)
    case .vocabularyAndMerges:
      let end = input.firstIndex(of: 0) ?? input.count
      Scratch.write(input[..<end], "vocab.json")
      Scratch.write(input[min(end + 1, input.count)...], "merges.txt")
      probe(try? TokenizerLoader.load(path: Scratch.folder + "/vocab.json"), input)
    case .bert: probeFile(input, "vocab.txt")
    case .rankFile: probeFile(input, "fuzz.tiktoken", pattern: "cl100k_base")
    case .sentencePiece: probeFile(input, "fuzz.model")
    case .gguf: probeFile(input, "fuzz.gguf")
    case .llama2c: probeFile(input, "tokenizer.bin")
    case .cacheFile: probe(TokenizerCache.tokenizer(image: input), input)
    case .pattern: matchPattern(input)
    case .encode: encodeText(input)
    }
  }

  private func probeFile(_ input: [UInt8], _ name: String, pattern: String? = nil) {
    Scratch.write(input[...], name)
    probe(try? TokenizerLoader.load(path: Scratch.folder + "/" + name, pattern: pattern), input)
  }

  /// A tokenizer that was loaded works, with some text of everything and with its own words.
  private func probe(_ tokenizer: (any Tokenizer)?, _ input: [UInt8]) {
    guard let tokenizer else { return }
    var text = Array("The quick  brown\n fox's 1234 über-naïve e\u{301} 日本語 🙂👩‍👧 <s>[MASK]</s> \u{0} ▁x".utf8)
    text += [0xFF, 0xC3, 0x20]
    text += input.suffix(40)
    for id in [0, 1, 2, tokenizer.vocabularySize - 1] {
      text += tokenizer.bytes(of: TokenID(truncatingIfNeeded: id)).prefix(40)
    }
    let made = text.withUnsafeBufferPointer {
      try? tokenizer.encode(utf8: $0, addSpecialTokens: true, parseSpecialTokens: true)
    }
    // A vocabulary may lack a token for it.
    guard let encoding = made else { return }
    for id in encoding.ids { precondition(id >= 0 && Int(id) < tokenizer.vocabularySize, "an id out of range") }
    for range in encoding.offsets { precondition(range.lowerBound >= 0 && range.upperBound <= text.count, "an offset") }
    _ = tokenizer.decode(Array(encoding.ids.prefix(200)) + [-1, 0, 1 << 22, .max], skipSpecialTokens: false)
    for id: TokenID in [-1, 0, 3, .max] { _ = tokenizer.token(of: id).map { tokenizer.id(of: $0) } }
  }

  private func matchPattern(_ input: [UInt8]) {
    let end = input.firstIndex(of: 0) ?? input.count
    let expression = String(decoding: input[..<end], as: UTF8.self)
    guard let pattern = try? SplitPattern(expression) else { return }
    let text = String(decoding: input[min(end + 1, input.count)...], as: UTF8.self) + "don't 12 é\n x"
    var last = 0
    for match in pattern.matches(in: text) {
      precondition(match.lowerBound >= last && match.upperBound <= text.utf8.count, "matches out of order")
      last = match.upperBound
    }
  }

  private func encodeText(_ input: [UInt8]) {
    for tokenizer in FixedTokenizers.all {
      let made = input.withUnsafeBufferPointer {
        try? tokenizer.encode(utf8: $0, addSpecialTokens: false, parseSpecialTokens: true)
      }
      guard let whole = made else { continue }
      for range in whole.offsets { precondition(range.upperBound <= input.count, "an offset out of range") }
      // Typed in two parts, the second one in the middle.
      let third = input.count / 3
      var text = IncrementalEncoding(
        utf8: input[..<third] + input[(2 * third)...], tokenizer: tokenizer, parseSpecialTokens: true, chunkSize: 16)
      text.replace(third..<third, with: input[third..<(2 * third)])
      precondition(text.encoding.ids == whole.ids, "an edited text has other tokens")
    }
  }
}

/// Small tokenizers for texts: files named in `FUZZ_TOKENIZERS`, parted by colons.
enum FixedTokenizers {
  static let all: [any Tokenizer] = {
    let paths = getenv("FUZZ_TOKENIZERS").map { String(cString: $0) } ?? ""
    return paths.split(separator: ":").compactMap { path in
      do {
        return try TokenizerLoader.load(path: String(path))
      } catch {
        stop("\(error)")
      }
    }
  }()
}

/// Files for loaders that read files; in memory where the system has a folder there.
enum Scratch {
  static let folder: String = {
    let base = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp"
    let path = "\(base)/glassbox-fuzz-\(getpid())"
    mkdir(path, 0o700)
    atexit {
      for name in [
        "vocab.json", "merges.txt", "vocab.txt", "fuzz.tiktoken", "fuzz.model", "fuzz.gguf", "tokenizer.bin",
      ] {
        unlink(Scratch.folder + "/" + name)
      }
      rmdir(Scratch.folder)
    }
    return path
  }()

  static func write(_ bytes: ArraySlice<UInt8>, _ name: String) {
    let file = open(folder + "/" + name, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
    guard file >= 0 else { exit(2) }
    defer { close(file) }
    let written = bytes.withUnsafeBytes { systemWrite(file, $0.baseAddress, $0.count) }
    if written != bytes.count { exit(2) }
  }
}

private func systemWrite(_ file: Int32, _ bytes: UnsafeRawPointer?, _ count: Int) -> Int {
  count == 0 ? 0 : write(file, bytes, count)
}
