import Synchronization

/// A model that lies on this machine.
public struct FoundModel: Sendable, Equatable {
  public enum Origin: String, Sendable {
    case starter
    case own = "glassbox"
    case huggingFace = "Hugging Face cache"
    case lmStudio = "LM Studio"
    case ollama = "Ollama"
    case run
  }
  /// What the command line and the picker call it: "starter", "org/name", "qwen2.5:0.5b", a file's name.
  public let name: String
  public let path: String
  public let origin: Origin
  /// Bytes of its weights, as far as the file system tells without opening them.
  public let bytes: Int
}

extension ModelRegistry {
  private static let limit = 500
  private static let runs = Mutex<@Sendable () -> [(name: String, path: String)]>({ [] })

  /// Training runs are models too, but only the trainer knows where they are: who puts a program together hands in how to
  /// find them.
  public static func findRuns(by list: @escaping @Sendable () -> [(name: String, path: String)]) {
    runs.withLock { $0 = list }
  }

  /// Models found in the usual places, by name within each: the starter, Glassbox's own folders, the caches of Hugging
  /// Face, LM Studio and Ollama, then training runs, the newest first. Only looks at names and sizes, visits a bounded number of folders, and takes what it
  /// cannot read as not there.
  ///
  /// - Parameter environment: looks up `HOME`, `GLASSBOX_MODELS`, `HF_HOME` and the like.
  public static func discover(environment: (String) -> String? = FileSystem.environment) -> [FoundModel] {
    var found: [FoundModel] = []
    if let path = starterPath { add("starter", path, .starter, to: &found) }
    let home = environment("HOME") ?? ""
    for folder in ownFolders(home, environment) { walk(folder, .own, to: &found) }
    huggingFace(home, environment, to: &found)
    for folder in ["/.lmstudio/models", "/.cache/lm-studio/models"] { walk(home + folder, .lmStudio, to: &found) }
    ollama(home, environment, to: &found)
    for run in runs.withLock({ $0 })() where FileSystem.exists(modelFolder(run.path) + "/config.json") {
      add(run.name, run.path, .run, to: &found)
    }
    return found
  }

  private static func ownFolders(_ home: String, _ environment: (String) -> String?) -> [String] {
    let given = environment("GLASSBOX_MODELS").map { $0.split(separator: ":").map(String.init) } ?? []
    let data = environment("XDG_DATA_HOME") ?? home + "/.local/share"
    return given + [data + "/glassbox/models"]
  }

  private static func add(_ name: String, _ path: String, _ origin: FoundModel.Origin, to found: inout [FoundModel]) {
    guard found.count < limit, !found.contains(where: { $0.path == path }) else { return }
    var bytes = 0
    if FileSystem.isFolder(path) {
      let folder = modelFolder(path)
      for file in FileSystem.names(in: folder, limit: 2000) where file.hasSuffix(".safetensors") {
        bytes += FileSystem.size(folder + "/" + file) ?? 0
      }
    } else {
      bytes = FileSystem.size(path) ?? 0
    }
    found.append(FoundModel(name: name, path: path, origin: origin, bytes: bytes))
  }

  private static func isModelFolder(_ path: String) -> Bool {
    FileSystem.exists(path + "/config.json")
      && (FileSystem.exists(path + "/model.safetensors") || FileSystem.exists(path + "/model.safetensors.index.json"))
  }

  /// Files named like a whole model: no vocabulary, image projector or part of a split one.
  private static func isModelFile(_ name: String) -> Bool {
    let lower = name.lowercased()
    return lower.hasSuffix(".gguf") && !lower.contains("mmproj") && !lower.contains("ggml-vocab")
      && !lower.contains("-of-0")
  }

  /// Models up to three folders below one, the nearest first, among at most 2000 folders.
  private static func walk(_ root: String, _ origin: FoundModel.Origin, to found: inout [FoundModel]) {
    var folders = [(path: root, depth: 0)]
    var next = 0
    while next < folders.count, found.count < limit {
      let (folder, depth) = folders[next]
      next += 1
      if isModelFolder(folder) { add(ModelFiles.folderName(folder), folder, origin, to: &found) }
      for name in FileSystem.names(in: folder, limit: 2000) where !name.hasPrefix(".") {
        let path = folder + "/" + name
        if isModelFile(name), FileSystem.isFile(path) {
          add(Paths.stem(name), path, origin, to: &found)
        } else if depth < 3, folders.count < 2000, FileSystem.isFolder(path) {
          folders.append((path, depth + 1))
        }
      }
    }
  }

  /// `models--org--name/snapshots/<commit>`: the one that `refs/main` names, else the newest.
  private static func huggingFace(
    _ home: String, _ environment: (String) -> String?, to found: inout [FoundModel]
  ) {
    let hub =
      environment("HF_HUB_CACHE") ?? environment("HF_HOME").map { $0 + "/hub" }
      ?? home + "/.cache/huggingface/hub"
    for repository in FileSystem.names(in: hub, limit: 2000) where repository.hasPrefix("models--") {
      let folder = hub + "/" + repository
      let snapshots = folder + "/snapshots"
      let names = FileSystem.names(in: snapshots, limit: 100)
      let main = firstLine(folder + "/refs/main")
      let newest = names.max {
        (FileSystem.modified(snapshots + "/" + $0) ?? 0) < (FileSystem.modified(snapshots + "/" + $1) ?? 0)
      }
      guard let chosen = names.first(where: { $0 == main }) ?? newest else { continue }
      let snapshot = snapshots + "/" + chosen
      if isModelFolder(snapshot) { add(ModelFiles.folderName(snapshot), snapshot, .huggingFace, to: &found) }
      for file in FileSystem.names(in: snapshot, limit: 500) where isModelFile(file) {
        add(Paths.stem(file), snapshot + "/" + file, .huggingFace, to: &found)
      }
    }
  }

  /// `manifests/registry.ollama.ai/library/<name>/<tag>` name a blob by its digest.
  private static func ollama(_ home: String, _ environment: (String) -> String?, to found: inout [FoundModel]) {
    let root = environment("OLLAMA_MODELS") ?? home + "/.ollama/models"
    let manifests = root + "/manifests"
    for host in FileSystem.names(in: manifests, limit: 50) {
      for owner in FileSystem.names(in: manifests + "/" + host, limit: 200) {
        for name in FileSystem.names(in: manifests + "/" + host + "/" + owner, limit: 500) {
          let folder = "\(manifests)/\(host)/\(owner)/\(name)"
          for tag in FileSystem.names(in: folder, limit: 100) {
            guard let blob = ollamaBlob(folder + "/" + tag) else { continue }
            let path = root + "/blobs/" + blob
            guard FileSystem.isFile(path) else { continue }
            add((owner == "library" ? "" : owner + "/") + name + ":" + tag, path, .ollama, to: &found)
          }
        }
      }
    }
  }

  private static func ollamaBlob(_ manifest: String) -> String? {
    guard let size = FileSystem.size(manifest), size < 1 << 20, let json = try? JSONFile.read(manifest) else {
      return nil
    }
    let layer = json["layers"]?.array?.first { $0["mediaType"]?.string == "application/vnd.ollama.image.model" }
    guard let digest = layer?["digest"]?.string, digest.utf8.count < 200, !digest.contains("/") else { return nil }
    return digest.split(separator: ":").joined(separator: "-")
  }

  private static func firstLine(_ path: String) -> String? {
    guard let size = FileSystem.size(path), size < 4096, let file = try? MappedFile(path: path) else { return nil }
    return try? file.withBytes { String(decoding: $0.prefix { $0 > 0x20 }, as: UTF8.self) }
  }
}
