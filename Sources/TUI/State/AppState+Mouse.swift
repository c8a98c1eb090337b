extension AppState {
  mutating func handleMouse(_ kind: InputEvent.Mouse, _ point: Point) -> [Effect] {
    let screen = screen
    if screen.tooSmall { return [] }
    if !overlays.isEmpty { return handleOverlayMouse(kind) }
    switch kind {
    case .drag:
      if let splitter = dragging { drag(splitter, to: point) }
    case .release:
      dragging = nil
    case .wheelUp, .wheelDown:
      wheel(kind == .wheelUp ? -1 : 1, over: screen.panes.first { $0.rect.contains(point) }?.pane)
    case .press:
      if screen.strip?.contains(point) == true {
        setFocus(.train)
      } else if let splitter = screen.splitters.first(where: { $0.grip.contains(point) && !onTitle(point, screen) }) {
        dragging = splitter
      } else if let hit = screen.panes.first(where: { $0.rect.contains(point) }) {
        press(point, in: hit.pane, rect: hit.rect)
      }
    }
    return []
  }

  /// The top border of a lower pane is the grip, but the upper panes' titles only focus.
  private func onTitle(_ point: Point, _ screen: ScreenLayout) -> Bool { point.y == screen.header.maxY }

  private mutating func drag(_ splitter: Splitter, to point: Point) {
    let length = splitter.vertical ? splitter.room.width : splitter.room.height
    let at = splitter.vertical ? point.x + 1 - splitter.room.x : point.y - splitter.room.y
    guard length > 0 else { return }
    layout.shares[splitter.split] = min(max(Double(at) / Double(length), 0.1), 0.9)
  }

  private mutating func wheel(_ direction: Int, over pane: Pane?) {
    switch pane {
    case .chat: chat.scroll(by: 3 * direction)
    case .tokens: wheelTokens(direction)
    case .train: train.zoom = min(max(1, train.zoom * (direction < 0 ? 1.25 : 0.8)), 64)
    case nil: break
    }
  }

  private mutating func press(_ point: Point, in pane: Pane, rect: Rect) {
    switch pane {
    case .chat:
      let parts = ChatPane.parts(of: rect, state: self)
      if parts.input.contains(point) || point.y >= parts.input.y {
        setFocus(.input)
        let row = point.y - parts.input.y + composer.scroll
        composer.move(to: composer.position(row: row, cell: point.x - parts.input.x))
      } else {
        setFocus(.log)
        let row = point.y - parts.log.y + chat.effectiveTop
        if let index = chat.messageRows.lastIndex(where: { $0 <= row }) { chat.selection = index }
      }
    case .train: setFocus(.train)
    case .tokens: pressTokens(point)
    }
  }

  private mutating func handleOverlayMouse(_ kind: InputEvent.Mouse) -> [Effect] {
    guard var overlay = overlays.popLast() else { return [] }
    // A press puts a message away that one has seen.
    if kind == .press, case .dialog(let dialog) = overlay, dialog.isLate, let seen = dialog.seen,
      now - seen >= Self.moment
    {
      return []
    }
    let step = kind == .wheelUp ? -1 : kind == .wheelDown ? 1 : 0
    switch overlay {
    case .help(var help):
      help.scroll(by: 3 * step)
      overlay = .help(help)
    case .picker(var picker):
      if picker.isTypingPath {
        picker.scrollPaths(by: step)
      } else if step != 0,
        let at = picker.matches.firstIndex(where: { picker.items[$0.index].id == picker.selected?.id })
      {
        picker.select(at + step)
      }
      overlay = .picker(picker)
    default: break
    }
    overlays.append(overlay)
    return []
  }
}
