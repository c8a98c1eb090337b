import Core

/// What a path that is being typed goes on to: models and runs first, then folders, then other files.
enum PathItems {
  /// More would not be looked through.
  private static let limit = 1000

  static func items(for typed: String) -> [PickerItem] {
    // "~" and ".." are folders; what stands before the last slash is where names are looked for.
    let bare = typed == "~" || typed == "." || typed == ".." || typed.hasSuffix("/..")
    let typed = bare ? typed + "/" : typed
    guard let slash = typed.lastIndex(of: "/") else { return [] }
    let folder = String(typed[...slash])
    let begun = typed[typed.index(after: slash)...]
    let place = Disk.expanded(folder)
    var found: [(rank: Int, item: PickerItem)] = []
    for name in Disk.names(in: place, hidden: begun.hasPrefix(".")).lazy
    where name.lowercased().hasPrefix(begun.lowercased()) {
      found.append(item(name, in: folder, place))
      if found.count == limit { break }
    }
    return found.enumerated().sorted { ($0.element.rank, $0.offset) < ($1.element.rank, $1.offset) }.map(\.element.item)
  }

  private static func item(_ name: String, in folder: String, _ place: String) -> (rank: Int, item: PickerItem) {
    let path = place + name
    let isFolder = Disk.isFolder(path)
    let kind = isFolder ? folderKind(path) : fileKind(name)
    var item = PickerItem(
      id: FileSystem.absolute(path), title: name + (isFolder ? "/" : ""), detail: kind ?? "",
      note: isFolder ? "" : Disk.size(of: path).map { Figures.bytes($0) } ?? "")
    item.completion = folder + name + (isFolder ? "/" : "")
    item.isOnlyAWay = isFolder && kind == nil
    return (kind != nil ? 0 : isFolder ? 1 : 2, item)
  }

  private static func folderKind(_ path: String) -> String? {
    func has(_ name: String) -> Bool { Disk.exists(path + "/" + name) }
    if has("run.json") { return "a run" }
    if has("config.json") { return "a model" }
    if ["tokenizer.json", "tokenizer.model", "vocab.json", "vocab.txt"].contains(where: has) { return "a tokenizer" }
    return nil
  }

  private static func fileKind(_ name: String) -> String? {
    if name.hasSuffix(".gguf") { return "GGUF" }
    let tokenizers = ["tokenizer.json", "vocab.json", "vocab.txt"]
    let isTokenizer = tokenizers.contains(name) || [".model", ".tiktoken"].contains { name.hasSuffix($0) }
    return isTokenizer ? "a tokenizer" : nil
  }
}

extension Picker.Purpose {
  /// What a typed path is remembered by.
  var pathName: String {
    switch self {
    case .model: "model"
    case .run: "run"
    case .tokenizer, .compare: "tokenizer"
    default: ""
    }
  }
}

extension AppState {
  /// A list in which a path may be typed; one that could not be opened stands there again.
  func pathPicker(_ purpose: Picker.Purpose, _ title: String) -> Picker {
    var picker = Picker(purpose, title: title, items: [])
    picker.takesPaths = true
    picker.placeholder = "type to search, or a path: /  ./  ~/"
    picker.query.setText(typedPaths[purpose.pathName] ?? "")
    picker.query.move(to: picker.query.end)
    return picker
  }
}
