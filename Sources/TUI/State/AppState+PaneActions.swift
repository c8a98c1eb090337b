import Core

extension AppState {
  mutating func performChat(_ action: Action) -> [Effect] {
    switch action {
    case .messageNext: selectMessage(1)
    case .messagePrevious: selectMessage(-1)
    case .logTop:
      chat.selection = chat.messages.isEmpty ? nil : 0
      chat.top = 0
      chat.follows = chat.maxTop == 0
    case .logBottom:
      chat.selection = chat.messages.indices.last
      chat.follows = true
    case .regenerate:
      if chat.busy { return refuse("a reply is being written") }
      guard let index = chat.selectedIndex,
        let reply = chat.messages[...index].lastIndex(where: { $0.role == .assistant })
          ?? chat.messages.firstIndex(where: { $0.role == .assistant })
      else { return refuse("there is no reply yet") }
      guard chat.model == .ready else { return refuseWithoutModel() }
      chat.follows = true
      chat.selection = nil
      return [.regenerate(message: chat.messages[reply].id)]
    case .editMessage:
      if chat.busy { return refuse("a reply is being written") }
      guard let index = chat.selectedIndex,
        let own = chat.messages[...index].lastIndex(where: { $0.role == .user })
      else { return refuse("there is no message of yours to edit") }
      beginEditing(own)
    case .siblingPrevious, .siblingNext:
      if chat.busy { return refuse("a reply is being written") }
      guard let message = chat.selected, message.siblings > 1 else {
        return refuse("this message has one version only")
      }
      return [.switchSibling(message: message.id, by: action == .siblingNext ? 1 : -1)]
    case .copyReply:
      guard let message = chat.selected else { return refuse("there is nothing to copy") }
      return [.copy(message.text, what: "message")]
    case .copyCode:
      guard let code = chat.selected.flatMap({ ChatState.lastCodeBlock(of: $0.text) }) else {
        return refuse("this message has no code block")
      }
      return [.copy(code, what: "code")]
    case .xray:
      chat.xray.toggle()
      say(chat.xray ? "X-ray: green was likely, red was not" : "X-ray off")
      chat.xrayToken = nil
    case .raw:
      if chat.raw != nil {
        chat.raw = nil
        return [.showRaw(false)]
      }
      return [.showRaw(true)]
    case .transcript: return [.showTranscript]
    case .deleteMessage: return askToDelete()
    case .undoDeletion: return chat.busy ? refuse("a reply is being written") : [.undoDeletion]
    case .tokenBefore: moveXray(-1)
    case .tokenAfter: moveXray(1)
    case .alternatives:
      if chat.xray, let token = chat.xrayToken, let message = chat.selected, message.marks.indices.contains(token) {
        return [.showAlternatives(message: message.id, token: token)]
      }
      return performChat(.backToInput)
    case .backToInput:
      if chat.xrayToken != nil {
        chat.xrayToken = nil
        return []
      }
      if chat.raw != nil {
        chat.raw = nil
        return [.showRaw(false)]
      }
      endFinding()
      setFocus(.input)
    default: break
    }
    return []
  }

  private mutating func askToDelete() -> [Effect] {
    if chat.busy { return refuse("a reply is being written") }
    guard let message = chat.selected else { return refuse("there is no message to delete") }
    let key = keys.label(of: .undoDeletion) ?? "“undo the last deletion”"
    overlays.append(
      .dialog(
        Dialog(
          .deleteMessage(message.id), tone: .warning, title: "Delete the message?",
          body: "It and all that follows it, on each of its branches. Until Glassbox is left, \(key) brings it back.",
          buttons: [.init("keep", "Keep", "k"), .init("delete", "Delete", "d")])))
    return []
  }

  private mutating func moveXray(_ step: Int) {
    guard chat.xray, let message = chat.selected, !message.marks.isEmpty else { return }
    let last = message.marks.count - 1
    var next = chat.xrayToken.map { $0 + step } ?? (step > 0 ? 0 : last)
    // Tokens that only complete a character show nothing of their own.
    while (0...last).contains(next), message.marks[next].text.isEmpty { next += step }
    if (0...last).contains(next) { chat.xrayToken = next }
  }

  private mutating func selectMessage(_ step: Int) {
    guard let here = chat.selectedIndex else { return }
    let next = min(max(0, here + step), chat.messages.count - 1)
    chat.selection = next
    chat.xrayToken = nil
    chat.reveal(next)
  }

  mutating func performTrain(_ action: Action) -> [Effect] {
    switch action {
    case .smoother, .rougher:
      train.smooth(more: action == .smoother)
      say("smoothing \(Figures.fixed(train.smoothing, 3))")
    case .logScale: train.logScale.toggle()
    case .perplexity: train.perplexity.toggle()
    case .xAxis:
      let all = RunAxis.allCases
      train.axis = all[((all.firstIndex(of: train.axis) ?? 0) + 1) % all.count]
    case .crosshairLeft: moveCrosshair(-0.02)
    case .crosshairRight: moveCrosshair(0.02)
    case .zoomIn: train.zoom = min(64, train.zoom * 1.5)
    case .zoomOut: train.zoom = max(1, train.zoom / 1.5)
    case .acknowledge:
      let alerts = train.run?.alerts.count ?? 0
      train.run?.acknowledged = alerts
    case .nextSample:
      let count = train.run?.samples.count ?? 0
      if count > 0 { train.shownSample = (train.shownSample + 1) % count }
    case .resumeRun:
      guard let run = train.run, !run.out.isEmpty else { return refuse("no run is shown") }
      if run.isLive { return refuse("this run is training") }
      return [.resumeRun(run.out)]
    case .talkToRun:
      guard let run = train.run else { return refuse("no run is shown") }
      guard let path = run.savedModel else { return refuse("this run has saved no model yet: C saves one") }
      focus = .input
      return [.loadModel(path)]
    default: return control(action)
    }
    return []
  }

  private mutating func moveCrosshair(_ step: Double) {
    guard let run = train.run, !run.steps.isEmpty else { return }
    let at = (train.crosshair ?? 1) + step
    // Beyond the right end there is no crosshair again.
    train.crosshair = at > 1 ? nil : max(0, at)
  }

  private mutating func control(_ action: Action) -> [Effect] {
    guard let run = train.run, run.isLive else {
      return refuse("no run is training: \(keys.label(of: .newRun) ?? "the palette") starts one")
    }
    switch action {
    case .pauseRun:
      if run.status == .stopping { return refuse("the run is being saved") }
      let paused = run.status == .paused
      train.run?.status = paused ? .running : .paused
      return [.run(paused ? .resume : .pause)]
    case .stopRun:
      if run.status == .stopping { return [] }
      train.run?.status = .stopping
      say("stopping after this step, then saving")
      return [.run(.stop)]
    case .checkpoint:
      say("a checkpoint is saved after this step")
      return [.run(.checkpoint)]
    case .evaluate:
      say("measuring the validation loss")
      return [.run(.evaluate)]
    case .sample:
      say("writing samples")
      return [.run(.sample)]
    case .learningRate: overlays.append(.form(Forms.learningRate(run.steps.last?.lr)))
    default: break
    }
    return []
  }
}
