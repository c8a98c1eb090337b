/// The bottom line: what the keys do here and now, from the key table.
public enum KeyBar {
  public static func draw(_ state: AppState, in rect: Rect, theme: Theme, into buffer: inout CellBuffer) {
    buffer.fill(rect, style: theme.bar)
    var right = rect.maxX - 1
    if let toast = state.toast {
      let text = TextWidth.truncate(toast.text, to: max(10, rect.width * 2 / 3))
      let style = toast.tone == .calm ? theme.bar : toast.tone.style(theme).over(theme.bar)
      right -= buffer.put(text, rightAlignedAt: Point(right, rect.y), style: style) + 2
    } else if rect.width >= 60 {
      let text = SafeText.clean(state.themeName)
      right -= buffer.put(text, rightAlignedAt: Point(right, rect.y), style: theme.faint.over(theme.bar)) + 2
    }
    var x = rect.x + 1
    for hint in hints(state) {
      let width = TextWidth.of(hint.key) + 1 + TextWidth.of(hint.label)
      if x + width > right { break }
      x += buffer.put(hint.key, at: Point(x, rect.y), style: theme.barKey) + 1
      x += buffer.put(hint.label, at: Point(x, rect.y), style: theme.barDim) + 2
    }
  }

  struct Hint: Equatable {
    var key: String
    var label: String
  }

  static func hints(_ state: AppState) -> [Hint] {
    switch state.overlays.last {
    case .help(let help):
      return [
        Hint(key: arrows(state), label: "scroll"), Hint(key: "Esc", label: help.query.isEmpty ? "close" : "all keys"),
      ]
    case .picker(let picker) where picker.isTypingPath:
      return [
        Hint(key: "Tab", label: "complete"), Hint(key: arrows(state), label: "choose"),
        Hint(key: "Enter", label: "open"), Hint(key: "Esc", label: "close"),
      ]
    case .picker(let picker):
      return [
        Hint(key: arrows(state), label: "choose"), Hint(key: "Enter", label: "take"), Hint(key: "Esc", label: "close"),
      ] + picker.extras.map { Hint(key: $0.key.label(ascii: state.ascii), label: $0.label) }
    case .form(let form):
      return [
        Hint(key: "Tab", label: "next"), Hint(key: "^S", label: form.submitLabel), Hint(key: "Esc", label: "cancel"),
      ]
    case .text:
      return [
        Hint(key: "Enter", label: "save"), Hint(key: "Alt-Enter", label: "new line"), Hint(key: "Esc", label: "cancel"),
      ]
    case .dialog where state.lateDialog != nil && state.focus.isTyping: return [Hint(key: "Esc", label: "close")]
    case .dialog: return [Hint(key: "Enter", label: "press"), Hint(key: "Esc", label: "close")]
    case nil: break
    }
    let typing = state.focus.isTyping
    return actions(state).compactMap { action, label in
      state.keys.label(of: action, typing: typing, ascii: state.ascii).map {
        Hint(key: $0, label: label ?? action.info.label)
      }
    }
  }

  private static func arrows(_ state: AppState) -> String { state.ascii ? "Up/Down" : "↑↓" }

  /// What to tell first; what does not fit is left out, and help has all.
  private static func actions(_ state: AppState) -> [(Action, String?)] {
    let common: [(Action, String?)] = [(.help, nil), (.palette, nil)]
    let tail: [(Action, String?)] = [(.focusNext, nil), (.zoom, state.layout.zoomed ? "unzoom" : nil), (.quit, nil)]
    switch state.focus {
    case .input:
      if state.chat.busy { return common + [(.stop, nil)] + tail }
      if state.chat.model == .ready { return common + tail + [(.chooseModel, nil), (.newRun, nil)] }
      return common + [(.chooseModel, nil)] + tail + [(.newRun, nil)]
    case .tokensText where state.tokens.view == .vocabulary:
      let esc: (Action, String?) = (.stop, state.tokens.vocabulary.query.isEmpty ? "text" : "empty")
      return [(.help, nil), (.send, "list"), esc] + tail
    case .tokensText: return [(.help, nil), (.stop, "done")] + tail
    case .log:
      guard let message = state.chat.selected else { return common + tail }
      if state.chat.find.count != nil {
        return common + [(.findNext, "next"), (.findPrevious, "before"), (.find, nil), (.backToInput, "end")] + tail
      }
      var list = common + [(.regenerate, nil), (.editMessage, nil), (.copyReply, nil)]
      if ChatState.lastCodeBlock(of: message.text) != nil { list.append((.copyCode, nil)) }
      if message.siblings > 1 { list += [(.siblingPrevious, nil), (.siblingNext, nil)] }
      return list + [(.xray, nil), (.raw, nil)] + tail
    case .train:
      guard let run = state.train.run else { return common + [(.newRun, nil), (.chooseRun, nil)] + tail }
      let view: [(Action, String?)] = [
        (.perplexity, state.train.perplexity ? "loss" : nil), (.logScale, nil), (.xAxis, nil),
      ]
      if run.isLive {
        let pause: (Action, String?) = (.pauseRun, run.status == .paused ? "go on" : nil)
        return common + [pause, (.stopRun, nil), (.checkpoint, nil), (.sample, nil)] + view + tail
      }
      return common + [(.newRun, nil), (.chooseRun, nil)] + view + tail
    case .tokens where state.tokens.view == .merges:
      let play: (Action, String?) = (.playSteps, state.tokens.player.isPlaying ? "pause" : nil)
      return common + [
        (.stepBack, nil), (.stepForward, nil), play, (.tokenRight, "next word"), (.whySplit, nil),
        (.leaveView, nil),
      ] + tail
    case .tokens where state.tokens.view == .compare:
      return common + [
        (.nextDifference, nil), (.addTokenizer, nil), (.removeTokenizer, nil), (.sampleText, nil), (.leaveView, nil),
        (.chooseTokenizer, nil),
      ] + tail
    case .tokens where state.tokens.view == .training:
      let training = state.tokens.training
      if training?.status.isLive == true {
        return common + [
          (.playSteps, training?.isPaced == true ? "fast" : "slow"), (.stopTokenizer, nil), (.stepBack, nil),
          (.leaveView, nil),
        ] + tail
      }
      return common + [
        (.saveTokenizer, nil), (.stepBack, nil), (.stepForward, nil), (.trainTokenizer, "again"), (.leaveView, nil),
      ] + tail
    case .tokens where state.tokens.view == .vocabulary:
      return common + [(.editText, "search"), (.leaveView, nil), (.chooseTokenizer, nil)] + tail
    case .tokens:
      return common + [
        (.editText, nil), (.compareTokenizers, nil), (.mergeSteps, nil), (.vocabulary, nil), (.trainTokenizer, nil),
        (.surprisal, nil), (.sampleText, nil), (.showIDs, nil), (.whitespace, nil), (.hexBytes, nil),
        (.chooseTokenizer, nil), (.openText, nil),
      ]
        + tail
    }
  }
}
