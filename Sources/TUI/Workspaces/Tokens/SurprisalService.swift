import Core
import Synchronization

/// How likely each token of a text is under the loaded model, as far as it has been read.
public struct Surprisal: Sendable {
  /// Of the ``TokenizedText``.
  public var serial: Int
  /// The number of the model that read it.
  public var model: Int
  /// Natural logarithms of the probabilities, by token; nil for the first where nothing comes before it.
  public var logprobs: [Double?]
  public var ranks: [Int?]
  /// Tokens that fit the model's context; the rest is not read.
  public var limit: Int
  public var isDone: Bool

  public init(serial: Int, model: Int = 0, logprobs: [Double?], ranks: [Int?], limit: Int, isDone: Bool) {
    self.model = model
    (self.serial, self.logprobs, self.ranks, self.limit, self.isDone) = (serial, logprobs, ranks, limit, isDone)
  }

  public var perplexity: Double? {
    let known = logprobs.compactMap { $0 }
    return known.isEmpty ? nil : Perplexity.of(logprobs: known)
  }

  /// From 0 (certain) to 1: from some ten nats on a token is as surprising as it gets.
  static func heat(_ logprob: Double) -> Double { min(0.999, max(0, -logprob / 10)) }
}

/// Reads a text with the model, away from the screen and between the steps of a reply.
final class SurprisalService {
  private let inbox: Mailbox<AppMessage>
  private let queue = WorkQueue()
  private struct Request: Sendable, Equatable {
    var serial: Int
    var model: Int
  }
  private let wanted = Mutex<Request?>(nil)
  private var asked: Request?

  init(inbox: Mailbox<AppMessage>) { self.inbox = inbox }

  func stop() {
    asked = nil
    wanted.withLock { $0 = nil }
  }

  /// - Parameter number: the model's.
  func read(_ text: TokenizedText, model: LoadedModel, number: Int) {
    let request = Request(serial: text.serial, model: number)
    guard request != asked, !text.isEmpty else { return }
    asked = request
    wanted.withLock { $0 = request }
    let inbox = inbox
    queue.work { [self] in
      do { try score(text, model, request) } catch EngineError.cancelled {} catch {
        inbox.send(.failed(title: "Surprisal", message: "\(error)"))
      }
    }
  }

  private func score(_ text: TokenizedText, _ model: LoadedModel, _ request: Request) throws {
    func isOld() -> Bool { wanted.withLock { $0 } != request }
    if isOld() { return }
    let begin = model.tokenizer.flatMap { $0.addsBOS ? $0.specialTokens.bos : nil }.map { [$0] } ?? []
    let limit = min(text.count, model.engine.contextLength - begin.count)
    guard limit > 0, text.ids.allSatisfy({ Int($0) < model.engine.plan.configuration.vocabularySize }) else { return }
    let ids = begin + text.ids[..<limit]
    // The token at place i of the text is foretold at place i - 1 + begin.count of the ids.
    var logprobs: [Double?] = begin.isEmpty ? [nil] : []
    var ranks: [Int?] = begin.isEmpty ? [nil] : []
    try Scorer(engine: model.engine).forEachRow(
      of: ids, isCancelled: isOld,
      progress: { read, of in
        let known = Surprisal(
          serial: request.serial, model: request.model, logprobs: logprobs, ranks: ranks, limit: limit,
          isDone: read == of)
        inbox.send(.surprisal(known))
      },
      { place, row in
        guard place + 1 < ids.count else { return }
        logprobs.append(LogProbability.of(ids[place + 1], in: row))
        ranks.append(LogProbability.rank(of: ids[place + 1], in: row))
      })
  }
}

extension SurprisalService: @unchecked Sendable {}
