import Core

extension AppState {
  mutating func performTokens(_ action: Action) -> [Effect] {
    switch action {
    case .tokenLeft, .tokenRight:
      let step = action == .tokenLeft ? -1 : 1
      if tokens.view == .compare { return performTokensView(step < 0 ? .previousDifference : .nextDifference) }
      guard tokens.view == .merges, let word = tokens.explanation?.tokens, !word.isEmpty else {
        tokens.moveCursor(to: tokens.cursor + step)
        break
      }
      // From word to word.
      tokens.moveCursor(to: step < 0 ? word.lowerBound - 1 : word.upperBound)
    case .tokenUp, .tokenDown:
      let step = action == .tokenUp ? -1 : 1
      switch tokens.view {
      case .text: tokens.moveRow(step)
      case .merges: tokens.player.move(by: step, of: tokens.explanation?.word?.stepCount ?? 0)
      case .compare: selectCompared(step)
      case .vocabulary: tokens.vocabulary.select(tokens.vocabulary.selection + step)
      case .training: tokens.training?.move(by: -step)
      }
    case .firstToken: tokens.moveCursor(to: 0)
    case .lastToken: tokens.moveCursor(to: tokens.result.count - 1)
    case .hexBytes: tokens.hex.toggle()
    case .whitespace: tokens.spaces.toggle()
    case .showIDs:
      let all = TokensState.IDs.allCases
      tokens.ids = all[((all.firstIndex(of: tokens.ids) ?? 0) + 1) % all.count]
      say(
        ["ids under the tokens", "no ids: the text as it is read", "ids in a list"][all.firstIndex(of: tokens.ids) ?? 0]
      )
    case .editText:
      if tokens.view == .vocabulary { focus = .tokensText } else { editTokensText() }
    case .openText:
      let field = FormField(
        "path", "File", placeholder: "a text file", help: "shown as tokens, whatever its length",
        required: true)
      open(Form(.openText, title: "Open a text", submit: "open", fields: [field]))
    case .sampleText:
      showText(Array(TokenSample.text.utf8), name: "the sample text", isCopy: true)
    case .followSource:
      tokens.source = .live
      tokens.top = TokensPlace()
      if focus == .tokensText { focus = .tokens }
      say("following the input box, or the selected message")
    default: return performTokensView(action)
    }
    return []
  }

  private mutating func performTokensView(_ action: Action) -> [Effect] {
    let steps = tokens.explanation?.word?.stepCount ?? 0
    switch action {
    case .mergeSteps: showTokens(.merges)
    case .stepForward, .stepBack:
      let step = action == .stepForward ? 1 : -1
      if tokens.view == .training { tokens.training?.move(by: step) } else { tokens.player.move(by: step, of: steps) }
    case .playSteps where tokens.view == .training:
      guard let training = tokens.training, training.status.isLive else {
        return refuse("no tokenizer is being trained")
      }
      tokens.training?.isPaced = !training.isPaced
      say(training.isPaced ? "as fast as it goes" : "slow enough to follow")
      return [.paceTokenizer(!training.isPaced)]
    case .trainTokenizer:
      if tokens.training?.status.isLive == true || tokens.training != nil && tokens.view != .training {
        showTokens(.training)
      } else {
        open(Forms.trainTokenizer(out: ""))
      }
    case .stopTokenizer:
      guard tokens.training?.status.isLive == true else { return refuse("no tokenizer is being trained") }
      tokens.training?.status = .stopping
      return [.stopTokenizer]
    case .saveTokenizer:
      let field = FormField(
        "out", "Folder", placeholder: "for tokenizer.json", help: "what was learned, as Hugging Face reads it",
        required: true)
      open(Form(.saveTokenizer, title: "Save the tokenizer", submit: "save", fields: [field]))
    case .playSteps:
      if tokens.view != .merges { showTokens(.merges) }
      tokens.player.toggle(of: steps, now: now)
    case .whySplit:
      guard tokensAreCurrent, let why = tokens.explanation, let border = why.border else {
        return refuse("there is no token here")
      }
      let stages = why.stages.map { "\($0.name): \($0.summary)" }
      overlays.append(
        .dialog(.message("Why a token begins here", ([border.unbrokenSentence, ""] + stages).joined(separator: "\n"))))
    case .leaveView: tokens.view = .text
    case .compareTokenizers:
      showTokens(.compare)
      tokens.compare.difference = nil
      if tokens.view == .compare, tokens.compare.others.isEmpty { return [.openComparison] }
    case .nextDifference, .previousDifference:
      if tokens.view != .compare { return performTokensView(.compareTokenizers) }
      if !tokens.moveDifference(action == .nextDifference ? 1 : -1) {
        say(tokens.comparison == nil ? "still comparing" : "no further difference")
      }
    case .addTokenizer:
      if tokens.view != .compare { showTokens(.compare) }
      var picker = pathPicker(.compare, "Compare with")
      picker.emptyText = "looking for tokenizers …"
      overlays.append(.picker(picker))
      return [.findTokenizers]
    case .removeTokenizer:
      guard tokens.view == .compare, tokens.compare.selection > 0,
        tokens.compare.others.indices.contains(tokens.compare.selection - 1)
      else { return refuse("choose another tokenizer than the first") }
      tokens.compare.others.remove(at: tokens.compare.selection - 1)
      tokens.compare.selection -= 1
      return [.rememberComparison]
    case .surprisal:
      guard chat.model == .ready else {
        return refuseWithoutModel()
      }
      tokens.view = .text
      tokens.showsSurprisal.toggle()
      tokens.surprisal = nil
      guard tokens.showsSurprisal else { return [] }
      say("the redder a token, the less the model expects it")
      // Only through its own tokenizer does the model read.
      if !tokens.isThroughModel {
        return [.loadTokenizer(App.modelTokenizer)]
      }
    case .vocabulary:
      showTokens(.vocabulary)
      if tokens.view == .vocabulary { focus = .tokensText }
    default: break
    }
    return []
  }

