import Foundation

/// Every kind of exchange, from the written blocks and from the tables.
enum Topics {
  static func all(_ text: TextFolder) throws -> [Topic] {
    var topics: [Topic] = []
    let written: [(file: String, weight: Double)] = [
      ("greetings.txt", 10), ("identity.txt", 14), ("keys.txt", 16), ("concepts.txt", 20), ("facts.txt", 18),
      ("stories.txt", 7), ("code.txt", 6), ("unknown.txt", 6),
    ]
    for (file, weight) in written {
      // A block with many ways of asking is asked for more often than one with few.
      let blocks = try text.blocks(file)
      let weighted = blocks.flatMap { block in Array(repeating: block, count: 2 + block.questions.count / 3) }
      topics.append(
        Topic(weight: weight) { random in
          let block = random.pick(weighted)
          return Exchange(question: random.pick(block.questions), answer: random.pick(block.answers))
        })
    }
    topics += try tables(text)
    topics += arithmetic()
    return topics
  }

  private static func tables(_ text: TextFolder) throws -> [Topic] {
    let countries = try text.table("capitals.tsv")
    let animals = try text.table("animals.tsv")
    let opposites = try text.table("opposites.tsv").flatMap { [$0, [$0[1], $0[0]]] }
    let colors = try text.table("colors.tsv")
    let lists = try text.table("lists.tsv").map { ($0[0], $0[1].components(separatedBy: ", ")) }
    return [
      Topic(weight: 16) { capital(random: &$0, countries) },
      Topic(weight: 5) { country(random: &$0, countries) },
      Topic(weight: 7) { animal(random: &$0, animals) },
      Topic(weight: 7) { random in
        // "old" and "light" have two opposites in the table: take the first that fits.
        let word = random.pick(opposites)[0]
        let other = opposites.first { $0[0] == word }![1]
        let question = random.pick([
          "what is the opposite of \(word)?", "the opposite of \(word)?", "opposite of \(word)",
          "what is the contrary of \(word)?",
        ])
        return Exchange(
          question: question, answer: "The opposite of \(word) is \(other).", short: other.capitalized,
          followUp: random.pick(["And of \(word)?", "and \(word)?", "what about \(word)?"]))
      },
      Topic(weight: 6) { random in
        let row = random.pick(colors)
        let question = random.pick([
          "what color is \(row[0])?", "which color does \(row[0]) have?", "what is the color of \(row[0])?",
          "what colour is \(row[0])?",
        ])
        return Exchange(
          question: question, answer: "\(capitalized(row[0])) is \(row[1]).", short: row[1].capitalized,
          followUp: random.pick(["And \(row[0])?", "what about \(row[0])?"]))
      },
      Topic(weight: 16) { list(random: &$0, lists) },
    ]
  }

  private static func capitalized(_ text: String) -> String { text.prefix(1).uppercased() + text.dropFirst() }

  private static func capital(random: inout Seeded, _ countries: [[String]]) -> Exchange {
    let row = random.pick(countries)
    let question = random.pick([
      "what is the capital of \(row[0])?", "what is the capital of \(row[0])?", "What's the capital of \(row[0])?",
      "which city is the capital of \(row[0])?", "capital of \(row[0])?", "the capital of \(row[0])?",
      "name the capital of \(row[0])", "tell me the capital of \(row[0])", "\(row[0])'s capital?",
      "do you know the capital of \(row[0])?",
    ])
    return Exchange(
      question: question, answer: "The capital of \(row[0]) is \(row[1]).", short: row[1],
      followUp: random.pick([
        "And of \(row[0])?", "and \(row[0])?", "what about \(row[0])?", "And the one of \(row[0])?",
      ]))
  }

  private static func country(random: inout Seeded, _ countries: [[String]]) -> Exchange {
    let row = random.pick(countries)
    switch Int.random(in: 0..<5, using: &random) {
    case 0:
      let question = random.pick([
        "where is \(row[1])?", "in which country is \(row[1])?", "which country is \(row[1]) in?",
      ])
      return Exchange(question: question, answer: "\(row[1]) is in \(row[0]).", short: row[0])
    case 1:
      let question = random.pick([
        "which language is spoken in \(row[0])?", "what do people speak in \(row[0])?",
        "what is the language of \(row[0])?",
      ])
      return Exchange(question: question, answer: "People in \(row[0]) speak \(row[2]).")
    case 2:
      let question = random.pick([
        "what is the currency of \(row[0])?", "which money is used in \(row[0])?",
        "how do people pay in \(row[0])?",
      ])
      return Exchange(
        question: question, answer: "The currency of \(row[0]) is the \(row[3]).", short: row[3].capitalized)
    case 3:
      let question = random.pick([
        "on which continent is \(row[0])?", "where is \(row[0])?", "which continent is \(row[0]) on?",
      ])
      return Exchange(question: question, answer: "\(row[0]) is in \(row[4]).")
    default:
      let question = random.pick(["what do you know about \(row[0])?", "tell me about \(row[0])"])
      return Exchange(
        question: question,
        answer: "\(row[0]) is in \(row[4]). Its capital is \(row[1]), and people there speak \(row[2]).")
    }
  }

