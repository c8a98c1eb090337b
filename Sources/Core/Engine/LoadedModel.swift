#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// A model ready to use: its files, the engine that runs it, its tokenizer and its chat template.
///
/// ```swift
/// let model = try LoadedModel.load("SmolLM2-135M-Instruct.Q4_1.gguf")
/// let ids = model.tokenizer!.encode("The capital of France is", addSpecialTokens: true)
/// ```
public final class LoadedModel: Sendable {
  public struct Options: Sendable, Equatable {
    /// nil: the number of cores.
    public var threads: Int?
    /// Activations and cache in float32: slow, for comparisons.
    public var exact = false
    public var cache = CacheType.f16
    /// The longest sequence in tokens; nil: what the model was made for, as far as memory allows.
    public var context: Int?

    public init() {}
  }

  public let files: ModelFiles
  public let engine: Engine
  /// nil for a model that brings none: it works with ids.
  public let tokenizer: (any Tokenizer)?
  /// A Jinja template, where the model brings one.
  public let chatTemplate: String?
  public let name: String
  /// Seconds from opening the file to being ready.
  public let loadSeconds: Double
  /// What was decided about the context, in a sentence for people; nil when the model's own context is in use.
  public let contextNote: String?

  /// Opens and packs a model.
  /// - Throws: ``FormatError`` and the like: one sentence about what is wrong with which file.
  public static func load(
    _ path: String, threads: Int? = nil, exact: Bool = false, cache: CacheType = .f16, context: Int? = nil
  ) throws -> LoadedModel {
    var options = Options()
    options.threads = threads
    options.exact = exact
    options.cache = cache
    options.context = context
    return try LoadedModel(files: ModelFiles.open(path), options: options)
  }

  public init(files: ModelFiles, options: Options = Options()) throws {
    let start = Stopwatch()
    self.files = files
    let pool = ThreadPool(threads: max(1, options.threads ?? ThreadPool.processors))
    let (weights, tokenizer) = try Self.read(files, exact: options.exact, pool: pool)
    let cache = options.exact ? .f32 : options.cache
    (engine, contextNote) = Self.makeEngine(weights, pool: pool, cache: cache, context: options.context)
    self.tokenizer = tokenizer
    chatTemplate = files.chatTemplate
    name = files.name
    loadSeconds = start.seconds
  }

  /// Packs the weights and opens the tokenizer beside that.
  private static func read(
    _ files: ModelFiles, exact: Bool, pool: ThreadPool
  ) throws -> (WeightStore, (any Tokenizer)?) {
    // Asked at once before anything is begun. A vocabulary's tables, which are plain arrays, take some hundred bytes a
    // token.
    let vocabulary = files.tokenizerSource == nil ? 0 : 512 * files.plan.configuration.vocabularySize
    try OutOfMemory.check(WeightStore.estimate(files, exact: exact) + vocabulary, for: "the weights of \(files.name)")
    var weights: Result<WeightStore, any Error>?
    var tokenizer: Result<(any Tokenizer)?, any Error>?
    ThreadPool(threads: min(2, pool.threads)).parallelFor(2) { range in
      for half in range {
        if half == 0 {
          weights = Result {
            do {
              return try WeightStore(files, exact: exact, pool: pool)
            } catch let error as OutOfMemory {
              throw error.needed(for: "the weights of \(files.name)")
            }
          }
        } else {
          tokenizer = Result { try files.tokenizerSource.map(TokenizerLoader.load) }
        }
      }
    }
    guard let weights, let tokenizer else { preconditionFailure("a region runs all of its chunks") }
    // What was made of a file that is no longer whole is no reason to tell.
    try files.source.checkUnchanged()
    return (try weights.get(), try tokenizer.get())
  }

  /// A model around weights that are in memory already: a run's latest snapshot.
  public init(files: ModelFiles, weights: WeightStore, tokenizer: (any Tokenizer)?, options: Options = Options()) {
    self.files = files
    let pool = ThreadPool(threads: max(1, options.threads ?? ThreadPool.processors))
    let cache = options.exact ? .f32 : options.cache
    (engine, contextNote) = Self.makeEngine(weights, pool: pool, cache: cache, context: options.context)
    self.tokenizer = tokenizer
    chatTemplate = files.chatTemplate
    name = files.name
    loadSeconds = 0
  }

  /// The context in use, in tokens.
  public var contextLength: Int { engine.contextLength }

  /// The model's context, cut where a full cache would take more than half of the memory.
  private static func makeEngine(
    _ weights: WeightStore, pool: ThreadPool, cache: CacheType, context: Int?
  ) -> (Engine, String?) {
    let own = max(1, weights.plan.configuration.contextLength)
    let layout = PageLayout(weights.plan, type: cache)
    let memory = Int(sysconf(Int32(_SC_PHYS_PAGES))) * Int(sysconf(Int32(_SC_PAGESIZE)))
    let pages = max(1, memory / 2 / max(1, layout.pageBytes))
    let affordable = max(512, pages > own ? own : pages * PageLayout.tokens)
    var note: String?
    var length = context ?? own
    if context == nil && affordable < own {
      length = affordable
      note = "The context is \(length) tokens of the model's \(own): more would not fit in memory."
    } else if let context, context > own {
      note = "The context of \(context) tokens is longer than the \(own) the model was made for."
    }
    let engine = Engine(weights: weights, pool: pool, cache: cache, context: length)
    if context ?? 0 > engine.contextLength {
      note = "The context is \(engine.contextLength) tokens: the model has no more."
    }
    return (engine, note)
  }
}
