import Foundation
import TestSupport
import Testing

@testable import Core

@Suite struct UnigramTrainerTests {
  private static func options(_ size: Int, threads: Int = 1) -> TokenizerTrainingOptions {
    var options = TokenizerTrainingOptions(kind: .unigram, vocabularySize: size, threads: threads)
    options.characterCoverage = 1
    return options
  }

  private static func counts(_ texts: [String], _ options: TokenizerTrainingOptions) throws -> WordCounts {
    try WordCounts(reading: TrainingCorpus(texts: texts), options: options)
  }

  /// The tree's substrings and counts against all substrings, counted one by one.
  @Test func treeHoldsTheSubstringsThatBranch() throws {
    let options = Self.options(300)
    let texts = ["banana bandana anna banana nab", "aaaa aaab aab", "窓の窓は窓", "single"]
    let corpus = PieceCorpus(try Self.counts(texts, options), options)
    let depth = 6
    let tree = SubstringTree(corpus, depth: depth, threads: ThreadPool(threads: 2))
    var counts: [[UInt32]: Int] = [:]
    var followers: [[UInt32]: Set<UInt32>] = [:]
    for run in corpus.runs {
      let word = Array(corpus.text[run.start..<(run.start + run.count)])
      for i in word.indices {
        for length in 1...min(depth, word.count - i) {
          counts[Array(word[i..<(i + length)]), default: 0] += run.times
          // Ends of words are each their own; so a word that occurs again branches at its end.
          let next = i + length < word.count ? word[i + length] : UInt32.max - UInt32(run.start)
          followers[Array(word[i..<(i + length)]), default: []].insert(next)
          if i + length == word.count, run.times > 1 {
            followers[Array(word[i..<(i + length)])]?.insert(UInt32.max - UInt32(run.start) - 1)
          }
        }
      }
    }
    let branching = counts.filter { $0.key.count == depth ? $0.value > 1 : followers[$0.key]?.count ?? 0 > 1 }
    var found: [[UInt32]: Int] = [:]
    for node in tree.lengths.indices {
      let start = Int(tree.starts[node])
      let substring = Array(corpus.text[start..<(start + Int(tree.lengths[node]))])
      #expect(found[substring] == nil)
      found[substring] = tree.counts[node]
      let parent = tree.parents[node]
      if parent >= 0 {
        let before = Int(tree.starts[Int(parent)])
        let length = Int(tree.lengths[Int(parent)])
        #expect(
          length < substring.count && Array(corpus.text[before..<(before + length)]) == Array(substring[..<length]))
      }
    }
    #expect(found == branching)
    for i in corpus.text.indices where tree.longest[i] >= 0 {
      let node = Int(tree.longest[i])
      let length = Int(tree.lengths[node])
      #expect(corpus.text[i..<(i + length)].elementsEqual(corpus.text[Int(tree.starts[node])...].prefix(length)))
    }
  }

  @Test func digammaIsTheDerivativeOfLogGamma() {
    for x in [0.5, 1.0, 2.5, 7.0, 123.4, 1e6] {
      let h = x * 1e-5
      let slope = (lgamma(x + h) - lgamma(x - h)) / (2 * h)
      #expect(abs(UnigramLearner.digamma(x) - slope) < 1e-5 * max(1, abs(slope)))
    }
    #expect(abs(UnigramLearner.digamma(1) + 0.577_215_664_901_532_9) < 1e-12)
  }

  /// Expected counts against all cuts of a word, each with its probability.
  @Test func expectationsAreThoseOfAllPaths() throws {
    let options = Self.options(300)
    let corpus = PieceCorpus(try Self.counts(["banana banana nab ban", "an an anan"], options), options)
    let tree = SubstringTree(corpus, depth: 17, threads: ThreadPool(threads: 1))
    let lattice = PieceLattice(corpus, tree, maximumLength: 16, limit: 1000)
    var scores: [[UInt32]: (index: Int, score: Double)] = [:]
    for i in 0..<lattice.count {
      let start = Int(lattice.starts[i])
      scores[Array(corpus.text[start..<(start + Int(lattice.lengths[i]))])] = (i, lattice.scores[i])
    }
    for number in corpus.scalars.indices.dropFirst() {
      scores[[UInt32(number)]] = (lattice.count + number, lattice.characterScores[number])
    }
    var expected = [Double](repeating: 0, count: lattice.count + corpus.scalars.count)
    var likelihood = 0.0
    for run in corpus.runs {
      let word = Array(corpus.text[run.start..<(run.start + run.count)])
      var paths: [(pieces: [Int], p: Double)] = []
      func walk(_ at: Int, _ pieces: [Int], _ score: Double) {
        if at == word.count { return paths.append((pieces, exp(score))) }
        for end in (at + 1)...word.count {
          guard let piece = scores[Array(word[at..<end])] else { continue }
          walk(end, pieces + [piece.index], score + piece.score)
        }
      }
      walk(0, [], 0)
      let total = paths.reduce(0) { $0 + $1.p }
      likelihood += Double(run.times) * log(total)
      for path in paths { for piece in path.pieces { expected[piece] += Double(run.times) * path.p / total } }
    }
    for scale in [0.0, 2.5, 400.0] {
      // The last scale overflows, so that the way by logarithms is taken.
      let pass = UnigramPass(corpus, threads: ThreadPool(threads: 2)).expectation(lattice, charactersInLog: scale)
      #expect(abs(pass.logLikelihood - likelihood) < 1e-8 * abs(likelihood))
      #expect(zip(pass.counts, expected).allSatisfy { abs($0 - $1) < 1e-8 })
    }
  }

  /// Where nothing is cut away at the end, the last round's tokens are those of the vocabulary.
  @Test func sampleIsCutAsTheVocabularyCutsIt() throws {
    let options = Self.options(400)
    let texts = ["the cat sat on the mat; the hat of that cat", "a cat, a mat and a hat sat there then", "thé 窓"]
    let text = "that cat sat there on the windowsill — thé"
    var trainer = UnigramTrainer(options: options)
    trainer.sample = try TrainingSample(text, options: options)
    var rounds: [[TrainingSample.Token]] = []
    let trained = try trainer.train(on: try Self.counts(texts, options)) { event in
      if case .round(let round) = event { rounds.append(round.sample) }
      return true
    }
    let last = try #require(rounds.last)
    #expect(rounds.allSatisfy { !$0.isEmpty } && last.contains { $0.written == Array("▁cat".utf8) })
    let bytes = Array(text.utf8)
    var end = 0
    for token in last {
      #expect(token.range.lowerBound >= end && token.range.upperBound <= bytes.count)
      #expect(bytes[end..<token.range.lowerBound].allSatisfy { $0 == 0x20 })
      end = token.range.upperBound
    }
    #expect(end == bytes.count)
    // Unknown characters are left out, of which a vocabulary makes one token where they lie together.
    let known = Set(trained.tokens)
    let tokenizer = try trained.tokenizer()
    let ids = try tokenizer.encode(text, addSpecialTokens: false, parseSpecialTokens: false)
    #expect(
      last.map(\.written).filter { known.contains($0) }
        == ids.map { trained.tokens[Int($0)] }.filter { $0 != Array("<unk>".utf8) })
  }

  @Test func likelihoodRisesWithinRounds() throws {
    let options = Self.options(160)
    var rounds: [TokenizerTrainingEvent.Round] = []
    let result = try UnigramTrainer(options: options).train(on: Self.counts([SmallVocabulary.text], options)) { event in
      if case .round(let round) = event { rounds.append(round) }
      return true
    }
    let steps = rounds.filter { !$0.isPruning }
    #expect(steps.count >= 2)
    #expect(steps.count % 2 == 0)
    for pair in stride(from: 0, to: steps.count, by: 2) {
      #expect(steps[pair + 1].logLikelihood > steps[pair].logLikelihood - 0.05)
    }
    #expect((150...160).contains(result.tokens.count))
    // Every character of the text has a piece, scores fall from the first piece on.
    let tokens = Set(result.tokens)
    for scalar in SmallVocabulary.text.unicodeScalars where !scalar.properties.isWhitespace {
      #expect(tokens.contains(Array(String(scalar).utf8)))
    }
    let scores = result.scores.dropFirst(3)
    #expect(zip(scores, scores.dropFirst()).allSatisfy { $0 >= $1 })
  }
}

