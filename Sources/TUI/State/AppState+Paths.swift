/// Opening by path, in the lists of models, runs and tokenizers.
extension AppState {
  /// What is to be looked for after a list has changed.
  mutating func askForPaths(_ picker: inout Picker) -> [Effect] {
    guard picker.isTypingPath, picker.typedPath.asked != picker.query.text else { return [] }
    picker.typedPath.asked = picker.query.text
    return [.listPaths(picker.query.text, picker.purpose)]
  }

  private mutating func change(_ purpose: Picker.Purpose, _ body: (inout Picker) -> Void) {
    for i in overlays.indices.reversed() {
      guard case .picker(var picker) = overlays[i], picker.purpose == purpose else { continue }
      body(&picker)
      overlays[i] = .picker(picker)
      return
    }
  }

  /// What lies where a typed path leads.
  /// - Returns: what is to be looked for next, where a completion was waiting for it.
  public mutating func takePaths(
    _ found: [PathCandidate], for text: String, _ purpose: Picker.Purpose
  ) -> [Effect] {
    var effects: [Effect] = []
    for i in overlays.indices.reversed() {
      guard case .picker(var picker) = overlays[i], picker.purpose == purpose else { continue }
      picker.take(found, for: text)
      effects = askForPaths(&picker)
      overlays[i] = .picker(picker)
      break
    }
    return effects
  }

  /// A typed path leads to nothing that can be opened: what was typed stays.
  public mutating func refusePath(_ text: String, _ why: String, _ purpose: Picker.Purpose) {
    change(purpose) { picker in
      guard picker.typedPath.opening == text else { return }
      picker.typedPath.opening = nil
      picker.typedPath.problem = SafeText.clean(why, keepingNewlines: false)
    }
  }

  /// A typed path leads to what was wanted.
  /// - Parameter path: as it is opened.
  /// - Returns: what opens it; nothing where one has left the list, or typed on.
  public mutating func openPath(_ text: String, as path: String, _ purpose: Picker.Purpose) -> [Effect] {
    guard
      let at = overlays.lastIndex(where: {
        if case .picker(let picker) = $0 {
          picker.purpose == purpose && picker.typedPath.opening == text
        } else {
          false
        }
      })
    else { return [] }
    overlays.remove(at: at)
    switch purpose {
    case .model: return [.loadModel(path)]
    case .run: return [.openRun(path)]
    case .tokenizer: return [.loadTokenizer(path)]
    case .compare: return [.addTokenizer(path)]
    case .palette, .theme, .conversation, .template, .alternatives: return []
    }
  }
}
