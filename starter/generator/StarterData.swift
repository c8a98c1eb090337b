import Foundation

// Writes the starter model's training rows: conversations put together from the text beside this folder, the same for
// the same seed.
//
//     starter-data TEXT_FOLDER OUT.jsonl ROWS SEED

struct Usage: Error {}

@main
struct StarterData {
  static func main() throws {
    let arguments = CommandLine.arguments
    guard arguments.count == 5, let rows = Int(arguments[3]), let seed = UInt64(arguments[4]) else {
      FileHandle.standardError.write(Data("usage: starter-data TEXT_FOLDER OUT.jsonl ROWS SEED\n".utf8))
      throw Usage()
    }
    let text = try TextFolder(arguments[1])
    var composer = ConversationComposer(topics: try Topics.all(text), seed: seed)
    var out = ""
    for _ in 0..<rows { out += composer.next().jsonLine + "\n" }
    try Data(out.utf8).write(to: URL(fileURLWithPath: arguments[2]))
  }
}

/// The written text: blocks of alternatives (`*.txt`) and tables (`*.tsv`).
struct TextFolder {
  let path: String

  init(_ path: String) throws { self.path = path }

  private func lines(_ name: String) throws -> [String] {
    try String(contentsOfFile: path + "/" + name, encoding: .utf8).split(separator: "\n").map(String.init)
      .filter { !$0.hasPrefix("#") }
  }

  /// Pairs of question and answer alternatives. `\n` in an answer is a line break.
  func blocks(_ name: String) throws -> [(questions: [String], answers: [String])] {
    var result: [(questions: [String], answers: [String])] = []
    var questions: [String] = []
    for line in try lines(name) {
      let alternatives = line.dropFirst(3).components(separatedBy: " | ")
      if line.hasPrefix("Q: ") {
        questions = alternatives
      } else if line.hasPrefix("A: ") {
        result.append((questions, alternatives.map { $0.replacingOccurrences(of: "\\n", with: "\n") }))
      }
    }
    return result
  }

  func table(_ name: String) throws -> [[String]] {
    try lines(name).map { $0.components(separatedBy: "\t") }
  }
}

/// SplitMix64: small, and the same everywhere.
struct Seeded: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }

  mutating func chance(_ p: Double) -> Bool { Double.random(in: 0..<1, using: &self) < p }
  mutating func pick<T>(_ items: [T]) -> T { items[Int.random(in: 0..<items.count, using: &self)] }
}
