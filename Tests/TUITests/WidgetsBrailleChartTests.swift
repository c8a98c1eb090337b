import Testing
import TUI

@Suite struct WidgetsBrailleChartTests {
  private let theme = Theme.midnight

  private func frame(_ chart: BrailleChart, _ width: Int, _ height: Int) -> String {
    var buffer = CellBuffer(width: width, height: height)
    chart.draw(in: buffer.bounds, theme: theme, into: &buffer)
    return HeadlessScreen.text(buffer)
  }

  @Test func extentsAreThoseOfThePoints() {
    var random = SplitMix(seed: 17)
    var curve = ChartCurve()
    for x in 0..<5000 {
      curve.append(x: Double(x / 2), y: x % 701 == 5 ? .nan : Double(random.next() % 100_000))
      guard x % 37 == 0 else { continue }
      let low = Int(random.next() % UInt64(x + 1))
      let high = low + Int(random.next() % UInt64(x + 2 - low))
      let values = curve.ys[low..<high]
      let extent = curve.extent(low..<high)
      #expect(extent.low == values.filter(\.isFinite).min() ?? .infinity)
      #expect(extent.high == values.filter(\.isFinite).max() ?? -.infinity)
      #expect(extent.hasNonFinite == values.contains { !$0.isFinite })
    }
    for size in [1, 15, 16, 17, 255, 256, 257, 4096, 4097] {
      let curve = ChartCurve((0..<size).map { (Double($0), Double($0)) })
      #expect(curve.extent(0..<size).high == Double(size - 1))
    }
    #expect(curve.firstIndex(from: 10) == 20)
    #expect(curve.firstIndex(from: 10, isAfter: true) == 22)
    #expect(curve.nearestIndex(to: -4) == 0)
    #expect(ChartCurve().nearestIndex(to: 1) == nil)
  }

  @Test func pointsOutOfOrderFindTheirPlace() {
    var curve = ChartCurve([(1, 10), (2, 20), (4, 40)])
    curve.append(x: 3, y: 30)
    curve.append(x: .nan, y: 5)
    #expect(curve.xs == [1, 2, 3, 4])
    #expect(curve.ys == [10, 20, 30, 40])
    #expect(curve.extent(1..<3) == ChartCurve([(0, 20), (1, 30)]).extent(0..<2))
  }

  @Test func smoothingIsTensorBoards() {
    var smoother = ChartSmoother(weight: 0.6)
    let values: [Double] = [5, 4, .nan, 3, 8]
    let smooth = values.map { smoother.next($0) }
    // last = w·last + (1−w)·y, shown last / (1 − wⁿ).
    var last = 0.0
    var n = 0
    var power = 1.0
    for (value, shown) in zip(values, smooth) {
      guard value.isFinite else {
        #expect(shown.isNaN)
        continue
      }
      last = last * 0.6 + 0.4 * value
      n += 1
      power *= 0.6
      #expect(abs(shown - last / (1 - power)) < 1e-12)
    }
    var constant = ChartSmoother(weight: 0.9)
    for _ in 0..<50 { #expect(constant.next(0.1) == 0.1) }
    var none = ChartSmoother(weight: 0)
    #expect(none.next(1) == 1 && none.next(7) == 7)
  }

  @Test func golden() {
    let curve = ChartCurve((0...40).map { (Double($0 * 10), 4 - Double($0) * 0.05) })
    let chart = BrailleChart([.init("train", curve, style: Style())])
    let expected = """
                             ── train 2.00
       4┤⠒⠢⣀⣀
        │    ⠑⠒⠤⠤⡀
        │        ⠈⠉⠑⠤⢄⡀
        │             ⠈⠉⠒⠒⢄⣀
        │                   ⠉⠒⠢⢄⣀
        │                        ⠉⠒⠢⠤⣀
       2┤                             ⠉⠑⠢●
        └┬───────────────┬───────────────┬
         0              200           step

      """
    #expect(frame(chart, 36, 10) == expected)
    #expect(frame(chart, 36, 10) == frame(chart, 36, 10))
  }

  @Test func everySizeAndEverything() {
    var curve = ChartCurve()
    for x in 0..<300 { curve.append(x: Double(x), y: x == 100 ? .nan : x == 101 ? .infinity : 1 + 1 / Double(x + 1)) }
    for (points, log) in [
      (curve, false), (curve, true), (ChartCurve([(1, -1), (2, 0), (3, 5)]), true),
      (ChartCurve([(5, 2)]), false), (ChartCurve([(1, .nan)]), false), (ChartCurve(), true),
      (ChartCurve([(0, 1e300), (1, -1e300)]), false), (ChartCurve([(0, 3), (1e18, 3)]), true),
    ] {
      var chart = BrailleChart([
        .init("a", points, style: Style(), isBackground: true),
        .init("b\u{1B}", points, style: Style(), stroke: .dashed),
      ])
      chart.isLogarithmic = log
      for width in stride(from: 0, to: 60, by: 7) {
        for height in 0..<14 {
          for crosshair in [nil, 0, 0.5, 1, Double.nan] {
            chart.crosshair = crosshair
            #expect(!frame(chart, width, height).contains("\u{1B}"))
          }
        }
      }
    }
    #expect(frame(BrailleChart([.init("a", curve, style: Style())]), 60, 12).contains("×"))
    var empty = BrailleChart()
    empty.emptyText = "nothing yet"
    #expect(frame(empty, 40, 8).contains("nothing yet"))
  }

  @Test func crosshairReads() {
    let curve = ChartCurve((0...100).map { (Double($0), Double($0) * 2) })
    var chart = BrailleChart([.init("train", curve, style: Style())])
    chart.crosshair = 0.5
    #expect(frame(chart, 50, 10).contains("step 50  train 100"))
    chart.visible = 0...10
    #expect(frame(chart, 50, 10).contains("step 5  train 10.0"))
  }

  /// As many digits as tell a value from those beside it, of the curve and along the axis.
  @Test func neighboursAreToldApart() {
    let curve = ChartCurve(
      (0...100).map { (i: Int) -> (Double, Double) in (1 + Double(i) / 1000, 2.5 + Double(i) / 100_000) })
    var chart = BrailleChart([.init("train", curve, style: Style())])
    chart.xName = "epoch"
    chart.crosshair = 0.5
    #expect(frame(chart, 60, 10).contains("epoch 1.050  train 2.50050"))
    #expect(Figures.apart(2.5, from: [2.5, 2.9]) == "2.50")
    #expect(Figures.apart(2.501, from: [2.502, 2.5]) == "2.501")
    #expect(Figures.apart(1_234_567, from: [1_234_568, 1_234_566]) == Figures.grouped(1_234_567))
    #expect(Figures.apart(0.00012341, from: [0.00012342]) == "1.2341e-4")
    #expect(Figures.apart(200.25, from: [200.3], unit: " s", label: Figures.duration) == "200.25 s")
    #expect(Figures.apart(.infinity, from: [1]) == "∞")
    let same = Figures.apart(1.5, from: [Double(1.5).nextUp])
    #expect(same != Figures.apart(Double(1.5).nextUp, from: [1.5]))
  }
}
