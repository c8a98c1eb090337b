import Core
import Foundation
import Synchronization
import TestSupport
import Testing
import Trainer

/// One token a byte, and ChatML's.
struct ByteTokenizer: Tokenizer {
  let name = "bytes"
  let vocabularySize = 260
  let addsBOS = false
  let specials = ["<|endoftext|>": TokenID(256), "<|im_start|>": 257, "<|im_end|>": 258]
  var specialTokens: SpecialTokens { SpecialTokens(eos: 256, endOfGeneration: [256, 258]) }

  func encode(utf8: UnsafeBufferPointer<UInt8>, addSpecialTokens: Bool, parseSpecialTokens: Bool) -> Encoding {
    var ids: [TokenID] = []
    var offsets: [Range<Int>] = []
    var at = 0
    outer: while at < utf8.count {
      if parseSpecialTokens {
        for (text, id) in specials where utf8[at...].starts(with: text.utf8) {
          ids.append(id)
          offsets.append(at..<(at + text.utf8.count))
          at += text.utf8.count
          continue outer
        }
      }
      ids.append(TokenID(utf8[at]))
      offsets.append(at..<(at + 1))
      at += 1
    }
    return Encoding(ids: ids, offsets: offsets)
  }
  func bytes(of id: TokenID) -> [UInt8] { id >= 0 && id < 256 ? [UInt8(id)] : [] }
  func token(of id: TokenID) -> String? { specials.first { $0.value == id }?.key }
  func id(of token: String) -> TokenID? { specials[token] }
  func isSpecial(_ id: TokenID) -> Bool { id >= 256 }
  func decode(_ ids: [TokenID], skipSpecialTokens: Bool) -> String {
    String(decoding: ids.flatMap { bytes(of: $0) }, as: UTF8.self)
  }
}

/// Events of a run, from its thread to the test.
final class EventCollector: Sendable {
  private let events = Mutex<[TrainingEvent]>([])
  func add(_ event: TrainingEvent) { events.withLock { $0.append(event) } }
  var all: [TrainingEvent] { events.withLock { $0 } }
  var steps: [TrainingEvent.Step] { all.compactMap { if case .step(let step) = $0 { step } else { nil } } }
}

/// A small run on text of our own.
struct SmallRun {
  let folder = TemporaryFolder()
  let out: String

  static let text = (0..<200).map { "Line \($0): the quick brown fox counts \($0 * 7) lazy dogs.\n" }.joined()

  init(text: String = SmallRun.text) throws {
    out = folder.file("run")
    try text.write(toFile: folder.file("text.txt"), atomically: true, encoding: .utf8)
  }

  func configuration(_ settings: [(String, String)] = [], out: String? = nil) throws -> TrainingConfiguration {
    let base = [
      ("data", folder.file("text.txt")), ("out", out ?? self.out), ("steps", "10"), ("batch_size", "3"),
      ("context_length", "24"), ("model.layers", "1"), ("model.hidden_size", "32"), ("learning_rate", "0.01"),
      ("threads", "2"), ("save_every", "0"), ("eval_every", "0"), ("sample_every", "0"), ("validation_fraction", "0"),
    ]
    return try TrainingConfiguration(settings: (base + settings).map { (key: $0.0, value: $0.1) })
  }

  func run(
    _ settings: [(String, String)] = [], out: String? = nil
  ) throws -> (done: TrainingEvent.Done, events: EventCollector) {
    let run = try TrainingRun(configuration(settings, out: out), tokenizer: ByteTokenizer())
    let collector = EventCollector()
    run.start { collector.add($0) }
    return (run.wait(), collector)
  }
}

func weights(_ folder: String) throws -> [UInt8] {
  try Array(#require(FileManager.default.contents(atPath: folder + "/model.safetensors")))
}
