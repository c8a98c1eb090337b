/// A file or folder whose path begins with what is typed.
public struct PathCandidate: Sendable, Equatable {
  /// As one would go on typing it; a folder's ends with a slash.
  public var path: String
  /// What it is, where that is known: "a model", "a run".
  public var detail: String
  public var note: String
  /// Whether Enter opens it; else it is a folder to look into.
  public var isTarget: Bool

  public init(path: String, detail: String = "", note: String = "", isTarget: Bool = true) {
    (self.path, self.detail, self.note, self.isTarget) = (path, detail, note, isTarget)
  }

  var isFolder: Bool { path.hasSuffix("/") }
  /// The last part, a folder's with its slash.
  var name: String {
    let end = isFolder ? path.index(before: path.endIndex) : path.endIndex
    guard let slash = path[..<end].lastIndex(of: "/") else { return path }
    return String(path[path.index(after: slash)...])
  }
}

/// A path typed where a list is searched.
public struct TypedPath: Sendable, Equatable {
  /// What was typed when the candidates were looked for; nil: not yet.
  public private(set) var answered: String?
  public private(set) var candidates: [PathCandidate] = []
  /// The candidate that was gone to with an arrow.
  public internal(set) var selection: Int?
  /// Being looked for, and being opened.
  var asked: String?
  public internal(set) var opening: String?
  /// Why what is typed cannot be opened.
  public internal(set) var problem: String?
  /// Tab was pressed before the candidates were there.
  fileprivate var completesOnAnswer = false

  /// Whether a word is a path, and no name to look for.
  public static func isPath(_ text: String) -> Bool {
    ["/", "./", "../", "~"].contains { text.hasPrefix($0) } || text == ".."
  }

  mutating func take(_ found: [PathCandidate], for text: String) {
    (answered, candidates, selection) = (text, found, nil)
  }

  /// Something else is typed now.
  mutating func typed() { (problem, opening, selection, completesOnAnswer) = (nil, nil, nil, false) }

  /// What all candidates begin with; nil where that is no more than what is typed.
  func completion(of text: String) -> String? {
    guard let first = candidates.first?.path else { return nil }
    var common = first[...]
    for other in candidates.dropFirst() { common = common.prefix(Self.common(common, other.path)) }
    return common.count > text.count && common != text ? String(common) : nil
  }

  private static func common(_ a: Substring, _ b: String) -> Int { zip(a, b).prefix { $0 == $1 }.count }
}

extension Picker {
  /// Whether a path is typed, where one can be.
  public var isTypingPath: Bool { takesPaths && TypedPath.isPath(query.text) }

  /// A key while a path is typed; nil: one that edits it.
  mutating func handlePath(_ stroke: Key, page: Int) -> Outcome? {
    let text = query.text
    let count = typedPath.answered == text ? typedPath.candidates.count : 0
    func move(_ step: Int) {
      guard count > 0 else { return }
      let here = typedPath.selection ?? (step > 0 ? -1 : count)
      // Beyond the first and the last stands what was typed.
      typedPath.selection = (0..<count).contains(here + step) ? here + step : nil
    }
    switch (stroke.code, stroke.modifiers) {
    case (.enter, _):
      if let selection = typedPath.selection, selection < count, case let chosen = typedPath.candidates[selection] {
        setPath(chosen.path)
        if !chosen.isTarget { return .stays }
      }
      typedPath.problem = nil
      typedPath.opening = query.text
      return .path(query.text)
    case (.tab, []):
      if let selection = typedPath.selection, selection < count {
        setPath(typedPath.candidates[selection].path)
      } else if typedPath.answered == text {
        complete()
      } else {
        typedPath.completesOnAnswer = true
      }
    case (.up, []), (.character("p"), .control), (.character("k"), .control): move(-1)
    case (.down, []), (.character("n"), .control), (.character("j"), .control): move(1)
    case (.pageUp, _):
      if count > 0 { typedPath.selection = max(0, (typedPath.selection ?? 0) - page) }
    case (.pageDown, _):
      if count > 0 { typedPath.selection = min(count - 1, (typedPath.selection ?? 0) + page) }
    default: return nil
    }
    return .stays
  }

  private mutating func setPath(_ path: String) {
    guard path != query.text else { return }
    query.setText(path)
    typedPath.typed()
    search()
  }

  private mutating func complete() {
    if let completion = typedPath.completion(of: query.text) { setPath(completion) }
  }

  /// Takes what lies where the typed path leads.
  mutating func take(_ found: [PathCandidate], for text: String) {
    guard isTypingPath, query.text == text else { return }
    let completes = typedPath.completesOnAnswer
    typedPath.take(found, for: text)
    typedPath.completesOnAnswer = false
    if completes { complete() }
  }

  /// Moves the wheel's choice.
  mutating func scrollPaths(by step: Int) {
    guard typedPath.answered == query.text, !typedPath.candidates.isEmpty else { return }
    typedPath.selection = min(max(0, (typedPath.selection ?? -1) + step), typedPath.candidates.count - 1)
  }
}
