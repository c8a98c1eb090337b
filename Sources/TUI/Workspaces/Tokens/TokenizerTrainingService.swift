import Core
import Synchronization

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// A vocabulary learned on a thread of its own.
final class TokenizerTrainingService {
  private let inbox: Mailbox<AppMessage>
  private let queue = WorkQueue()
  private let control = Control()
  private(set) var number = 0

  private final class Control: Sendable {
    /// The training that may go on, and whether it goes slowly.
    let state = Mutex((number: 0, isPaced: false))
  }

  init(inbox: Mailbox<AppMessage>) { self.inbox = inbox }

  /// - Parameter sample: a text whose tokens are told as they change, for kinds that do not learn merges.
  func start(_ options: TokenizerTrainingOptions, data: String, sample: TrainingSample?, isPaced: Bool) {
    number += 1
    let (inbox, control, number) = (inbox, control, number)
    control.state.withLock { $0 = (number, isPaced) }
    queue.work {
      do {
        let trained = try Self.train(options, data, sample, control, number) {
          inbox.send(.tokenizerTraining($0, training: number))
        }
        inbox.send(.tokenizerTrained(trained.tokenizer, isWhole: trained.isWhole, training: number))
      } catch {
        inbox.send(.tokenizerTrainingFailed("\(error)", training: number))
      }
    }
  }

  /// What was learned so far is kept.
  func stop() { control.state.withLock { $0.number = -1 } }

  func pace(_ isPaced: Bool) { control.state.withLock { $0.isPaced = isPaced } }

  private static func train(
    _ options: TokenizerTrainingOptions, _ data: String, _ sample: TrainingSample?, _ control: Control, _ number: Int,
    _ send: (TokenizerTrainingEvent) -> Void
  ) throws -> (tokenizer: TrainedTokenizer, isWhole: Bool) {
    func goesOn() -> Bool { control.state.withLock { $0.number == number } }
    let words = try WordCounts(reading: TrainingCorpus(paths: [data]), options: options) {
      send($0)
      return goesOn()
    }
    var learned: Int?
    var merges = 0
    do {
      let trained = try TokenizerTraining.trainer(for: options, sample: sample).train(on: words) { event in
        send(event)
        if case .counted(let counted) = event { learned = counted.initialTokens }
        if case .merges(let batch) = event {
          merges += batch.count
          if control.state.withLock({ $0.number == number && $0.isPaced }) { Self.rest(batch.count) }
        }
        return goesOn()
      }
      return (trained, true)
    } catch TokenizerTrainingError.cancelled {
      // The same merges again, up to where it was stopped: they come in the same order.
      guard let learned, merges > 0, options.kind != .unigram else { throw TokenizerTrainingError.cancelled }
      var shorter = options
      shorter.vocabularySize = learned + merges
      return (try TokenizerTraining.trainer(for: shorter).train(on: words) { _ in true }, false)
    }
  }

  /// Some two hundred merges a second can be followed.
  private static func rest(_ merges: Int) {
    usleep(UInt32(min(400, merges * 5)) * 1000)
  }
}
