import Core
import Foundation
import Synchronization
import Testing

/// A tokenizer of bytes: token i stands for byte i (ids from 256 on are special).
struct ByteTokenizer: Tokenizer {
  var vocabularySize = 257
  var specialTokens = SpecialTokens(eos: 256, endOfGeneration: [256])
  var name: String { "bytes" }
  var addsBOS: Bool { false }

  func encode(utf8: UnsafeBufferPointer<UInt8>, addSpecialTokens: Bool, parseSpecialTokens: Bool) -> Encoding {
    Encoding(ids: utf8.map { TokenID($0) }, offsets: utf8.indices.map { $0..<$0 + 1 })
  }
  func bytes(of id: TokenID) -> [UInt8] { UInt8(exactly: id).map { [$0] } ?? [] }
  func token(of id: TokenID) -> String? { UInt8(exactly: id).map { String(UnicodeScalar($0)) } }
  func id(of token: String) -> TokenID? { token.utf8.count == 1 ? token.utf8.first.map { TokenID($0) } : nil }
  func isSpecial(_ id: TokenID) -> Bool { id >= 256 }
  func decode(_ ids: [TokenID], skipSpecialTokens: Bool) -> String {
    String(decoding: ids.flatMap { bytes(of: $0) }, as: UTF8.self)
  }
}

@Suite struct GeneratorTests {
  /// A model that recites: position by position it gives the next byte of a text, then the end token.
  ///
  /// Embeddings are zero, the learned position is a one-hot vector, and the head turns it into the token wanted there.
  private func reciter(_ text: String, context: Int = 64) -> Engine {
    var c = ModelConfiguration(
      architecture: "gpt2", vocabularySize: 257, hiddenSize: context, intermediateSize: 16, layers: 1, heads: 1,
      keyValueHeads: 1, headDimension: context, contextLength: context)
    c.positions = .learned
    let plan = BlockPlan(c)
    let bytes = Array(text.utf8)
    let values: [[Float]] = plan.parameters.map { parameter in
      var v = [Float](repeating: parameter.role == .norm ? 1 : 0, count: parameter.count)
      if parameter.role == .positionEmbedding { for i in 0..<context { v[i * context + i] = 1 } }
      if parameter.name == "head.weight" {
        for i in 0..<context { v[(i < bytes.count ? Int(bytes[i]) : 256) * context + i] = 1 }
      }
      return v
    }
    // swift-format-ignore: NeverUseForceTry
    let weights = try! WeightStore(plan: plan, pool: ThreadPool(threads: 1)) { id in
      values[id].withUnsafeBufferPointer { $0 }
    }
    return Engine(weights: weights, pool: ThreadPool(threads: 1))
  }

  private struct Result {
    var ids: [TokenID] = []
    var text = ""
    var shown: [String] = []
    var finish: Generation.FinishReason?
    var failure: String?
    var timings = GenerationTimings()
    var progress: [Int] = []
    var finals = 0
  }

  private func run(
    _ engine: Engine, prompt: [TokenID] = [0], pages: PageTable? = nil, tokenizer: (any Tokenizer)? = ByteTokenizer(),
    cancelled: (Result) -> Bool = { _ in false }, _ change: (inout GenerateParameters) -> Void
  ) -> Result {
    var parameters = GenerateParameters.greedy
    change(&parameters)
    var result = Result()
    Generator(engine: engine, tokenizer: tokenizer).generate(
      prompt: prompt, pages: pages ?? engine.makePages(), parameters: parameters,
      isCancelled: { cancelled(result) }
    ) { event in
      switch event {
      case .token(let token):
        result.ids.append(token.id)
        result.shown.append(token.text)
        result.text += token.text
      case .text(let text):
        result.shown.append(text)
        result.text += text
      case .progress(let read, _): result.progress.append(read)
      case .done(let reason, let timings):
        result.finish = reason
        result.timings = timings
        result.finals += 1
      case .failed(let message):
        result.failure = message
        result.finals += 1
      }
    }
    return result
  }