  private static func animal(random: inout Seeded, _ animals: [[String]]) -> Exchange {
    let row = random.pick(animals)
    let article = "aeiou".contains(row[0].first!) ? "an" : "a"
    let subject = "\(article) \(row[0])"
    switch Int.random(in: 0..<4, using: &random) {
    case 0:
      return Exchange(
        question: random.pick(["how many legs does \(subject) have?", "legs of \(subject)?"]),
        answer: "\(capitalized(subject)) has \(row[1]) legs.", short: row[1].capitalized,
        followUp: "And \(subject)?")
    case 1:
      return Exchange(
        question: random.pick(["what is a young \(row[0]) called?", "what is the young of \(subject) called?"]),
        answer: "A young \(row[0]) is called a \(row[2]).", short: row[2].capitalized,
        followUp: "And a young \(row[0])?")
    case 2:
      return Exchange(
        question: random.pick([
          "what sound does \(subject) make?", "what does \(subject) say?", "which noise does \(subject) make?",
        ]), answer: "\(capitalized(subject)) \(row[3]).")
    default:
      return Exchange(
        question: random.pick(["what is \(subject)?", "what kind of animal is \(subject)?"]),
        answer: "\(capitalized(subject)) is \(row[4]).")
    }
  }

  private static let numberWords = ["two", "three", "four", "five", "six", "seven"]

  private static func list(random: inout Seeded, _ lists: [(String, [String])]) -> Exchange {
    let (kind, items) = random.pick(lists)
    let count = min(items.count, Int.random(in: 2...6, using: &random))
    let number = random.chance(0.5) ? numberWords[count - 2] : String(count)
    // Lists keep their own order: days and planets have one, and the others are easier to learn.
    let start = random.chance(0.7) ? 0 : Int.random(in: 0...(items.count - count), using: &random)
    let chosen = Array(items[start..<(start + count)])
    let style = Int.random(in: 0..<4, using: &random)
    let ask = random.pick([
      "list \(number) \(kind)", "name \(number) \(kind)", "give me \(number) \(kind)", "tell me \(number) \(kind)",
      "write a list of \(number) \(kind)", "list \(number) \(kind), please", "show me \(number) \(kind)",
    ])
    switch style {
    case 0:
      let numbered = chosen.enumerated().map { "\($0 + 1). \($1)" }.joined(separator: "\n")
      return Exchange(question: ask + random.pick(["", " as a numbered list"]), answer: numbered)
    case 1, 2:
      return Exchange(question: ask, answer: chosen.map { "- \($0)" }.joined(separator: "\n"))
    default:
      let sentence = chosen.dropLast().joined(separator: ", ") + " and " + chosen.last!
      return Exchange(
        question: ask + random.pick([" in one line", " in a sentence", " in one line"]),
        answer: capitalized(sentence) + ".")
    }
  }

  private static func arithmetic() -> [Topic] {
    func exchange(_ random: inout Seeded, _ a: Int, _ b: Int, _ result: Int, _ signs: [String], _ words: [String])
      -> Exchange
    {
      let sign = signs[0]
      let word = random.pick(words)
      let question = random.pick([
        "what is \(a) \(word) \(b)?", "what is \(a) \(sign) \(b)?", "\(a) \(sign) \(b)", "\(a)\(sign)\(b)",
        "\(a) \(sign) \(b) = ?", "how much is \(a) \(word) \(b)?", "\(a) \(word) \(b)", "calculate \(a) \(sign) \(b)",
        "\(a)\(random.pick(signs))\(b)=?",
      ])
      return Exchange(
        question: question, answer: "\(a) \(sign) \(b) = \(result)", short: String(result),
        followUp: random.pick(["and \(a) \(sign) \(b)?", "\(a) \(sign) \(b)?"]))
    }
    return [
      Topic(weight: 16) { random in
        let top = random.chance(0.6) ? 20 : 99
        let a = Int.random(in: 0...top, using: &random)
        let b = Int.random(in: 0...min(top, 50), using: &random)
        return exchange(&random, a, b, a + b, ["+"], ["plus", "plus", "and"])
      },
      Topic(weight: 8) { random in
        let a = Int.random(in: 0...(random.chance(0.7) ? 20 : 60), using: &random)
        let b = Int.random(in: 0...a, using: &random)
        return exchange(&random, a, b, a - b, ["-"], ["minus", "minus", "less"])
      },
      Topic(weight: 8) { random in
        let a = Int.random(in: 0...10, using: &random)
        let b = Int.random(in: 0...10, using: &random)
        return exchange(&random, a, b, a * b, ["x", "*"], ["times", "times", "multiplied by"])
      },
    ]
  }
}
