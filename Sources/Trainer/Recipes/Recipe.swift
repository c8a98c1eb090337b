import Core

/// What a recipe hands to a run: a model, its data, and what its checkpoints need beside the weights.
public struct PreparedRun {
  public var model: PlanModel
  public var tokenizer: (any Tokenizer)?
  /// The tokenizer's files, in memory: checkpoints are whole whatever becomes of the place they were read from.
  public var tokenizerFiles: [(name: String, bytes: [UInt8])] = []
  public var chatTemplate: String?
  public var training: TokenDataset
  public var validation: TokenDataset?
  /// Where samples begin, as token ids with the text shown for them.
  public var samplePrompts: [(text: String, ids: [TokenID])] = []
  /// Rows that were read; of these, cut at the context; and left out because nothing to learn was left in them.
  public var rows = 0
  public var rowsCut = 0
  public var rowsDropped = 0
  /// Sentences that the user should read before the run goes on.
  public var notes: [String] = []
}

/// One kind of run: its own defaults, what it accepts, and how it turns a configuration into a model with data.
/// A new recipe is one file and one line in ``RecipeRegistry``.
public protocol Recipe: Sendable {
  var name: String { get }
  /// One line for lists and forms.
  var summary: String { get }
  /// Settings that differ from the general defaults.
  func applyDefaults(to configuration: inout TrainingConfiguration)
  /// Refuses what this recipe cannot do.
  func validate(_ configuration: TrainingConfiguration) throws
  /// Reads and encodes the data and makes or loads the model.
  func prepare(_ preparation: RunPreparation) throws -> PreparedRun
}

public enum RecipeRegistry {
  public static let all: [any Recipe] = [PretrainRecipe(), SupervisedFineTuningRecipe()]

  public static var names: [String] { all.map(\.name) }

  /// - Throws: ``TrainingError/value(key:found:expected:)`` naming the recipes there are.
  public static func recipe(named name: String) throws -> any Recipe {
    guard let recipe = all.first(where: { $0.name == name }) else {
      throw TrainingError.value(key: "recipe", found: "'\(name)'", expected: "one of \(names.joined(separator: ", "))")
    }
    return recipe
  }
}
