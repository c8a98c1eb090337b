import Core

extension TrainingEvent {
  /// The name under `event`.
  public var name: String {
    switch self {
    case .start: "start"
    case .step: "step"
    case .validation: "validation"
    case .sample: "sample"
    case .checkpoint: "checkpoint"
    case .alert: "alert"
    case .change: "change"
    case .done: "done"
    }
  }

  /// One flat object: the line of `train --json` and of a run's log. Numbers that are not finite are bare `NaN` and
  /// `Infinity`, as Python writes and reads them.
  public var json: JSON {
    var members: [(key: String, value: JSON)] = [("event", .string(name))]
    func add(_ key: String, _ value: JSON) { members.append((key, value)) }
    switch self {
    case .start(let e):
      add("run", .string(e.run))
      add("recipe", .string(e.recipe))
      add("out", .string(e.out))
      add("total_steps", .int(e.totalSteps))
      add("resumed_at", .int(e.resumedAt))
      add("parameters", .int(e.parameters))
      add("trainable_parameters", .int(e.trainableParameters))
      add("train_tokens", .int(e.trainTokens))
      add("tokens_per_step", .int(e.tokensPerStep))
      add("vocabulary_size", .int(e.vocabularySize))
      add("rows", .int(e.rows))
      add("rows_cut", .int(e.rowsCut))
      add("rows_dropped", .int(e.rowsDropped))
      if !e.notes.isEmpty { add("notes", .array(e.notes.map(JSON.string))) }
    case .step(let e):
      add("step", .int(e.step))
      add("epoch", .double(e.epoch))
      add("tokens", .int(e.tokens))
      add("loss", .double(e.loss))
      add("perplexity", .double(e.perplexity))
      add("lr", .double(e.lr))
      add("grad_norm", .double(e.gradNorm))
      add("tokens_per_second", .double(e.tokensPerSecond))
      add("elapsed_s", .double(e.elapsedSeconds))
      add("memory_bytes", .int(e.memoryBytes))
    case .validation(let e):
      add("step", .int(e.step))
      add("loss", .double(e.loss))
      add("perplexity", .double(e.perplexity))
      add("best", .bool(e.best))
    case .sample(let e):
      add("step", .int(e.step))
      add("prompt", .string(e.prompt))
      add("text", .string(e.text))
    case .checkpoint(let e):
      add("step", .int(e.step))
      add("path", .string(e.path))
      add("best", .bool(e.best))
    case .alert(let e):
      add("step", .int(e.step))
      add("kind", .string(e.kind.rawValue))
      add("message", .string(e.message))
    case .change(let e):
      add("step", .int(e.step))
      add("key", .string(e.key))
      add("from", Self.setting(e.from))
      add("to", Self.setting(e.to))
    case .done(let e):
      add("reason", .string(e.reason.rawValue))
      add("out", .string(e.out))
      add("step", .int(e.step))
      if let loss = e.loss {
        add("loss", .double(loss))
        add("perplexity", .double(perplexity(loss)))
      }
      if let loss = e.validationLoss {
        add("validation_loss", .double(loss))
        add("validation_perplexity", .double(perplexity(loss)))
      }
      if let step = e.bestStep { add("best_step", .int(step)) }
      if let loss = e.bestLoss { add("best_validation_loss", .double(loss)) }
      if let seconds = e.elapsedSeconds { add("elapsed_s", .double(seconds)) }
      if let message = e.message { add("message", .string(message)) }
    }
    if let time = wallTime { add("wall_time", .double(time)) }
    return .object(JSONObject(members))
  }

  /// A setting's text as a number where it is one.
  private static func setting(_ text: String) -> JSON {
    if text.isEmpty { return .null }
    if let whole = Int(text) { return .int(whole) }
    return Double(text).map(JSON.double) ?? .string(text)
  }

  private static func setting(_ value: JSON?) -> String {
    guard let value else { return "" }
    return value.string ?? value.int.map(String.init) ?? value.double.map { "\($0)" } ?? ""
  }

  /// ``json`` on one line, without a line end.
  public var jsonLine: String { json.serialized() }

  /// An event from its line; nil where it is none (a line cut by a crash, or something newer).
  public init?(jsonLine: some Collection<UInt8>) {
    guard let value = try? JSON.parse(jsonLine, options: .init(allowsNonFinite: true)) else { return nil }
    self.init(value)
  }

  public init?(_ value: JSON) {
    func int(_ key: String) -> Int { value[key]?.int ?? 0 }
    func double(_ key: String) -> Double { value[key]?.double ?? .nan }
    func text(_ key: String) -> String { value[key]?.string ?? "" }
    func flag(_ key: String) -> Bool { value[key]?.bool ?? false }
    switch value["event"]?.string {
    case "start":
      self = .start(
        Start(
          run: text("run"), recipe: text("recipe"), out: text("out"), totalSteps: int("total_steps"),
          resumedAt: int("resumed_at"), parameters: int("parameters"),
          trainableParameters: int("trainable_parameters"), trainTokens: int("train_tokens"),
          tokensPerStep: int("tokens_per_step"), vocabularySize: int("vocabulary_size"), rows: int("rows"),
          rowsCut: int("rows_cut"), rowsDropped: int("rows_dropped"),
          notes: value["notes"]?.array?.compactMap(\.string) ?? []))
    case "step":
      self = .step(
        Step(
          step: int("step"), epoch: double("epoch"), tokens: int("tokens"), loss: double("loss"),
          perplexity: double("perplexity"), lr: double("lr"), gradNorm: double("grad_norm"),
          tokensPerSecond: double("tokens_per_second"), elapsedSeconds: double("elapsed_s"),
          memoryBytes: int("memory_bytes")))
    case "validation":
      self = .validation(
        Validation(step: int("step"), loss: double("loss"), perplexity: double("perplexity"), best: flag("best")))
    case "sample": self = .sample(Sample(step: int("step"), prompt: text("prompt"), text: text("text")))
    case "checkpoint": self = .checkpoint(Checkpoint(step: int("step"), path: text("path"), best: flag("best")))
    case "alert":
      guard let kind = Alert.Kind(rawValue: text("kind")) else { return nil }
      self = .alert(Alert(step: int("step"), kind: kind, message: text("message")))
    case "change":
      self = .change(
        Change(
          key: text("key"), from: Self.setting(value["from"]), to: Self.setting(value["to"]), step: int("step")))
    case "done":
      guard let reason = Done.Reason(rawValue: text("reason")) else { return nil }
      var done = Done(
        reason: reason, out: text("out"), step: int("step"), loss: value["loss"]?.double,
        validationLoss: value["validation_loss"]?.double, message: value["message"]?.string)
      done.bestStep = value["best_step"]?.int
      done.bestLoss = value["best_validation_loss"]?.double
      done.elapsedSeconds = value["elapsed_s"]?.double
      self = .done(done)
    default: return nil
    }
    wallTime = value["wall_time"]?.double
  }
}