  @Test func recitesToTheEndToken() {
    let result = run(reciter("Hello, Welt 😀!")) { _ in }
    #expect(result.text == "Hello, Welt 😀!")
    #expect(result.ids == "Hello, Welt 😀!".utf8.map { TokenID($0) })
    #expect(result.finish == .stop && result.finals == 1)
    #expect(result.timings.decodedTokens == result.ids.count && result.timings.promptTokens == 1)
    // Four bytes of the emoji: three times nothing, then all of it.
    #expect(result.shown.filter(\.isEmpty).count == 3 && result.shown.contains("😀"))
  }

  @Test func stopStringsAreNeverShown() {
    let result = run(reciter("one\nUser: two")) { $0.stop = ["\nUser:"] }
    #expect(result.text == "one" && result.finish == .stop)
    #expect(result.shown.allSatisfy { !$0.contains("\n") && !$0.contains("U") })
    // A beginning that leads nowhere is shown after all, also at the very end.
    let other = run(reciter("one\nUs")) { $0.stop = ["\nUser:"] }
    #expect(other.text == "one\nUs" && other.finish == .stop && other.finals == 1)
    let cut = run(reciter("one\nUser: two")) {
      $0.stop = ["\nUser:"]; $0.maxTokens = 5
    }
    #expect(cut.text == "one\nU" && cut.finish == .length)
  }

  @Test func limits() {
    let engine = reciter("abcdef", context: 16)
    #expect(run(engine) { $0.maxTokens = 3 }.text == "abc")
    #expect(run(engine) { $0.maxTokens = 3 }.finish == .length)
    #expect(run(engine) { $0.maxTokens = 0 }.ids.isEmpty)
    // Through the end token to a full context: 16 places, the first is the prompt's; a last token needs no place.
    let through = run(engine) { $0.ignoreEndOfSequence = true }
    #expect(through.ids.count == 16 && through.ids[6] == 256 && through.finish == .length)
    let tooLong = run(engine, prompt: [TokenID](repeating: 0, count: 17)) { _ in }
    #expect(tooLong.failure == "The text is 17 tokens long and the context holds 16." && tooLong.finals == 1)
    #expect(run(engine, prompt: [], { _ in }).failure == "The prompt is empty.")
    #expect(run(engine, prompt: [999], { _ in }).failure?.contains("999") == true)
  }

  @Test func cancelling() {
    let engine = reciter("abcdef")
    let result = run(engine, cancelled: { $0.ids.count == 2 }) { _ in }
    #expect(result.text == "ab" && result.finish == .cancelled && result.finals == 1)
    #expect(run(engine, cancelled: { _ in true }, { _ in }).finish == .cancelled)
    // Text that was held back comes out when the user stops.
    let held = run(engine, cancelled: { $0.ids.count == 2 }) { $0.stop = ["bX"] }
    #expect(held.text == "ab")
  }

  @Test func commonBeginningIsNotReadAgain() {
    let engine = EngineFixture.engine(context: 2048)
    let pages = engine.makePages()
    let prompt = (0..<700).map { TokenID($0 * 7 % 61) }
    let first = run(engine, prompt: prompt, pages: pages, tokenizer: nil) { $0.maxTokens = 8 }
    #expect(first.progress == [0, 256, 512, 700])
    #expect(first.timings.reusedTokens == 0 && first.ids.count == 8 && first.text.isEmpty)
    #expect(pages.count == 707)
    // The next turn: what was said, and more.
    let next = run(engine, prompt: prompt + first.ids + [1, 2], pages: pages, tokenizer: nil) { $0.maxTokens = 4 }
    #expect(next.timings.reusedTokens == 707 && next.progress.isEmpty)
    let fresh = run(engine, prompt: prompt + first.ids + [1, 2], tokenizer: nil) { $0.maxTokens = 4 }
    #expect(next.ids == fresh.ids)
    // The same prompt again, and one that leaves the old one early.
    let again = run(engine, prompt: prompt, pages: pages, tokenizer: nil) { $0.maxTokens = 8 }
    #expect(again.timings.reusedTokens == 699 && again.ids == first.ids)
    let other = run(engine, prompt: Array(prompt[..<100]) + [60, 59], pages: pages, tokenizer: nil) { $0.maxTokens = 2 }
    #expect(other.timings.reusedTokens == 100)
  }

