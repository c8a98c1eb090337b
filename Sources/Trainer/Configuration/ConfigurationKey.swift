import Core
import TOMLKit

/// One training key: its name, what it means, and how its text is read and written. The command line, TOML files and
/// the form all go through this table.
public struct ConfigurationKey: Sendable {
  public enum Kind: Sendable, Equatable {
    case integer, number, boolean, text, list
    case choice([String])
  }
  public let name: String
  public let summary: String
  public let kind: Kind
  let write: @Sendable (inout TrainingConfiguration, String) throws -> Void
  let read: @Sendable (TrainingConfiguration) -> String
  /// For lists: the elements as they are.
  var writeList: (@Sendable (inout TrainingConfiguration, [String]) -> Void)?
  var readList: (@Sendable (TrainingConfiguration) -> [String])?

  /// Every key by what it is about, in the order a form shows them.
  public static let groups: [(title: String, keys: [ConfigurationKey])] = [
    ("The run", runKeys), ("The update", optimizerKeys), ("Evaluations, checkpoints, samples", evaluationKeys),
    ("A new model", modelKeys),
  ]
  public static let all: [ConfigurationKey] = groups.flatMap(\.keys)

  public static func named(_ name: String) -> ConfigurationKey? { byName[name] }
  private static let byName = Dictionary(uniqueKeysWithValues: all.map { ($0.name, $0) })
}

extension TrainingConfiguration {
  /// Sets a key from its text.
  /// - Throws: ``TrainingError`` naming an unknown key or a value that cannot be used.
  public mutating func set(_ key: String, _ value: String) throws { try known(key).write(&self, value) }

  /// Sets a list key from its elements.
  public mutating func set(_ key: String, list: [String]) throws {
    guard let write = try known(key).writeList else {
      throw TrainingError.value(key: key, found: "a list", expected: "a single value")
    }
    write(&self, list)
  }

  private func known(_ key: String) throws -> ConfigurationKey {
    if let known = ConfigurationKey.named(key) { return known }
    if let reason = KeyNames.notYet(key) { throw TrainingError.keyNotYet(key, reason: reason) }
    throw TrainingError.unknownKey(key, nearest: KeyNames.nearest(to: key))
  }

  /// The text of a key's value: what ``set(_:_:)`` takes; empty where nothing is set.
  public func text(of key: String) -> String { ConfigurationKey.named(key)?.read(self) ?? "" }
}

// MARK: - The table

extension ConfigurationKey {
  fileprivate typealias Path<Value> = WritableKeyPath<TrainingConfiguration, Value> & Sendable

  fileprivate static func integer(
    _ name: String, _ path: any Path<Int>, _ range: ClosedRange<Int>, _ summary: String
  ) -> Self {
    Self(
      name: name, summary: summary, kind: .integer,
      write: { $0[keyPath: path] = try parseInteger(name, $1, range) }, read: { "\($0[keyPath: path])" })
  }

  fileprivate static func optionalInteger(
    _ name: String, _ path: any Path<Int?>, _ range: ClosedRange<Int>, _ summary: String
  ) -> Self {
    Self(
      name: name, summary: summary, kind: .integer,
      write: { $0[keyPath: path] = $1.isEmpty ? nil : try parseInteger(name, $1, range) },
      read: { $0[keyPath: path].map { "\($0)" } ?? "" })
  }

  fileprivate static func number(
    _ name: String, _ path: any Path<Double>, _ range: ClosedRange<Double>, _ summary: String
  ) -> Self {
    Self(
      name: name, summary: summary, kind: .number,
      write: { $0[keyPath: path] = try parseNumber(name, $1, range) }, read: { "\($0[keyPath: path])" })
  }

  fileprivate static func boolean(_ name: String, _ path: any Path<Bool>, _ summary: String) -> Self {
    Self(
      name: name, summary: summary, kind: .boolean,
      write: {
        switch $1.lowercased() {
        case "true", "1", "yes", "on": $0[keyPath: path] = true
        case "false", "0", "no", "off": $0[keyPath: path] = false
        default: throw TrainingError.value(key: name, found: "'\($1)'", expected: "true or false")
        }
      }, read: { "\($0[keyPath: path])" })
  }

  fileprivate static func optionalText(_ name: String, _ path: any Path<String?>, _ summary: String) -> Self {
    Self(
      name: name, summary: summary, kind: .text, write: { $0[keyPath: path] = $1.isEmpty ? nil : $1 },
      read: { $0[keyPath: path] ?? "" })
  }

