/// Holds text back while it may be the beginning of a stop string, so that no part of one is ever shown.
///
/// Works on UTF-8 bytes: stop strings are matched byte for byte. What it gives out always ends between characters
/// (scalars), since a stop string begins with one.
public struct StopFilter: Sendable {
  private let stops: [[UInt8]]
  private var held: [UInt8] = []
  /// A stop string was complete; nothing comes out any more.
  public private(set) var isStopped = false

  /// Empty strings among `stops` are left out.
  public init(_ stops: [String]) {
    self.stops = stops.map { Array($0.utf8) }.filter { !$0.isEmpty }
  }

  /// Takes the next piece of text and gives back what can be shown now.
  public mutating func push(_ text: String) -> String {
    guard !isStopped else { return "" }
    guard !stops.isEmpty else { return text }
    held.append(contentsOf: text.utf8)

    if let start = firstMatch() {
      isStopped = true
      defer { held = [] }
      return String(decoding: held[..<start], as: UTF8.self)
    }
    let keep = longestOpenPrefix()
    let shown = String(decoding: held.dropLast(keep), as: UTF8.self)
    held.removeFirst(held.count - keep)
    return shown
  }

  /// The text is over: what was held back was no stop string after all.
  public mutating func finish() -> String {
    defer { held = [] }
    return isStopped ? "" : String(decoding: held, as: UTF8.self)
  }

  /// Where the first complete stop string begins.
  private func firstMatch() -> Int? {
    for start in held.indices {
      for stop in stops where held[start...].starts(with: stop) { return start }
    }
    return nil
  }

  /// Length of the longest end of the text that begins a stop string.
  private func longestOpenPrefix() -> Int {
    let longest = (stops.map(\.count).max() ?? 1) - 1
    for length in stride(from: min(longest, held.count), to: 0, by: -1) {
      let tail = held.suffix(length)
      if stops.contains(where: { $0.count > length && $0.starts(with: tail) }) { return length }
    }
    return 0
  }
}
