/// A letter that changes a run waits a moment: it may be the first of a word that was meant for the input box.
public struct HeldRunKey: Sendable, Equatable {
  static let seconds = 0.3

  var action: Action
  var letter: Character
  /// Set by the next tick: keys do not know the time.
  var due: Double?
}

extension Action {
  /// What a letter typed by mistake must not do to a run.
  var changesRun: Bool {
    switch self {
    case .pauseRun, .stopRun, .checkpoint, .evaluate, .sample, .learningRate, .resumeRun, .talkToRun: true
    default: false
    }
  }
}

extension AppState {
  /// A key while Train has the focus: its own keys act, any other letter is typed.
  mutating func handleTrainKey(_ stroke: Key, _ action: Action?) -> [Effect] {
    guard let letter = stroke.text else {
      // A key that cannot be part of a word: the letter before it was meant as one.
      let before = heldRunKey.map { actNow($0) } ?? []
      return before + (action.map { perform($0) } ?? [])
    }
    if let held = heldRunKey {
      heldRunKey = nil
      return type([held.letter, letter])
    }
    guard let action else { return letter.isLetter ? type([letter]) : [] }
    if action.changesRun {
      heldRunKey = HeldRunKey(action: action, letter: letter)
      return []
    }
    return perform(action)
  }

  private mutating func type(_ letters: [Character]) -> [Effect] {
    setFocus(.input)
    composer.insert(String(letters), typed: true)
    return []
  }

  private mutating func actNow(_ held: HeldRunKey) -> [Effect] {
    heldRunKey = nil
    return perform(held.action)
  }

  /// What has become due by ``tick(now:clock:)``.
  package mutating func takeDue() -> [Effect] {
    guard let held = heldRunKey, let due = held.due, due <= now else { return [] }
    return actNow(held)
  }
}
