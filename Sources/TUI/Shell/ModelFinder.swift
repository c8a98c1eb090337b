import Core

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// Models and tokenizers that lie on this machine: those given, Glassbox's own runs, the Hugging Face cache.
enum ModelFinder {
  /// Folders looked through at most, so that an enormous cache cannot hold the list up.
  private static let limit = 2000

  static func items(given: [String], current: String) -> [PickerItem] {
    var seen: Set<String> = []
    var items: [PickerItem] = []
    func add(_ path: String, _ title: String, _ detail: String, _ bytes: Int?) {
      guard seen.insert(path).inserted else { return }
      items.append(
        PickerItem(
          id: path, title: title, detail: detail, note: bytes.map { Figures.bytes($0) } ?? "", current: path == current)
      )
    }
    for path in given { add(path, title(of: path), Disk.parent(path), Disk.size(of: path)) }
    for model in ModelRegistry.discover() {
      add(model.path, model.name, model.origin == .run ? "a run of yours" : model.origin.rawValue, model.bytes)
    }
    let here = Disk.currentFolder
    for name in Disk.names(in: here) where name.hasSuffix(".gguf") {
      add(here + "/" + name, name, "this folder", Disk.size(of: here + "/" + name))
    }
    return items
  }

  /// - Parameter current: the path of the one that is looked through; names may be alike.
  static func tokenizers(given: [String], current: String) -> [PickerItem] {
    var found: [(path: String, detail: String)] = given.map { ($0, $0) }
    for path in given {
      // Where one tokenizer lies in a folder of its own, its neighbours often are tokenizers too.
      let folder = Disk.isFolder(path) ? path : Disk.parent(path)
      let parent = Disk.parent(folder)
      for name in Disk.names(in: parent).prefix(200) where hasTokenizer(parent + "/" + name) {
        found.append((parent + "/" + name, parent))
      }
    }
    found += cached().filter { hasTokenizer($0.path) }
    return unique(found).map { path, detail in
      PickerItem(id: path, title: App.tokenizerName(path), detail: detail, current: path == current)
    }
  }

  static func hasTokenizer(_ folder: String) -> Bool {
    ["tokenizer.json", "tokenizer.model", "vocab.json", "vocab.txt"].contains { Disk.exists(folder + "/" + $0) }
  }

  /// `models--ORG--NAME/snapshots/REVISION` folders with weights, and GGUF files among them.
  private static func cached() -> [(path: String, detail: String)] {
    let hub =
      AppPaths.environment("HF_HUB_CACHE")
      ?? (AppPaths.environment("HF_HOME") ?? (AppPaths.environment("HOME") ?? "") + "/.cache/huggingface") + "/hub"
    var found: [(path: String, detail: String)] = []
    for name in Disk.names(in: hub).prefix(limit) where name.hasPrefix("models--") {
      let snapshots = hub + "/" + name + "/snapshots"
      for revision in Disk.names(in: snapshots).prefix(4) {
        let folder = snapshots + "/" + revision
        if Disk.exists(folder + "/config.json") { found.append((folder, "Hugging Face cache")) }
        for file in Disk.names(in: folder) where file.hasSuffix(".gguf") {
          found.append((folder + "/" + file, "Hugging Face cache"))
        }
      }
    }
    return found
  }

  /// `org/name` for a folder of the cache, else the last part.
  static func title(of path: String) -> String {
    let parts = path.split(separator: "/").map(String.init)
    if let repository = parts.last(where: { $0.hasPrefix("models--") }), !path.hasSuffix(".gguf") {
      return String(repository.dropFirst(8)).replacing("--", with: "/")
    }
    return parts.last ?? path
  }

  private static func unique(_ found: [(path: String, detail: String)]) -> [(path: String, detail: String)] {
    var seen: Set<String> = []
    return found.filter { seen.insert($0.path).inserted }
  }
}

/// Questions about files.
enum Disk {
  static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

  static func isFolder(_ path: String) -> Bool {
    var info = stat()
    return stat(path, &info) == 0 && info.st_mode & S_IFMT == S_IFDIR
  }

  /// Of a file; nil for a folder.
  static func size(of path: String) -> Int? {
    var info = stat()
    return stat(path, &info) == 0 && info.st_mode & S_IFMT == S_IFREG ? Int(info.st_size) : nil
  }

  /// The first bytes of a file; empty for what is none.
  static func beginning(of path: String, _ count: Int) -> [UInt8] {
    (try? PlainFile.beginning(path, count)) ?? []
  }

  /// Seconds since 1970.
  static func changed(_ path: String) -> Double {
    var info = stat()
    guard stat(path, &info) == 0 else { return 0 }
    #if canImport(Darwin)
      return Double(info.st_mtimespec.tv_sec)
    #else
      return Double(info.st_mtim.tv_sec)
    #endif
  }

  /// `~` is the user's own folder, as in a shell.
  static func expanded(_ path: String) -> String {
    guard path == "~" || path.hasPrefix("~/"), let home = AppPaths.environment("HOME") else { return path }
    return home + path.dropFirst()
  }

  static func parent(_ path: String) -> String {
    guard let slash = path.lastIndex(of: "/") else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }

  static var currentFolder: String {
    guard let path = getcwd(nil, 0) else { return "." }
    defer { free(path) }
    return String(cString: path)
  }

  /// Names in a folder, in order; empty where it cannot be read.
  /// - Parameter hidden: whether only those that begin with a dot, or only the others.
  static func names(in folder: String, hidden: Bool = false) -> [String] {
    guard let directory = opendir(folder) else { return [] }
    defer { closedir(directory) }
    var names: [String] = []
    while let entry = readdir(directory) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
        pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if name.hasPrefix(".") == hidden, name != ".", name != ".." { names.append(name) }
    }
    return names.sorted()
  }
}
