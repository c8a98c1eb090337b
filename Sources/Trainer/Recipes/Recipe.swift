import Core

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
