/// Which key does what: the defaults of ``Action/info``, changed by the user's `[keys]`. Everything that tells about
/// keys (help, palette, key bar) reads this one table.
public struct KeyTable: Sendable {
  private struct Binding: Hashable {
    var scope: Scope
    var stroke: Key
  }

  private var actions: [Binding: Action] = [:]
  private var keys: [Action: [Key]] = [:]
  /// What was wrong with the user's bindings, one sentence each.
  public private(set) var problems: [String] = []

  public init() { self.init(remapping: [:]) }

  /// - Parameter remapping: an action's name → its keys, instead of the default ones; an empty list unbinds.
  public init(remapping: [String: [String]]) {
    var chosen: [Action: [Key]] = [:]
    for name in remapping.keys.sorted() {
      guard let action = Action(rawValue: name) else {
        problems.append("keys: there is no action named \"\(SafeText.clean(name))\"")
        continue
      }
      chosen[action] = (remapping[name] ?? []).compactMap { text in
        guard let stroke = Key(text) else {
          problems.append(
            "keys: \(name) = \"\(SafeText.clean(text))\" is not a key (write for example Ctrl-P, Alt-z, F5)")
          return nil
        }
        return stroke
      }
    }
    // The user's bindings first, so that a conflict is decided for them and named.
    for action in Action.allCases where chosen[action] != nil {
      bind(action, to: chosen[action] ?? [], byUser: true)
    }
    for action in Action.allCases where chosen[action] == nil {
      bind(action, to: action.info.keys.compactMap { Key($0 as String) }, byUser: false)
    }
  }

  private mutating func bind(_ action: Action, to strokes: [Key], byUser: Bool) {
    for stroke in strokes {
      let binding = Binding(scope: action.scope, stroke: stroke)
      if let other = actions[binding], other != action {
        problems.append(
          "keys: \(stroke.description) is wanted by \(other.rawValue) and \(action.rawValue): the first keeps it"
        )
        continue
      }
      actions[binding] = action
      keys[action, default: []].append(stroke)
    }
  }

  /// The action of a key, looked for in the scopes in order. While a text box has the focus, keys that type
  /// themselves mean nothing else.
  public func action(for stroke: Key, in scopes: [Scope], typing: Bool) -> Action? {
    if typing, stroke.text != nil { return nil }
    for scope in scopes {
      if let action = actions[Binding(scope: scope, stroke: stroke)] { return action }
    }
    return nil
  }

  public func strokes(of action: Action) -> [Key] { keys[action] ?? [] }

  /// The key to show for an action; while typing, one that does not type itself.
  public func label(of action: Action, typing: Bool = false, ascii: Bool = false) -> String? {
    let all = strokes(of: action)
    return (typing ? all.first { $0.text == nil } : all.first)?.label(ascii: ascii)
  }

  /// All keys of an action, as help and palette show them: `Alt-z z`.
  public func labels(of action: Action, ascii: Bool = false) -> String {
    strokes(of: action).map { $0.label(ascii: ascii) }.joined(separator: "  ")
  }
}