  @Test func aSwapInTheMiddleIsNoticed() throws {
    let engine = EngineFixture.engine()
    let prompt = (0..<40).map { TokenID($0) }
    let pages = engine.makePages()
    var swapped = false
    let result = run(
      engine, prompt: prompt, pages: pages, tokenizer: nil,
      cancelled: {
        if $0.ids.count == 3 && !swapped {
          swapped = true
          try? engine.swap(weights: EngineFixture.weights(seed: 5))
        }
        return false
      }
    ) { $0.maxTokens = 6 }
    #expect(result.finish == .length && result.ids.count == 6)
    #expect(result.progress.first == 0)
    // What follows the swap is what the new weights say after the same text.
    let after = run(engine, prompt: prompt + result.ids[..<4], tokenizer: nil) { $0.maxTokens = 2 }
    #expect(after.ids == Array(result.ids[4...]))
    #expect(pages.validCount(epoch: engine.epoch) == pages.count)
  }

  @Test func seededRunsRepeatAndLogprobsAreTheModels() {
    let engine = EngineFixture.engine()
    func draw(_ seed: UInt64) -> [TokenID] {
      run(engine, prompt: [1, 2, 3], tokenizer: nil) {
        $0.temperature = 1
        $0.seed = seed
        $0.maxTokens = 20
        $0.repetitionPenalty = 1.3
      }.ids
    }
    #expect(draw(3) == draw(3))
    #expect(draw(3) != draw(4))

    var tokens: [GeneratedToken] = []
    var parameters = GenerateParameters.greedy
    parameters.maxTokens = 5
    parameters.topLogprobs = 4
    parameters.repetitionPenalty = 2
    Generator(engine: engine, tokenizer: nil).generate(
      prompt: [1, 2, 3], pages: engine.makePages(), parameters: parameters
    ) { if case .token(let t) = $0 { tokens.append(t) } }
    let score = try? Scorer(engine: engine).score([1, 2, 3] + tokens.map(\.id), topLogprobs: 4)
    for (i, token) in tokens.enumerated() {
      #expect(token.top.count == 4 && token.top == score?.top[3 + i])
      #expect(abs(Double(token.logprob) - (score?.logprobs[3 + i] ?? 9)) < 1e-5)
    }
  }

  @Test func generationsOnSeveralThreadsShareAnEngine() {
    let engine = EngineFixture.engine(threads: 2)
    @Sendable func generate(_ number: Int) -> [TokenID] {
      run(engine, prompt: [TokenID(number), 7, 3], tokenizer: nil) {
        $0.temperature = 1
        $0.seed = UInt64(number)
        $0.maxTokens = 30
      }.ids
    }
    let alone = (0..<4).map(generate)
    let results = Mutex([[TokenID]](repeating: [], count: 4))
    DispatchQueue.concurrentPerform(iterations: 4) { i in
      let ids = generate(i)
      results.withLock { $0[i] = ids }
    }
    #expect(results.withLock { $0 } == alone)
    #expect(Set(alone).count == 4)
  }

  @Test func windowsOfALongTextScoreEachTokenOnce() throws {
    let engine = EngineFixture.engine(context: 64)
    let ids = (0..<200).map { TokenID($0 * 13 % 61) }
    let whole = try Scorer(engine: EngineFixture.engine()).score(ids)
    let windows = try Scorer(engine: engine).negativeLogLikelihood(ids)
    #expect(windows.tokens == 199 && whole.tokens == 199)
    #expect(abs(windows.mean - whole.nll) < 0.3)
    let fits = try Scorer(engine: engine).negativeLogLikelihood(Array(ids[..<60]))
    #expect(abs(fits.mean - (try Scorer(engine: engine).score(Array(ids[..<60])).nll)) < 1e-12)
    #expect(throws: EngineError.self) { _ = try Scorer(engine: engine).score(ids) }
    #expect(try Scorer(engine: engine).score([5]).nll.isNaN)
    #expect(try Scorer(engine: engine).score([]).ids.isEmpty)
  }
}
