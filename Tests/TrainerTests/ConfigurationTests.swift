import Core
import Testing
import Trainer

@Suite struct ConfigurationTests {
  @Test func readsTOML() throws {
    let configuration = try TrainingConfiguration(
      toml: """
        recipe = "sft"
        data = ["a.jsonl", "b, c.jsonl"]
        learning_rate = 1e-5
        steps = 1_000
        shuffle = false
        sample_prompts = ["One, two", "three"]
        [model]
        layers = 3
        norm = "layer"
        """, file: "x.toml", overrides: [("steps", "20"), ("decay_all", "true"), ("beta2", "0.95")])
    #expect(configuration.recipe == "sft")
    #expect(configuration.data == ["a.jsonl", "b, c.jsonl"])
    #expect(configuration.learningRate == 1e-5)
    #expect(configuration.steps == 20)
    #expect(!configuration.shuffle && configuration.decayAll)
    #expect(configuration.samplePrompts == ["One, two", "three"])
    #expect(configuration.model.layers == 3 && configuration.model.norm == .layer)
    // What the recipe says, where nobody else did.
    #expect(configuration.batchSize == 8 && configuration.beta2 == 0.95)
  }

  @Test func everyKeyOfTheManualIsThere() {
    let keys = """
      steps epochs batch_size context_length learning_rate warmup_steps schedule min_lr_ratio weight_decay decay_all beta1
      beta2 epsilon grad_clip accumulation optimizer seed shuffle dtype threads validation_fraction validation_data
      eval_every save_every sample_every sample_prompts early_stopping_patience tokenizer model.layers model.hidden_size model.intermediate_size model.heads model.kv_heads
      model.positions model.norm model.activation model.tied recipe data out base
      """.split { $0 == " " || $0 == "\n" }.map(String.init)
    for key in keys { #expect(ConfigurationKey.named(key) != nil, "\(key)") }
  }

  @Test func defaultsAreThoseOfTheManual() throws {
    let c = try TrainingConfiguration(recipe: "pretrain")
    #expect((c.beta1, c.beta2, c.epsilon, c.weightDecay) == (0.9, 0.999, 1e-8, 0.01))
    #expect((c.learningRate, c.minLearningRateRatio, c.gradientClip) == (3e-4, 0.1, 1))
    #expect((c.batchSize, c.contextLength, c.epochs, c.seed, c.validationFraction) == (16, 256, 1, 1, 0.05))
    #expect(c.schedule == .cosine && c.warmupSteps == nil && c.steps == nil)
    #expect(LearningRateSchedule(c, totalSteps: 200).warmupSteps == 4)
  }

  @Test func everyValueIsReadBackFromItsText() throws {
    var c = try TrainingConfiguration(recipe: "sft")
    for (key, value) in [
      ("steps", "7"), ("data", "a,b"), ("model.activation", "gelu_tanh"), ("model.positions", "none"),
      ("seed", "18446744073709551615"),
      ("sample_prompts", "a\nb"), ("learning_rate", "1e-05"), ("schedule", "wsd"),
    ] {
      try c.set(key, value)
      #expect(c.text(of: key) == value)
    }
    var copy = TrainingConfiguration()
    for key in ConfigurationKey.all { try copy.set(key.name, c.text(of: key.name)) }
    #expect(copy == c)
  }

  @Test(arguments: [
    ("learning_rat", "1", "There is no training key 'learning_rat'; did you mean 'learning_rate'?"),
    ("frobnicate", "1", "There is no training key 'frobnicate'."),
    ("steps", "0", "'steps' is '0', but it must be a whole number, 1 or more."),
    ("steps", "many", "'steps' is 'many', but it must be a whole number, 1 or more."),
    ("schedule", "step", "'schedule' is 'step', but it must be one of constant, linear, cosine, wsd."),
    ("shuffle", "maybe", "'shuffle' is 'maybe', but it must be true or false."),
    ("beta1", "nan", "'beta1' is 'nan', but it must be a number from 0.0 to 0.999999999."),
    ("recipe", "magic", "'recipe' is 'magic', but it must be one of pretrain, sft."),
  ])
  func mistakesAreOneSentence(_ key: String, _ value: String, _ sentence: String) throws {
    var c = TrainingConfiguration()
    do {
      try c.set(key, value)
      Issue.record("\(key)=\(value) must be refused")
    } catch {
      #expect("\(error)" == sentence)
    }
  }

  @Test(arguments: [
    [("model.heads", "3")], [("model.kv_heads", "3"), ("model.heads", "4")], [("data", "")],
    [("model.hidden_size", "6"), ("model.heads", "2")],
  ])
  func whatDoesNotFitTogetherIsRefused(_ settings: [(String, String)]) throws {
    let all = [("data", "x.txt")] + settings
    let c = try TrainingConfiguration(settings: all.map { (key: $0.0, value: $0.1) })
    #expect(throws: TrainingError.self) { try c.validate() }
  }

  @Test func brokenTOMLNamesItsLine() {
    do {
      _ = try TrainingConfiguration(toml: "steps = 3\nepochs = = 4\n", file: "run.toml")
      Issue.record("must be refused")
    } catch {
      #expect("\(error)".hasPrefix("run.toml, line 2: "))
    }
  }
}

@Suite struct ScheduleTests {
  private func schedule(_ kind: TrainingConfiguration.Schedule, warmup: Int = 5) -> LearningRateSchedule {
    LearningRateSchedule(kind: kind, base: 2, warmupSteps: warmup, totalSteps: 20, minimumRatio: 0.1)
  }

  @Test func followsTheFormulas() {
    for kind in TrainingConfiguration.Schedule.allCases {
      for s in 0..<5 { #expect(abs(schedule(kind).rate(at: s) - 2 * Double(s + 1) / 5) < 1e-12) }
    }
    for s in 5..<20 {
      let t = Double(s - 5) / 15
      #expect(schedule(.constant).rate(at: s) == 2)
      #expect(abs(schedule(.linear).rate(at: s) - 2 * (1 - 0.9 * t)) < 1e-12)
      #expect(abs(schedule(.cosine).rate(at: s) - 2 * (0.1 + 0.9 * 0.5 * (1 + cosOf(.pi * t)))) < 1e-12)
      #expect(abs(schedule(.wsd).rate(at: s) - (s < 16 ? 2 : 2 * (1 - 0.9 * Double(s - 16) / 4))) < 1e-12)
    }
    #expect(schedule(.cosine, warmup: 0).rate(at: 0) == 2)
    #expect(abs(schedule(.linear).rate(at: 500) - 0.2) < 1e-12)
  }
}
