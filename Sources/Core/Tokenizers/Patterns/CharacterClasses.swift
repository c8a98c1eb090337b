/// Characters by number, where characters that no set of a pattern tells apart have the same.
struct CharacterClasses: Sendable {
  let count: Int
  /// By the upper bits of a code point: which page.
  private let pageNumbers: [UInt16]
  /// Pages of 256 classes; the first is that of U+0000.
  private let pages: [UInt16]
  /// By set and class.
  private let members: [Bool]

  init(_ sets: [CodePointSet]) {
    // The places where any set begins or ends.
    var borders: [UInt32] = [0]
    for set in sets { for range in set.ranges { borders += [range.lowerBound, range.upperBound + 1] } }
    borders.sort()
    var distinct = 1
    for border in borders where border > borders[distinct - 1] && border <= CodePointSet.last {
      borders[distinct] = border
      distinct += 1
    }
    borders.removeSubrange(distinct...)
    let words = sets.count / 64 + 1
    var signatures = [UInt64](repeating: 0, count: borders.count * words)
    for (number, set) in sets.enumerated() {
      var i = 0
      for range in set.ranges {
        while i < borders.count, borders[i] < range.lowerBound { i += 1 }
        while i < borders.count, borders[i] <= range.upperBound {
          signatures[i * words + number / 64] |= 1 << UInt64(number % 64)
          i += 1
        }
      }
    }
    var numbers: [ArraySlice<UInt64>: UInt16] = [:]
    var classes: [UInt16] = []
    var firsts: [Int] = []
    for i in borders.indices {
      let signature = signatures[(i * words)..<((i + 1) * words)]
      if let number = numbers[signature] {
        classes.append(number)
      } else {
        classes.append(UInt16(numbers.count))
        numbers[signature] = UInt16(numbers.count)
        firsts.append(i)
      }
    }
    count = numbers.count
    var members = [Bool](repeating: false, count: sets.count * numbers.count)
    for set in sets.indices {
      for (number, i) in firsts.enumerated() {
        members[set * numbers.count + number] = signatures[i * words + set / 64] >> UInt64(set % 64) & 1 == 1
      }
    }
    self.members = members
    (pageNumbers, pages) = Self.pages(borders, classes)
  }

  private static func pages(_ borders: [UInt32], _ classes: [UInt16]) -> ([UInt16], [UInt16]) {
    var pageNumbers: [UInt16] = []
    var pages: [UInt16] = []
    // Most pages are of one class; of the others hardly any two are alike.
    var uniform: [UInt16: UInt16] = [:]
    var at = 0
    for first in stride(from: 0, through: CodePointSet.last, by: 256) {
      let number = UInt16(pages.count / 256)
      guard at + 1 < borders.count, borders[at + 1] < first + 256 else {
        if let known = uniform[classes[at]] {
          pageNumbers.append(known)
        } else {
          uniform[classes[at]] = number
          pageNumbers.append(number)
          pages += repeatElement(classes[at], count: 256)
        }
        continue
      }
      pageNumbers.append(number)
      while at + 1 < borders.count, borders[at + 1] < first + 256 {
        pages += repeatElement(classes[at], count: Int(number) * 256 + Int(borders[at + 1] - first) - pages.count)
        at += 1
      }
      pages += repeatElement(classes[at], count: (Int(number) + 1) * 256 - pages.count)
    }
    return (pageNumbers, pages)
  }

  func contains(set: Int, _ number: Int) -> Bool { members[set * count + number] }

  func withTables<T>(_ body: (UnsafePointer<UInt16>, UnsafePointer<UInt16>) -> T) -> T {
    pageNumbers.withUnsafeBufferPointer { numbers in
      // Neither is ever empty.
      pages.withUnsafeBufferPointer { body(numbers.baseAddress!, $0.baseAddress!) }
    }
  }
}