  /// A view that needs the room of the whole workspace; once more goes back to the text.
  mutating func showTokens(_ view: TokensState.View) {
    tokens.view = tokens.view == view ? .text : view
    tokens.player.isPlaying = false
    if tokens.view != .text { layout.workspace = .tokens }
    if focus == .tokensText { focus = .tokens }
  }

  /// While one writes, the cursor is on the token that holds the caret.
  mutating func placeTokenCursor() {
    guard focus == .tokensText else { return }
    tokens.cursor = tokens.result.token(at: min(tokens.document.caret, tokens.result.bytes.count))
    tokens.clampCursor()
  }

  /// Makes a text the pane's own, from its beginning. What was written there before can be had again by undoing.
  /// - Parameter isCopy: whether it stands elsewhere too, so that it need not be kept.
  public mutating func showText(_ bytes: [UInt8], name: String, isCopy: Bool = false) {
    tokens.document.begin(bytes, name: name, isCopy: isCopy)
    tokens.source = .own
    if tokens.view == .merges { tokens.view = .text }
    tokens.cursor = 0
    tokens.top = TokensPlace()
    tokens.follows = true
  }

  private mutating func editTokensText() {
    tokens.view = .text
    if tokens.source == .live {
      showText(tokensText.bytes, name: "", isCopy: true)
      tokens.document.move(to: tokens.document.bytes.count)
    } else if tokens.cursor < tokens.result.count {
      tokens.document.move(to: tokens.result.offsets[tokens.cursor].lowerBound)
    }
    tokens.source = .own
    tokens.follows = true
    focus = .tokensText
  }

  /// A paste while the pane is only looked at is the text to look at.
  mutating func pasteInTokens(_ text: String) {
    if tokens.view == .vocabulary {
      tokens.vocabulary.query.insert(text.split(whereSeparator: \.isNewline).joined(separator: " "))
    } else if focus == .tokensText {
      tokens.document.insert(text)
      tokens.documentName = ""
      tokens.follows = true
    } else {
      showText(Array(text.utf8), name: "pasted")
    }
  }

  mutating func enterInTokens() -> [Effect] {
    if tokens.view == .vocabulary { return leaveTokensText() }
    tokens.document.insert("\n", typed: true)
    return []
  }

  mutating func leaveTokensText() -> [Effect] {
    setFocus(.tokens)
    return []
  }

  /// A key while one writes in the pane.
  mutating func typeInTokens(_ stroke: Key, _ action: Action?) -> [Effect] {
    if tokens.view == .vocabulary { return typeInVocabulary(stroke, action) }
    tokens.follows = true
    if let action {
      if action == .stop { return leaveTokensText() }
      return tokens.document.perform(action) ? [] : perform(action)
    }
    switch (stroke.code, stroke.modifiers) {
    case (.up, []), (.down, []):
      if let offset = tokens.caretOffset(movedBy: stroke.code == .up ? -1 : 1) { tokens.document.move(to: offset) }
    default: _ = tokens.document.handle(stroke)
    }
    return []
  }