@Suite struct TrainingCheckpointTests {
  private func file(_ folder: TemporaryFolder) throws -> String {
    let path = folder.file("text.txt")
    let text = (0..<20_000).map { "line \($0) of the text \($0 % 97) says \(SmallVocabulary.text.prefix($0 % 800))\n" }
    try Data(text.joined().utf8).write(to: URL(fileURLWithPath: path))
    return path
  }

  /// Stops a training at an event, goes on, and compares with one that was never stopped.
  private func resumed(
    _ kind: TokenizerTrainingOptions.Kind, _ size: Int, packed: Bool = false,
    stopAt: (TokenizerTrainingEvent) -> Bool
  ) throws -> (resumed: [UInt8], whole: [UInt8], stopped: Bool) {
    let folder = TemporaryFolder()
    var path = try file(folder)
    if packed, try Packing.pack(path, to: folder.file("packed.gz"), by: "gzip") { path = folder.file("packed.gz") }
    let corpus = try TrainingCorpus(paths: [path])
    let options = TokenizerTrainingOptions(kind: kind, vocabularySize: size, threads: 2)
    let whole = try TokenizerTrainingRun(options: options, corpus: corpus).run { _ in true }
    let out = folder.file("out")
    let run = try TokenizerTrainingRun(options: options, corpus: corpus, folder: out)
    var stopped = false
    do { _ = try run.run { !stopAt($0) } } catch TokenizerTrainingError.cancelled { stopped = true }
    let second = try TokenizerTrainingRun(resuming: out)
    let result = try second.run { _ in true }
    second.removeCheckpoint()
    #expect(!FileManager.default.fileExists(atPath: out + "/training.checkpoint"))
    return (result.json(), whole.json(), stopped)
  }

