#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// Which files of a folder were made here: a hidden file in it names them, so that tidying up and replacing remove these
/// and no others.
struct FolderManifest {
  private static let name = ".glassbox"
  private static let heading = "# Files that Glassbox made; it removes no others."

  /// Paths within the folder.
  let files: [String]
  private let index: Set<String>
  private let isEverything: Bool

  /// Of a folder that is being filled: all in it is our own, also after a crash.
  static let everything = FolderManifest([], isEverything: true)

  private init(_ files: [String], isEverything: Bool = false) {
    self.files = files
    index = Set(files)
    self.isEverything = isEverything
  }

  /// All files that lie in a folder now.
  init(of folder: String) {
    var files: [String] = []
    func collect(_ path: String, _ prefix: String, _ depth: Int) {
      for name in FileSystem.names(in: path) where depth > 0 || name != Self.name {
        if FileSystem.kind(path + "/" + name) == .folder, !FileSystem.isLink(path + "/" + name) {
          if depth < 32 { collect(path + "/" + name, prefix + name + "/", depth + 1) }
        } else {
          files.append(prefix + name)
        }
      }
    }
    collect(folder, "", 0)
    self.init(files)
  }

  /// What a folder's manifest says; of a folder without one, the names that earlier versions wrote.
  static func read(_ folder: String) -> FolderManifest {
    guard let bytes = try? PlainFile.bytes(folder + "/" + name, limit: 1 << 20) else { return unmarked }
    let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n").filter { !$0.hasPrefix("# ") }
    return lines == ["*"] ? everything : FolderManifest(lines.map(String.init))
  }

  /// Files that were made here and are not there any more.
  func missing(from folder: String) -> [String] {
    files.filter { !FileSystem.exists(folder + "/" + $0) }
  }

  /// Whether a folder says what was made in it.
  static func isWritten(_ folder: String) -> Bool { FileSystem.exists(folder + "/" + name) }

  func contains(_ file: String) -> Bool { isEverything || file == Self.name || index.contains(file) }

  func write(to folder: String) throws {
    let lines = isEverything ? ["*"] : files.filter { !$0.contains("\n") }
    try AtomicFile.write(([Self.heading] + lines).joined(separator: "\n") + "\n", to: folder + "/" + Self.name)
  }

  static func remove(from folder: String) { unlink(folder + "/" + name) }

  /// Files of checkpoints and of final weights.
  private static let unmarked = FolderManifest(
    [
      "config.json", "generation_config.json", "model.safetensors", "model.safetensors.index.json",
      "training_state.json", "training_state.safetensors", "tokenizer.json", "tokenizer_config.json",
      "special_tokens_map.json", "added_tokens.json", "vocab.json", "merges.txt", "tokenizer.model", "spiece.model",
      "vocab.txt", "chat_template.jinja", "chat_template.json",
    ])
}
