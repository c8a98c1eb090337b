/// A part of the screen with a frame and a title of its own.
public enum Pane: String, Sendable, CaseIterable {
  case chat, train, tokens
}

/// Which panes are meant to be seen.
public enum Workspace: String, Sendable, CaseIterable {
  /// Chat, Train and Tokens together, as far as the screen has room for them.
  case deck
  case chat, train, tokens

  public var pane: Pane? {
    switch self {
    case .deck: nil
    case .chat: .chat
    case .train: .train
    case .tokens: .tokens
    }
  }
}

/// A tiling as a tree: each split shares its room between two parts.
public indirect enum LayoutNode: Sendable, Equatable {
  case pane(Pane)
  /// Side by side; the split's number names its share in ``LayoutState/shares``.
  case columns(Int, LayoutNode, LayoutNode)
  /// One above the other.
  case rows(Int, LayoutNode, LayoutNode)

  public var panes: [Pane] {
    switch self {
    case .pane(let pane): [pane]
    case .columns(_, let a, let b), .rows(_, let a, let b): a.panes + b.panes
    }
  }
}

/// What the user chose about the tiling.
public struct LayoutState: Sendable, Equatable {
  public var workspace: Workspace = .deck
  public var zoomed = false
  /// The pane shown beside the chat where only two fit.
  public var companion: Pane = .train
  /// The first part's share of each split; nil follows the screen's size.
  public var shares: [Int: Double] = [:]

  public init() {}
}

/// A border that can be dragged.
public struct Splitter: Sendable, Equatable {
  public var split: Int
  public var vertical: Bool
  /// The cells that take hold of it.
  public var grip: Rect
  /// The room that the two parts share.
  public var room: Rect
}

/// Where everything stands on a screen of one size.
public struct ScreenLayout: Sendable, Equatable {
  public var header = Rect(x: 0, y: 0, width: 0, height: 0)
  public var keyBar = Rect(x: 0, y: 0, width: 0, height: 0)
  /// One line about training, where the Train pane is not seen.
  public var strip: Rect?
  public var panes: [(pane: Pane, rect: Rect)] = []
  public var splitters: [Splitter] = []
  /// The screen has no room for anything but a line that says so.
  public var tooSmall = false

  public static func == (a: ScreenLayout, b: ScreenLayout) -> Bool {
    a.header == b.header && a.keyBar == b.keyBar && a.strip == b.strip && a.splitters == b.splitters
      && a.tooSmall == b.tooSmall && a.panes.elementsEqual(b.panes) { $0.pane == $1.pane && $0.rect == $1.rect }
  }

  public func rect(of pane: Pane) -> Rect? { panes.first { $0.pane == pane }?.rect }

  public static let smallest = Size(40, 10)

  public init(size: Size, state: LayoutState, focus: Pane) {
    guard size.width >= Self.smallest.width, size.height >= Self.smallest.height else {
      tooSmall = true
      return
    }
    header = Rect(x: 0, y: 0, width: size.width, height: 1)
    keyBar = Rect(x: 0, y: size.height - 1, width: size.width, height: 1)
    var room = Rect(x: 0, y: 1, width: size.width, height: size.height - 2)
    let node = Self.tree(size: size, state: state, focus: focus)
    if !node.panes.contains(.train), size.height >= 14 {
      strip = Rect(x: 0, y: room.maxY - 1, width: size.width, height: 1)
      room.height -= 1
    }
    place(node, in: room, state: state, screen: size)
  }

  /// Which panes fit: all three from 100×30 on, chat and one beside it on wide but low screens, else one.
  static func tree(size: Size, state: LayoutState, focus: Pane) -> LayoutNode {
    if let pane = state.workspace.pane { return .pane(state.zoomed ? focus : pane) }
    if state.zoomed || size.width < 100 { return .pane(focus) }
    if size.height >= 30 { return .columns(0, .pane(.chat), .rows(1, .pane(.train), .pane(.tokens))) }
    if size.height >= 20 { return .columns(0, .pane(.chat), .pane(focus == .chat ? state.companion : focus)) }
    return .pane(focus)
  }

  private static func defaultShare(_ split: Int, screen: Size) -> Double {
    switch split {
    // Text is read best in lines of moderate length: on wide screens the chart gets the rest.
    case 0: screen.width >= 160 ? 0.46 : 0.53
    default: 0.54
    }
  }

  private mutating func place(_ node: LayoutNode, in room: Rect, state: LayoutState, screen: Size) {
    switch node {
    case .pane(let pane):
      panes.append((pane, room))
    case .columns(let split, let a, let b):
      let share = state.shares[split] ?? Self.defaultShare(split, screen: screen)
      let left = Self.cut(room.width, share: share, least: 24)
      splitters.append(
        Splitter(
          split: split, vertical: true, grip: Rect(x: room.x + left - 1, y: room.y, width: 2, height: room.height),
          room: room))
      place(a, in: Rect(x: room.x, y: room.y, width: left, height: room.height), state: state, screen: screen)
      place(
        b, in: Rect(x: room.x + left, y: room.y, width: room.width - left, height: room.height), state: state,
        screen: screen)
    case .rows(let split, let a, let b):
      let share = state.shares[split] ?? Self.defaultShare(split, screen: screen)
      let top = Self.cut(room.height, share: share, least: 7)
      splitters.append(
        Splitter(
          split: split, vertical: false, grip: Rect(x: room.x + 2, y: room.y + top, width: room.width - 4, height: 1),
          room: room))
      place(a, in: Rect(x: room.x, y: room.y, width: room.width, height: top), state: state, screen: screen)
      place(
        b, in: Rect(x: room.x, y: room.y + top, width: room.width, height: room.height - top), state: state,
        screen: screen)
    }
  }

  private static func cut(_ length: Int, share: Double, least: Int) -> Int {
    let wanted = Int((Double(length) * share).rounded())
    return min(max(wanted, min(least, length / 2)), length - min(least, length / 2))
  }
}