  fileprivate static func choice<Value: RawRepresentable & Sendable>(
    _ name: String, _ path: any Path<Value>, _ values: [Value], _ summary: String
  ) -> Self where Value.RawValue == String {
    let names = values.map(\.rawValue)
    return Self(
      name: name, summary: summary, kind: .choice(names),
      write: {
        guard let value = Value(rawValue: $1) else {
          throw TrainingError.value(key: name, found: "'\($1)'", expected: "one of \(names.joined(separator: ", "))")
        }
        $0[keyPath: path] = value
      }, read: { $0[keyPath: path].rawValue })
  }

  fileprivate static func optionalChoice<Value: RawRepresentable & Sendable>(
    _ name: String, _ path: any Path<Value?>, _ values: [Value], _ summary: String
  ) -> Self where Value.RawValue == String {
    let names = values.map { snakeCase($0.rawValue) }
    return Self(
      name: name, summary: summary, kind: .choice(names),
      write: { configuration, text in
        guard text.isEmpty || names.contains(snakeCase(text)) else {
          throw TrainingError.value(key: name, found: "'\(text)'", expected: "one of \(names.joined(separator: ", "))")
        }
        configuration[keyPath: path] = values.first { snakeCase($0.rawValue) == snakeCase(text) }
      }, read: { $0[keyPath: path].map { snakeCase($0.rawValue) } ?? "" })
  }

  /// Several values in one text: a list `["a", "b"]`, or parts between commas, or lines where a value may hold commas.
  fileprivate static func list(_ name: String, _ path: any Path<[String]>, comma: Bool, _ summary: String) -> Self {
    Self(
      name: name, summary: summary, kind: .list,
      write: { $0[keyPath: path] = splitList($1, comma: comma) },
      read: { $0[keyPath: path].joined(separator: comma ? "," : "\n") }, writeList: { $0[keyPath: path] = $1 },
      readList: { $0[keyPath: path] })
  }

  private static let runKeys: [Self] = [
    Self(
      name: "recipe", summary: "what kind of run", kind: .choice(RecipeRegistry.names),
      write: { $0.recipe = try RecipeRegistry.recipe(named: $1).name }, read: { $0.recipe }),
    list("data", \.data, comma: true, "files or folders of text or rows"),
    optionalText("out", \.out, "the run's folder"),
    optionalText("base", \.base, "the model to continue from"),
    optionalText(
      "tokenizer", \.tokenizer,
      "a tokenizer's file or folder, bytes, chars:FILE, words:FILE (else the model's, or one trained on the data)"),
    optionalInteger("steps", \.steps, 1...1_000_000_000, "optimizer steps (instead of epochs)"),
    number("epochs", \.epochs, 1e-6...1e6, "passes over the data"),
    integer("batch_size", \.batchSize, 1...65_536, "sequences in a batch"),
    integer("context_length", \.contextLength, 1...1_048_576, "longest sequence, in tokens"),
    integer("accumulation", \.accumulation, 1...65_536, "batches to a step"),
    Self(
      name: "seed", summary: "one seed, one run", kind: .integer,
      write: {
        guard let seed = UInt64($1) else {
          throw TrainingError.value(key: "seed", found: "'\($1)'", expected: "a whole number, 0 or more")
        }
        $0.seed = seed
      }, read: { "\($0.seed)" }),
    boolean("shuffle", \.shuffle, "false keeps the order of the files"),
    Self(
      name: "dtype", summary: "numbers of the products", kind: .choice(["f32"]),
      write: {
        guard $1 == "f32" else {
          throw TrainingError.value(
            key: "dtype", found: "'\($1)'", expected: "f32, which all runs are trained in so far")
        }
        $0.dtype = $1
      }, read: { $0.dtype }),
    optionalInteger("threads", \.threads, 1...1024, "threads of the run (default: cores)"),
  ]

  private static let optimizerKeys: [Self] = [
    choice("optimizer", \.optimizer, TrainingConfiguration.OptimizerKind.allCases, "update rule"),
    number("learning_rate", \.learningRate, 0...1e3, "highest learning rate"),
    optionalInteger("warmup_steps", \.warmupSteps, 0...1_000_000_000, "steps of linear warm-up (default: 2 %)"),
    choice("schedule", \.schedule, TrainingConfiguration.Schedule.allCases, "how the rate falls"),
    number("min_lr_ratio", \.minLearningRateRatio, 0...1, "last rate over the highest"),
    number("weight_decay", \.weightDecay, 0...1e3, "decoupled weight decay"),
    boolean("decay_all", \.decayAll, "decay norms, biases and embeddings too"),
    number("beta1", \.beta1, 0...0.999999999, "decay of the first moment (momentum of sgd)"),
    number("beta2", \.beta2, 0...0.999999999, "decay of the second moment"),
    number("epsilon", \.epsilon, 0...1, "added to the root of the second moment"),
    number("grad_clip", \.gradientClip, 0...1e9, "largest gradient norm (0: off)"),
  ]

