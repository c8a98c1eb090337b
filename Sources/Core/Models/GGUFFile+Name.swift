extension GGUFFile {
  /// What people call the model: the file's name without its quantisation ("SmolLM2-135M-Instruct"), which says more than
  /// `general.name` mostly does; that one where the file's name says nothing.
  public var displayName: String {
    let stem = Paths.stem(path)
    let lowered = stem.lowercased()
    let isGeneric =
      ["model", "ggml-model", "final"].contains(lowered) || lowered.hasPrefix("sha256")
      || lowered.hasPrefix("ggml-vocab")
    if isGeneric, let name = self["general.name"]?.string, !name.isEmpty { return name }
    guard let cut = stem.lastIndex(where: { $0 == "." || $0 == "-" }), cut != stem.startIndex else { return stem }
    let tail = stem[stem.index(after: cut)...].uppercased()
    let types = TensorType.allCases.map(\.name)
    let isType = types.contains { tail == $0 || tail.hasPrefix($0 + "_") }
    return isType ? String(stem[..<cut]) : stem
  }
}
