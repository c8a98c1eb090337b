/// Points in rising order of x, with the least and the greatest y of every stretch kept in a tree of buckets: what a
/// stretch looks like is known without going through its points, so drawing costs the same for a hundred points and a
/// million.
public struct ChartCurve: Sendable {
  /// What a stretch of points looks like.
  public struct Extent: Sendable, Equatable {
    /// Of the finite values; `low > high` where there are none.
    public var low = Double.infinity
    public var high = -Double.infinity
    /// Whether some value is NaN or infinite.
    public var hasNonFinite = false

    public var isEmpty: Bool { low > high }

    mutating func add(_ y: Double) {
      guard y.isFinite else {
        hasNonFinite = true
        return
      }
      low = min(low, y)
      high = max(high, y)
    }

    mutating func add(_ other: Extent) {
      low = min(low, other.low)
      high = max(high, other.high)
      hasNonFinite = hasNonFinite || other.hasNonFinite
    }
  }

  private static let fan = 16

  public private(set) var xs: [Double] = []
  public private(set) var ys: [Double] = []
  /// `levels[k]` holds the extents of stretches of `fan` to the power k+1 points.
  private var levels: [[Extent]] = []

  public init() {}

  public init(_ points: some Sequence<(Double, Double)>) {
    for (x, y) in points { append(x: x, y: y) }
  }

  public var count: Int { xs.count }
  public var isEmpty: Bool { xs.isEmpty }

  /// Adds a point. One that lies before the last (a run that was resumed) is put in its place; one without a finite x
  /// is left out.
  public mutating func append(x: Double, y: Double) {
    guard x.isFinite else { return }
    if let last = xs.last, x < last {
      let place = firstIndex(from: x, isAfter: true)
      xs.insert(x, at: place)
      ys.insert(y, at: place)
      rebuild()
      return
    }
    xs.append(x)
    ys.append(y)
    note(ys.count - 1)
  }

  private mutating func rebuild() {
    levels = []
    for index in ys.indices { note(index) }
  }

  /// Brings the point at the end into the buckets.
  private mutating func note(_ index: Int) {
    var bucket = index / ChartCurve.fan
    var level = 0
    while level == 0 || bucket > 0 || level < levels.count {
      if level == levels.count {
        // A new level begins with all that lies below it.
        var first = Extent()
        if level > 0 { for extent in levels[level - 1].dropLast() { first.add(extent) } }
        levels.append([first])
      }
      while levels[level].count <= bucket { levels[level].append(Extent()) }
      levels[level][bucket].add(ys[index])
      bucket /= ChartCurve.fan
      level += 1
    }
  }

  /// The first index whose x is at least (or, `isAfter`, more than) the given one.
  public func firstIndex(from x: Double, isAfter: Bool = false) -> Int {
    var low = 0
    var high = xs.count
    while low < high {
      let middle = (low + high) / 2
      if xs[middle] < x || (isAfter && xs[middle] == x) { low = middle + 1 } else { high = middle }
    }
    return low
  }

  /// The point nearest to x; nil where there are none.
  public func nearestIndex(to x: Double) -> Int? {
    let after = firstIndex(from: x)
    if after == count { return count > 0 ? count - 1 : nil }
    if after == 0 { return 0 }
    return x - xs[after - 1] < xs[after] - x ? after - 1 : after
  }

  /// What the points of an index range look like; the work grows with the logarithm of their number.
  public func extent(_ range: Range<Int>) -> Extent {
    var result = Extent()
    var low = range.lowerBound
    var high = range.upperBound
    while low < high, low % ChartCurve.fan != 0 {
      result.add(ys[low])
      low += 1
    }
    while low < high, high % ChartCurve.fan != 0 {
      high -= 1
      result.add(ys[high])
    }
    var level = 0
    while low < high {
      low /= ChartCurve.fan
      high /= ChartCurve.fan
      let isTop = level == levels.count - 1
      while low < high, isTop || low % ChartCurve.fan != 0 {
        result.add(levels[level][low])
        low += 1
      }
      while low < high, high % ChartCurve.fan != 0 {
        high -= 1
        result.add(levels[level][high])
      }
      level += 1
    }
    return result
  }
}

/// TensorBoard's smoothing: an exponential moving average, corrected for its start at zero. Points that are not finite
/// pass by and change nothing; a series that has been constant stays exactly so.
public struct ChartSmoother: Sendable {
  public let weight: Double
  private var last = 0.0
  private var bias = 1.0
  private var first: Double?
  private var isConstant = true

  /// - Parameter weight: of the past, from 0 (no smoothing) up to, but not, 1.
  public init(weight: Double) {
    self.weight = weight.isFinite ? min(0.9999, max(0, weight)) : 0
  }

  public mutating func next(_ value: Double) -> Double {
    guard value.isFinite else { return value }
    if let first {
      if value != first { isConstant = false }
    } else {
      first = value
    }
    last = last * weight + value * (1 - weight)
    bias *= weight
    return isConstant || weight == 0 ? value : last / (1 - bias)
  }
}