  private static let evaluationKeys: [Self] = [
    number("validation_fraction", \.validationFraction, 0...0.9, "share of the data held out"),
    optionalText("validation_data", \.validationData, "a file to validate on instead"),
    optionalInteger("eval_every", \.evaluateEvery, 0...1_000_000_000, "steps between evaluations"),
    optionalInteger("save_every", \.saveEvery, 0...1_000_000_000, "steps between checkpoints"),
    optionalInteger("sample_every", \.sampleEvery, 0...1_000_000_000, "steps between samples"),
    list("sample_prompts", \.samplePrompts, comma: false, "prompts continued at every sample"),
    integer("early_stopping_patience", \.earlyStoppingPatience, 0...1_000_000, "evaluations to wait for a better loss"),
  ]

  private static let modelKeys: [Self] = [
    integer("model.layers", \.model.layers, 1...1024, "blocks of a new model"),
    integer("model.hidden_size", \.model.hiddenSize, 2...65_536, "width of a new model"),
    optionalInteger("model.intermediate_size", \.model.intermediateSize, 1...1_048_576, "width of its MLP"),
    optionalInteger("model.heads", \.model.heads, 1...4096, "attention heads"),
    optionalInteger("model.kv_heads", \.model.keyValueHeads, 1...4096, "key and value heads"),
    optionalChoice("model.positions", \.model.positions, [.rope, .learned, PositionKind.none], "how places are told"),
    optionalChoice("model.norm", \.model.norm, [.rms, .layer], "normalisation"),
    optionalChoice(
      "model.activation", \.model.activation, [.silu, .gelu, .geluTanh, .relu], "activation of the MLP"),
    boolean("model.tied", \.model.tied, "one matrix for embeddings and output"),
    integer("model.vocabulary", \.model.vocabularySize, 257...1_000_000, "size of a tokenizer trained on the data"),
  ]
}

// MARK: - Reading text

private func parseInteger(_ key: String, _ text: String, _ range: ClosedRange<Int>) throws -> Int {
  // "1e3" and "1_000" are what people type.
  let plain = text.filter { $0 != "_" }
  let value = Int(plain) ?? Double(plain).flatMap { Int(exactly: $0) }
  guard let value, range.contains(value) else {
    let isOpen = range.upperBound >= 1_000_000
    let expected = isOpen ? "\(range.lowerBound) or more" : "\(range.lowerBound) to \(range.upperBound)"
    throw TrainingError.value(key: key, found: "'\(text)'", expected: "a whole number, \(expected)")
  }
  return value
}

private func parseNumber(_ key: String, _ text: String, _ range: ClosedRange<Double>) throws -> Double {
  guard let value = Double(text.filter { $0 != "_" }), value.isFinite, range.contains(value) else {
    throw TrainingError.value(
      key: key, found: "'\(text)'", expected: "a number from \(range.lowerBound) to \(range.upperBound)")
  }
  return value
}

private func splitList(_ text: String, comma: Bool) -> [String] {
  let trimmed = text.trimmingSpaces()
  if trimmed.hasPrefix("["), trimmed.hasSuffix("]"), let values = try? TOMLNesting.table("v = \(trimmed)")["v"]?.array {
    return values.compactMap(\.string)
  }
  let separator: Character = comma ? "," : "\n"
  return text.split(separator: separator, omittingEmptySubsequences: true)
    .map { comma ? $0.trimmingSpaces() : String($0) }.filter { !$0.isEmpty }
}

/// "geluTanh" → "gelu_tanh".
private func snakeCase(_ text: String) -> String {
  text.reduce(into: "") { $0 += $1.isUppercase ? "_" + $1.lowercased() : String($1) }
}

extension StringProtocol {
  func trimmingSpaces() -> String {
    let isSpace: (Character) -> Bool = { $0 == " " || $0 == "\t" || $0 == "\n" || $0 == "\r" || $0 == "\r\n" }
    guard let first = firstIndex(where: { !isSpace($0) }), let last = lastIndex(where: { !isSpace($0) }) else {
      return ""
    }
    return String(self[first...last])
  }
}