  private mutating func typeInVocabulary(_ stroke: Key, _ action: Action?) -> [Effect] {
    switch (stroke.code, stroke.modifiers) {
    case (.up, []): tokens.vocabulary.select(tokens.vocabulary.selection - 1)
    case (.down, []): tokens.vocabulary.select(tokens.vocabulary.selection + 1)
    case (.escape, []):
      // Once empties the box, twice goes back to the text.
      if tokens.vocabulary.query.isEmpty {
        tokens.view = .text
        setFocus(.tokens)
      } else {
        tokens.vocabulary.query.clear()
      }
    default:
      if let action { return tokens.vocabulary.query.perform(action) ? [] : perform(action) }
      _ = tokens.vocabulary.query.handle(stroke, multiline: false)
    }
    return []
  }

  private mutating func selectCompared(_ step: Int) {
    // Up and down in the order of the ranking.
    let order = CompareState.ranking(tokens.comparison)
    guard let here = order.firstIndex(of: tokens.compare.selection) else { return }
    tokens.compare.selection = order[min(max(0, here + step), order.count - 1)]
  }

  /// By blocks.
  private mutating func scrollComparison(_ step: Int) {
    guard step != 0, let comparison = tokens.comparison, let rect = screen.rect(of: .tokens) else { return }
    let layout = TokensCompareView.layout(
      self, comparison, TokensCompareView.parts(of: rect, rows: comparison.rows.count))
    if step < 0 {
      tokens.compare.top = layout.start(before: tokens.compare.top, count: -step)
    } else if let next = layout.blocks(from: tokens.compare.top, count: step).next {
      tokens.compare.top = next
    }
  }

  mutating func pageTokens(_ direction: Int) {
    let rows = max(1, tokens.page.rows.count - 1)
    if focus == .tokensText, tokens.view == .text {
      for _ in 0..<rows {
        guard let offset = tokens.caretOffset(movedBy: direction) else { break }
        tokens.document.move(to: offset)
      }
      return
    }
    switch tokens.view {
    case .text: break
    case .merges: return tokens.player.move(by: direction * 5, of: tokens.explanation?.word?.stepCount ?? 0)
    case .compare: return scrollComparison(direction * max(1, tokens.compare.page.blocks.count - 1))
    case .vocabulary:
      return tokens.vocabulary.select(tokens.vocabulary.selection + direction * tokens.vocabulary.rows)
    case .training:
      tokens.training?.move(by: -5 * direction)
      return
    }
    tokens.scroll(by: direction * rows)
    // The cursor goes along, so that the next arrow key does not jump back.
    tokens.cursor = tokens.top.token
    tokens.clampCursor()
  }

  mutating func wheelTokens(_ direction: Int) {
    switch tokens.view {
    case .text: tokens.scroll(by: 3 * direction)
    case .merges: tokens.player.move(by: direction, of: tokens.explanation?.word?.stepCount ?? 0)
    case .compare: scrollComparison(direction)
    case .vocabulary: tokens.vocabulary.select(tokens.vocabulary.selection + 3 * direction)
    case .training: tokens.training?.move(by: -direction)
    }
  }

  mutating func pressTokens(_ point: Point) {
    let page = tokens.page
    if focus != .tokensText { setFocus(.tokens) }
    if tokens.view == .vocabulary, let rect = screen.rect(of: .tokens) {
      let list = TokensVocabularyView.parts(of: rect).list
      let first = OverlayViews.window(
        selection: tokens.vocabulary.selection, count: tokens.vocabulary.count, rows: list.height - 2)
      if point.y == list.y { focus = .tokensText }
      if point.y >= list.y + 2, point.x < list.maxX { tokens.vocabulary.select(first + point.y - list.y - 2) }
      return
    }
    guard tokens.view == .text, page.area.contains(point), !page.rows.isEmpty else { return }
    let row = page.rows[min((point.y - page.area.y) / page.rowHeight, page.rows.count - 1)]
    let x = point.x - page.area.x
    if focus == .tokensText {
      let flow = TokensFlow(
        tokens.result, hex: tokens.hex, spaces: tokens.spaces, width: page.area.width, from: TokensPlace())
      tokens.document.move(to: row.offset(at: x, flow))
    } else if let placed = row.pieces.last(where: { $0.x <= x && $0.piece.kind != .gap }) {
      tokens.cursor = placed.piece.token
    }
  }
}

extension TokensState {
  /// The most of a file that is shown.
  static let largestFile = 64 << 20
}
