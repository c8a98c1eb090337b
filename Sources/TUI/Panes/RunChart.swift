import Trainer

/// The curve of a run.
enum RunChart {
  static func draw(_ run: RunView, state: TrainState, in rect: Rect, theme: Theme, into buffer: inout CellBuffer) {
  }
}
