import Core
import Synchronization

/// What was chosen and typed on the screen, kept for the next time in a file of the program's own; the user's
/// `config.toml` is never written.
///
/// ```json
/// {"theme": "paper", "theme_over": "midnight", "sampling": {"temperature": "0.7"}, "new-run": {"data": "a.txt"}}
/// ```
package struct RememberedState: Sendable, Equatable {
  /// Chosen on the screen; `config.toml` said `themeOver` at that time.
  package var theme: String?
  package var themeOver: String?
  /// By the form's name: what was typed, by field, where it differs from what the form offers by itself.
  package var forms: [String: [String: String]] = [:]
  /// Why the file could not be used, in one sentence.
  package var problem: String?

  package init() {}

  package static func load(_ path: String = AppPaths.remembered) -> RememberedState {
    var state = RememberedState()
    guard Disk.exists(path) else { return state }
    guard let object = object(path) else {
      state.problem = "\(SafeText.clean(path)) is not JSON as it should be: what was chosen last time is not known"
      return state
    }
    for (key, value) in object.members {
      switch (key, value) {
      case ("theme", .string(let name)): state.theme = name
      case ("theme_over", .string(let name)): state.themeOver = name
      case (_, .object(let fields)):
        state.forms[key] = Dictionary(
          fields.members.compactMap { field in field.value.string.map { (field.key, $0) } }, uniquingKeysWith: { $1 })
      default: break
      }
    }
    return state
  }

  fileprivate static func object(_ path: String) -> JSONObject? {
    SmallFile.read(path).flatMap { try? JSON.parse($0) }?.object
  }

  /// The theme to begin with: the one chosen on the screen, unless `config.toml` has been changed since.
  package func theme(configured: String?) -> String? {
    theme != nil && themeOver == configured ? theme : configured
  }

  fileprivate var members: [String: JSON] {
    var members: [String: JSON] = [:]
    members["theme"] = theme.map { .string($0) }
    members["theme_over"] = themeOver.map { .string($0) }
    for (name, fields) in forms {
      let sorted = fields.sorted { $0.key < $1.key }
      members[name] = .object(JSONObject(sorted.map { (key: $0.key, value: JSON.string($0.value)) }))
    }
    return members
  }
}

/// Writes what is remembered, behind the screen. Only what was changed here is replaced: the rest of the file is
/// another program's.
package final class RememberedStateFile: Sendable {
  private let path: String
  private let queue = WorkQueue()
  private let onFailure: @Sendable (String) -> Void
  /// As the file was read or last written.
  private let known: Mutex<RememberedState>
  private let saidFailure = Mutex<Bool>(false)

  /// - Parameter onFailure: told in one sentence, from any thread, the first time that the file cannot be written.
  package init(
    _ state: RememberedState, path: String = AppPaths.remembered,
    onFailure: @escaping @Sendable (String) -> Void = { _ in }
  ) {
    self.path = path
    self.onFailure = onFailure
    known = Mutex(state)
  }

  package func keep(_ state: RememberedState) {
    guard known.withLock({ $0 != state }) else { return }
    queue.work { self.write(state) }
  }

  package func finish() { queue.sync {} }

  private func write(_ state: RememberedState) {
    let old = known.withLock { $0.members }
    let new = state.members
    var object = RememberedState.object(path) ?? JSONObject()
    for key in Set(old.keys).union(new.keys).sorted() where old[key] != new[key] { object[key] = new[key] }
    do {
      AppPaths.make(Disk.parent(path))
      try AtomicFile.write(to: path, permissions: 0o600) { try $0.write(JSON.object(object).serialized(indent: 2)) }
      known.withLock { $0 = state }
    } catch {
      let isFirst = saidFailure.withLock { said in
        defer { said = true }
        return !said
      }
      if isFirst { onFailure("\(error) Themes, settings and forms are not remembered.") }
    }
  }
}
