import Core
import TestSupport
import Testing

/// Every quantised type, through a whole file, against the values that gguf-py gives.
@Suite struct DequantizationTests {
  @Test func everyTensorOfEveryFile() throws {
    guard let expected = Fixtures.json("models/chatlet/expected.dequant.json"),
      let files = expected["files"] as? [String: [String: [String: Any]]]
    else { return }
    for (kind, tensors) in files {
      guard let path = Fixtures.path("models/chatlet/chatlet-\(kind.lowercased()).gguf") else { continue }
      let file = try GGUFFile(path: path)
      for (name, values) in tensors {
        let tensor = try #require(file.tensor(named: name))
        let statistics = TensorStatistics(tensor)
        #expect(tensor.type.name == values["type"] as? String, "\(kind) \(name)")
        #expect(tensor.count == values["count"] as? Int)
        let squares = try #require(values["sum_of_squares"] as? Double)
        #expect(abs(statistics.sumOfSquares - squares) <= 1e-5 * max(1e-9, squares), "\(kind) \(name)")
        let scale = max((squares / Double(max(1, tensor.count))).squareRoot(), 1e-9)
        for (key, got) in [("first_32", statistics.first), ("last_8", statistics.last)] {
          let want = try #require(values[key] as? [Double])
          #expect(got.count == want.count)
          for (a, b) in zip(got, want) { #expect(abs(Double(a) - b) <= 1e-6 * max(scale, abs(b)), "\(kind) \(name)") }
        }
      }
    }
  }
}