  @Test(arguments: [false, true]) func goesOnWithReading(_ packed: Bool) throws {
    let result = try resumed(.bpe, 600, packed: packed) { if case .reading = $0 { true } else { false } }
    #expect(result.stopped && result.resumed == result.whole)
  }

  @Test func goesOnWithMerges() throws {
    let result = try resumed(.bpe, 600) { if case .merges = $0 { true } else { false } }
    #expect(result.stopped && result.resumed == result.whole)
  }

  @Test func goesOnWithRounds() throws {
    let result = try resumed(.unigram, 200) { if case .round(let e) = $0 { e.index == 2 } else { false } }
    #expect(result.stopped && result.resumed == result.whole)
  }

  @Test func damageIsFound() throws {
    let folder = TemporaryFolder()
    let corpus = try TrainingCorpus(paths: [file(folder)])
    let out = folder.file("out")
    let options = TokenizerTrainingOptions(kind: .bpe, vocabularySize: 600, threads: 1)
    let run = try TokenizerTrainingRun(options: options, corpus: corpus, folder: out)
    #expect(throws: TokenizerTrainingError.cancelled) {
      try run.run { if case .merges = $0 { false } else { true } }
    }
    let url = URL(fileURLWithPath: out + "/training.checkpoint")
    let good = try Data(contentsOf: url)
    for place in [0, 9, 30, good.count / 2, good.count - 1] {
      var bad = good
      bad[place] ^= 0x41
      try bad.write(to: url)
      #expect(throws: FormatError.self) { try TokenizerTrainingRun(resuming: out) }
    }
    for length in [0, 7, 40, good.count - 1] {
      try good.prefix(length).write(to: url)
      #expect(throws: FormatError.self) { try TokenizerTrainingRun(resuming: out) }
    }
    #expect(throws: FormatError.self) { try TokenizerTrainingRun(resuming: folder.path) }
  }
}
