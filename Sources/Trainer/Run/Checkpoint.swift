import Core

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// What a run must remember beside weights and moments to go on as if it had never stopped.
struct TrainingState: Equatable, Sendable {
  /// Optimizer steps taken.
  var step = 0
  var epoch = 0
  /// Sequences of this epoch already read.
  var place = 0
  var tokens = 0
  var elapsed = 0.0
  /// The learning rate's highest value: changed by hand, it differs from the configuration's.
  var learningRate = 0.0
  var totalSteps = 0
  var lastLoss: Double?
  var lastValidation: Double?
  var bestValidation: Double?
  /// Evaluations since the best.
  var patience = 0
  /// The step of the best evaluation, whose checkpoint is kept.
  var bestStep: Int?
  /// Of the data the run learns from.
  var dataFingerprint: String?
  /// Of values and moments as they were saved.
  var fingerprint: String?
  /// The settings it was reached with.
  var configuration: TrainingConfiguration?

  var json: JSON {
    var members: [(key: String, value: JSON)] = [
      ("format", 1), ("step", .int(step)), ("epoch", .int(epoch)), ("place", .int(place)), ("tokens", .int(tokens)),
      ("elapsed", .double(elapsed)), ("learning_rate", .double(learningRate)), ("total_steps", .int(totalSteps)),
      ("patience", .int(patience)),
    ]
    func add(_ key: String, _ value: Double?) {
      if let value { members.append((key, .double(value))) }
    }
    add("last_loss", lastLoss)
    add("last_validation", lastValidation)
    add("best_validation", bestValidation)
    if let bestStep { members.append(("best_step", .int(bestStep))) }
    if let dataFingerprint { members.append(("data_fingerprint", .string(dataFingerprint))) }
    if let fingerprint { members.append(("fingerprint", .string(fingerprint))) }
    if let configuration { members.append(("configuration", configuration.json)) }
    return .object(JSONObject(members))
  }

  init() {}

  init(_ json: JSON, file: String) throws {
    guard json["format"]?.int == 1, let step = json["step"]?.int, let epoch = json["epoch"]?.int,
      let place = json["place"]?.int, let tokens = json["tokens"]?.int, let rate = json["learning_rate"]?.double,
      let total = json["total_steps"]?.int, step >= 0, epoch >= 0, place >= 0
    else { throw TrainingError.run(path: file, problem: "this is not the state of a run that can be resumed") }
    self.step = step
    self.epoch = epoch
    self.place = place
    self.tokens = tokens
    elapsed = json["elapsed"]?.double ?? 0
    learningRate = rate
    totalSteps = total
    patience = json["patience"]?.int ?? 0
    lastLoss = json["last_loss"]?.double
    lastValidation = json["last_validation"]?.double
    bestValidation = json["best_validation"]?.double
    bestStep = json["best_step"]?.int
    dataFingerprint = json["data_fingerprint"]?.string
    fingerprint = json["fingerprint"]?.string
    configuration = try json["configuration"].map { try TrainingConfiguration(json: $0, file: file) }
  }
}

/// Folders that transformers loads and that a run goes on from.
enum CheckpointFiles {
  static let stateFile = "training_state.json"
  static let momentFile = "training_state.safetensors"

  /// Weights, configuration and tokenizer; with `state`, also what resuming needs. Appears whole or not at all.
  static func write(_ run: PreparedRun, state: TrainingState?, to folder: String) throws {
    let slab = run.model.parameters
    try AtomicFolder.write(to: folder) { filling in
      try HuggingFaceWriter.fill(
        filling, plan: run.model.plan, parameters: { UnsafeBufferPointer(slab.value($0)) },
        chatTemplate: run.chatTemplate, extraFiles: run.tokenizerFiles)
      guard let state else { return }
      let count = slab.trainableCount
      let entries = [("exp_avg", slab.firstMoments.pointer), ("exp_avg_sq", slab.secondMoments.pointer)].map { moment in
        SafeTensorsWriter.Entry(name: moment.0, shape: [count]) { emit in
          let part = 1 << 20
          for from in stride(from: 0, to: count, by: part) {
            try emit(UnsafeBufferPointer(start: moment.1 + from, count: min(part, count - from)))
          }
        }
      }
      try SafeTensorsWriter.write(entries, to: filling + "/" + momentFile)
      var saved = state
      saved.fingerprint = slab.fingerprint
      try AtomicFile.write(saved.json.serialized(indent: 2) + "\n", to: filling + "/" + stateFile)
    }
  }

  /// Whether a checkpoint can be read, as far as that can be told without its weights.
  /// - Throws: what is wrong with it.
  static func check(_ folder: String) throws {
    if let missing = AtomicFolder.missing(folder).first {
      throw FormatError(file: folder, found: "no \(missing)", expected: "all files that were saved")
    }
    let file = folder + "/" + stateFile
    _ = try TrainingState(JSON.load(file, options: .init(allowsNonFinite: true)), file: file)
    _ = try SafeTensorsFolder(path: folder + "/" + momentFile)
    let files = try ModelFiles.open(folder)
    if let source = files.tokenizerSource { _ = try TokenizerLoader.load(source) }
  }

  /// Gives a damaged checkpoint a name under which no run goes on from it; nothing is removed.
  static func setAside(_ folder: String) {
    var name = folder + ".damaged"
    var number = 2
    while FileSystem.exists(name) {
      name = folder + ".damaged-\(number)"
      number += 1
    }
    rename(folder, name)
  }

  /// Copies the model out of a checkpoint; what only a run that goes on needs stays behind.
  static func copyModel(from checkpoint: String, to folder: String) throws {
    try AtomicFolder.write(to: folder) { filling in
      for name in FileSystem.names(in: checkpoint) where name != stateFile && name != momentFile && !name.hasPrefix(".")
      {
        let file = try MappedFile(path: checkpoint + "/" + name)
        try AtomicFile.write(to: filling + "/" + name) { writer in try file.withBytes { try writer.write($0) } }
      }
    }
  }

  /// The state of a checkpoint; its moments go into the slab, which holds its values already.
  /// - Throws: ``TrainingError`` or ``FormatError`` where the checkpoint is not as it was written.
  static func read(_ folder: String, into slab: ParameterSlab) throws -> TrainingState {
    let file = folder + "/" + stateFile
    let state = try TrainingState(JSON.load(file, options: .init(allowsNonFinite: true)), file: file)
    let moments = try SafeTensorsFolder(path: folder + "/" + momentFile)
    for (name, target) in [("exp_avg", slab.firstMoments.pointer), ("exp_avg_sq", slab.secondMoments.pointer)] {
      guard let tensor = moments.tensor(named: name), tensor.type == .f32, tensor.shape == [slab.trainableCount],
        let source = tensor.bytes.baseAddress
      else {
        throw TrainingError.run(path: moments.path, problem: "'\(name)' does not fit this model")
      }
      UnsafeMutableRawPointer(target).copyMemory(from: source, byteCount: slab.trainableCount * 4)
    }
    guard state.fingerprint == nil || state.fingerprint == slab.fingerprint else {
      throw TrainingError.run(path: folder, problem: "its weights are not those that were saved")
    }
    return state
  }
}
