/// The whole screen from the state, and nothing else: the same state gives the same cells.
public enum Frame {
  public struct Result: Sendable {
    public var buffer: CellBuffer
    /// Where the terminal's cursor stands; nil hides it.
    public var cursor: Point?
  }

  /// Brings scroll positions and wraps in line with the screen's size, then draws.
  public static func render(_ state: inout AppState, theme: Theme, transcript: Transcript) -> Result {
    let screen = state.screen
    if !screen.tooSmall { state.noteSeen() }
    for (pane, rect) in screen.panes {
      switch pane {
      case .chat: ChatPane.prepare(&state, in: rect, transcript: transcript, theme: theme)
      case .tokens: TokensPane.prepare(&state, in: rect)
      case .train: state.train.updateCurves()
      }
    }
    return draw(state, screen: screen, theme: theme, transcript: transcript)
  }

  private static func draw(
    _ state: AppState, screen: ScreenLayout, theme: Theme, transcript: Transcript
  ) -> Result {
    var buffer = CellBuffer(size: state.size, style: theme.background)
    if screen.tooSmall {
      let text = TextWidth.truncate("Glassbox needs 40×10 cells", to: state.size.width)
      let training = state.train.run?.isLive == true ? "training goes on" : ""
      let y = max(0, state.size.height / 2)
      buffer.put(text, at: Point(max(0, (state.size.width - TextWidth.of(text)) / 2), y), style: theme.dim)
      if !training.isEmpty, state.size.height > y + 1, state.size.width >= training.utf8.count {
        buffer.put(training, at: Point((state.size.width - training.utf8.count) / 2, y + 1), style: theme.faint)
      }
      return Result(buffer: buffer, cursor: nil)
    }
    var cursor: Point?
    HeaderBar.draw(state, in: screen.header, theme: theme, into: &buffer)
    for (pane, rect) in screen.panes {
      buffer.clipped(to: rect) { buffer in
        switch pane {
        case .chat:
          cursor = ChatPane.draw(state, in: rect, transcript: transcript, theme: theme, into: &buffer) ?? cursor
        case .train: TrainPane.draw(state, in: rect, theme: theme, into: &buffer)
        case .tokens: cursor = TokensPane.draw(state, in: rect, theme: theme, into: &buffer) ?? cursor
        }
      }
    }
    if let strip = screen.strip { TrainStrip.draw(state, in: strip, theme: theme, into: &buffer) }
    if let overlay = state.overlays.last {
      let own = OverlayViews.draw(overlay, state: state, theme: theme, into: &buffer)
      // Under a message that came by itself one goes on writing.
      if state.lateDialog == nil { cursor = own }
    }
    KeyBar.draw(state, in: screen.keyBar, theme: theme, into: &buffer)
    return Result(buffer: buffer, cursor: cursor)
  }
}
