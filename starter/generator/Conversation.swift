import Foundation

/// One question with its answer.
struct Exchange {
  var question: String
  var answer: String
  /// The answer in one word, where there is one.
  var short: String?
  /// A shorter question that only makes sense after one of the same topic: "And of Italy?"
  var followUp: String?
}

/// A kind of exchange, and how often it is wanted.
struct Topic {
  var weight: Double
  var make: (inout Seeded) -> Exchange
}

struct Row {
  var messages: [(role: String, content: String)] = []

  /// One line of JSON with the messages as OpenAI's API has them.
  var jsonLine: String {
    let parts = messages.map { "{\"role\": \"\($0.role)\", \"content\": \"\(escape($0.content))\"}" }
    return "{\"messages\": [\(parts.joined(separator: ", "))]}"
  }

  private func escape(_ text: String) -> String {
    text.replacingOccurrences(of: "\\", with: "\\\\").replacingOccurrences(of: "\"", with: "\\\"")
      .replacingOccurrences(of: "\n", with: "\\n")
  }
}

/// Draws exchanges of all topics and strings them together into conversations of one to four turns.
struct ConversationComposer {
  let topics: [Topic]
  var random: Seeded
  private let total: Double

  init(topics: [Topic], seed: UInt64) {
    self.topics = topics
    random = Seeded(state: seed)
    total = topics.reduce(0) { $0 + $1.weight }
  }

  private mutating func drawTopic() -> Topic {
    var at = Double.random(in: 0..<total, using: &random)
    for topic in topics {
      at -= topic.weight
      if at < 0 { return topic }
    }
    return topics[0]
  }

  mutating func next() -> Row {
    var row = Row()
    let oneWord = random.chance(0.05)
    if oneWord {
      row.messages.append(("system", random.pick(["Answer in one word.", "Answer with one word only."])))
    } else if random.chance(0.35) {
      row.messages.append(
        (
          "system",
          random.pick([
            "You are a helpful assistant.", "You are the starter model of Glassbox.",
            "You are a helpful AI assistant.", "Answer briefly.",
          ])
        ))
    }
    let turns = random.pick([1, 1, 1, 2, 2, 3, 4])
    var topic = drawTopic()
    for turn in 0..<turns {
      var exchange = topic.make(&random)
      if oneWord {
        var tries = 0
        while exchange.short == nil && tries < 50 {
          topic = drawTopic()
          exchange = topic.make(&random)
          tries += 1
        }
      }
      let related = turn > 0 && exchange.followUp != nil && random.chance(0.6)
      row.messages.append(("user", related ? exchange.followUp! : varied(exchange.question)))
      row.messages.append(("assistant", oneWord ? exchange.short ?? exchange.answer : exchange.answer))
      // Half of the follow-ups stay with the topic, so that "And of Italy?" is learned.
      if exchange.followUp == nil || random.chance(0.5) { topic = drawTopic() }
    }
    return row
  }

  /// The same question as different people type it.
  private mutating func varied(_ question: String) -> String {
    var q = question
    if random.chance(0.35), let first = q.first { q = first.uppercased() + q.dropFirst() }
    if random.chance(0.2), q.hasSuffix("?") || q.hasSuffix(".") { q = String(q.dropLast()) }
    if random.chance(0.04) { q = q.uppercased() }
    if random.chance(0.08), q.hasSuffix("?"), q.first?.isLowercase == true {
      q = random.pick(["please tell me, ", "tell me: ", "hey, ", "hi, ", "and "]) + q
    }
    return q
  }
}
