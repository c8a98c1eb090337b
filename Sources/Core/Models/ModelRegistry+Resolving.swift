#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

extension ModelRegistry {
  /// The file or folder that a user's word for a model means: `starter`, a path (of a run: its newest weights), or a
  /// name that ``discover()`` gives.
  /// - Throws: ``FormatError`` where there is none.
  public static func resolve(_ model: String) throws -> String {
    if model == "starter" {
      if let path = starterPath { return path }
      throw FormatError(
        file: "starter", found: "the starter model is not where it was installed",
        expected: "starter/starter.gguf beside the program, or its path in GLASSBOX_STARTER")
    }
    if FileSystem.isFile(model) { return model }
    // A tokenizer that needs no model.
    if TokenizerLoader.isMadeFromText(model) { return model }
    if FileSystem.isFolder(model) { return modelFolder(model) }
    // A name has no more than one slash and no ending of a file.
    let looksLikePath = model.hasPrefix("/") || model.hasPrefix(".") || model.hasPrefix("~") || model.hasSuffix(".gguf")
    if !looksLikePath {
      let found = discover()
      // Runs are named by their users, and may be named alike.
      let alike = found.filter { $0.name == model }
      if alike.count > 1, alike.contains(where: { $0.origin == .run }) {
        throw FormatError(
          file: model, found: "several models have this name: " + alike.map(\.path).joined(separator: ", "),
          expected: "the path of one")
      }
      let match = found.first { $0.name == model } ?? found.first { $0.name.lowercased() == model.lowercased() }
      if let match { return modelFolder(match.path) }
    }
    throw FormatError(
      file: model, found: "no such file or folder" + (looksLikePath ? "" : ", and no model of that name"),
      expected:
        "a GGUF file, a folder with config.json and model.safetensors, \"starter\", or a name of the models list")
  }

  /// The shipped model: `GLASSBOX_STARTER`, else beside the program, up to the root of its package, or where it is
  /// installed; nil where it is not.
  public static var starterPath: String? {
    if let path = FileSystem.environment("GLASSBOX_STARTER") { return FileSystem.isFile(path) ? path : nil }
    var folder = FileSystem.resolved(executablePath)
    for _ in 0..<6 {
      guard let slash = folder.lastIndex(of: "/") else { break }
      folder = String(folder[..<slash])
      for place in ["/starter/starter.gguf", "/share/glassbox/starter.gguf", "/share/glassbox/starter/starter.gguf"] {
        if FileSystem.isFile(folder + place) { return folder + place }
      }
    }
    return nil
  }

  private static var executablePath: String {
    #if canImport(Darwin)
      var size: UInt32 = 0
      _NSGetExecutablePath(nil, &size)
      var buffer = [CChar](repeating: 0, count: Int(size) + 1)
      return _NSGetExecutablePath(&buffer, &size) == 0
        ? buffer.withUnsafeBufferPointer { String(cString: $0.baseAddress!) } : ""
    #else
      return "/proc/self/exe"
    #endif
  }

  /// The folder that holds the weights: the given one, or the newest ones in a training run's folder.
  static func modelFolder(_ path: String) -> String {
    // Folders in the making, and those about to go, end otherwise.
    func holdsModel(_ folder: String) -> Bool {
      !folder.hasSuffix(".tmp") && !folder.hasSuffix(".old") && FileSystem.exists(folder + "/config.json")
    }
    guard FileSystem.isFolder(path), !FileSystem.exists(path + "/config.json") else { return path }
    for name in ["final", "model"] {
      if holdsModel(path + "/" + name) { return path + "/" + name }
    }
    for folder in [path + "/checkpoints", path] {
      let newest = FileSystem.names(in: folder).filter { holdsModel(folder + "/" + $0) }
        .max { (number($0), $0) < (number($1), $1) }
      // Weights may lie in the checkpoint or in a `model` folder of it.
      if let newest { return folder + "/" + newest }
      let nested = FileSystem.names(in: folder).filter { holdsModel(folder + "/" + $0 + "/model") }
        .max { (number($0), $0) < (number($1), $1) }
      if let nested { return folder + "/" + nested + "/model" }
    }
    return path
  }

  /// 100 of "step-000100"; 0 where a name does not end in digits.
  private static func number(_ name: String) -> Int {
    Int(String(name.reversed().prefix { $0.isASCII && $0.isNumber }.reversed())) ?? 0
  }
}
