/// The text that a tokenizer learns from: files, read in parts as they are needed, or texts in memory.
public struct TrainingCorpus: Sendable {
  enum Source: Sendable {
    /// The whole file is one text.
    case text(path: String, size: Int)
    /// A JSON object a line, whose "text" is a text.
    case lines(path: String, size: Int)
    case memory([UInt8])

    var size: Int {
      switch self {
      case .text(_, let size), .lines(_, let size): size
      case .memory(let bytes): bytes.count
      }
    }
  }

  private static let endings = ["txt", "md", "jsonl", "ndjson"]

  let sources: [Source]
  /// As they were given.
  public let paths: [String]

  /// - Parameter paths: files (`.jsonl` and `.ndjson` by their "text", others as text; also packed as `.gz` or `.zst`), or
  ///   folders, from which `.txt`, `.md`, `.jsonl` and `.ndjson` are taken, with folders within them.
  /// - Throws: ``FormatError`` for what is not there, and for a folder without text.
  public init(paths: [String]) throws {
    self.paths = paths
    var sources: [Source] = []
    for path in paths {
      let before = sources.count
      try Self.collect(path, isNamed: true, depth: 0, &sources)
      if sources.count == before {
        throw FormatError(
          file: path, found: "no text in this folder", expected: "files in .txt, .md or .jsonl (also as .gz or .zst)")
      }
    }
    self.sources = sources
  }

  /// Texts in memory; words do not reach from one into the next.
  public init(texts: [String]) {
    paths = []
    sources = texts.map { .memory(Array($0.utf8)) }
  }

  /// Bytes of all files.
  public var size: Int { sources.reduce(0) { $0 + $1.size } }

  private static func collect(_ path: String, isNamed: Bool, depth: Int, _ sources: inout [Source]) throws {
    if FileSystem.isFolder(path) {
      guard depth < 16 else { return }
      for name in FileSystem.names(in: path, limit: 1 << 20) where !name.hasPrefix(".") {
        try collect(path + (path.hasSuffix("/") ? "" : "/") + name, isNamed: false, depth: depth + 1, &sources)
      }
      return
    }
    guard isNamed || endings.contains(DataKind.unpackedEnding(path)) else { return }
    guard FileSystem.isFile(path), let size = FileSystem.size(path) else {
      if isNamed { throw FormatError(file: path, found: "not a file", expected: "text") }
      return
    }
    let isLines = try ["jsonl", "ndjson"].contains(DataKind(path: path).ending)
    sources.append(isLines ? .lines(path: path, size: size) : .text(path: path, size: size))
  }
}
