#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// Ratings from pairwise votes (Elo 1978).
public struct Elo: Sendable, Equatable, Codable {
  /// How far one game can move a rating.
  public var k: Double
  public var start: Double
  public private(set) var ratings: [String: Double] = [:]
  public private(set) var games: [String: Int] = [:]

  public init(k: Double = 32, start: Double = 1500) {
    self.k = k
    self.start = start
  }

  public func rating(_ player: String) -> Double { ratings[player] ?? start }

  /// The score a player should expect against another: 1 is a sure win.
  public func expected(_ player: String, against other: String) -> Double {
    1 / (1 + pow(10, (rating(other) - rating(player)) / 400))
  }

  /// - Parameter score: 1 when `player` won, 0.5 for a tie, 0 when it lost.
  public mutating func record(_ player: String, against other: String, score: Double) {
    let change = k * (score - expected(player, against: other))
    let (a, b) = (rating(player), rating(other))
    ratings[player] = a + change
    ratings[other] = b - change
    games[player, default: 0] += 1
    games[other, default: 0] += 1
  }
}
