/// How one family of models is written in files: one file of this folder each.
///
/// An architecture maps between a ``ModelConfiguration`` and the two formats' settings, and says where each parameter
/// of the plan lies. Adding one is adding a file and a line in ``ModelRegistry/architectures``.
public protocol Architecture: Sendable {
  /// Values of `model_type` in config.json that this one reads; the first is the name in ``ModelConfiguration``.
  var modelTypes: [String] { get }
  /// Values of `general.architecture` in GGUF; empty where that format is not read.
  var ggufNames: [String] { get }

  /// What a config.json says.
  /// - Throws: ``FormatError``.
  func configuration(huggingFace config: HuggingFaceConfig) throws -> ModelConfiguration
  /// What a GGUF's keys (and the presence of tensors) say.
  /// - Throws: ``FormatError``.
  func configuration(gguf: GGUFMetadata) throws -> ModelConfiguration

  /// The settings of a config.json from which transformers builds the same model.
  /// - Throws: ``WriteError`` where the format has no words for a setting.
  func settings(_ configuration: ModelConfiguration) throws -> Settings

  /// Where a parameter of the compiled plan lies in a format.
  func location(
    of parameter: ParameterSpecification, in format: ModelFormat, configuration: ModelConfiguration
  ) -> ParameterLocation
}

/// The two families of model files.
public enum ModelFormat: Sendable, Equatable {
  case huggingFace, gguf
}
