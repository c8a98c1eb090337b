/// How one family of models is written in files: one file of this folder each.
///
/// An architecture maps between a ``ModelConfiguration`` and the two formats' settings, and says where each parameter of
/// the plan lies. Adding one is adding a file and a line in ``ModelRegistry/architectures``.
public protocol Architecture: Sendable {
  /// Values of `model_type` in config.json that this one reads; the first is the name in ``ModelConfiguration``.
  var modelTypes: [String] { get }
  /// Values of `general.architecture` in GGUF; empty where that format is not read.
  var ggufNames: [String] { get }

  func configuration(gguf: GGUFMetadata) throws -> ModelConfiguration

  func location(
    of parameter: ParameterSpecification, in format: ModelFormat, configuration: ModelConfiguration
  ) -> ParameterLocation
}

/// The two families of model files.
public enum ModelFormat: Sendable, Equatable {
  case huggingFace, gguf
}
