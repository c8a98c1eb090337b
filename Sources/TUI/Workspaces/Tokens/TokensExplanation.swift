import Core

/// What a tokenizer did around one token: why it begins where it does, and how its word came about.
public struct TokensExplanation: Sendable {
  public struct Key: Sendable, Equatable {
    var serial: Int
    var token: Int
  }

  public let key: Key
  /// Why the token begins where it does.
  public private(set) var border: SplitReason?
  /// The word as the model got it, and how it became tokens.
  public private(set) var word: WordTrace?
  /// The word's place in the text, in bytes.
  public private(set) var source = 0..<0
  /// The word's tokens, as indices into the text's.
  public private(set) var tokens = 0..<0
  public private(set) var card: TokenCard?
  /// The stages the text went through.
  public private(set) var stages: [TokenizationExplanation.Stage] = []

  /// Text on either side of a token that is looked at besides its line.
  private static let margin = 64
  /// The most that is looked at before and after a token.
  private static let reach = 2048

  /// Explains a token within its line, whatever the length of the text.
  public init(_ text: TokenizedText, token: Int) {
    key = Key(serial: text.serial, token: token)
    guard let tokenizer = text.tokenizer, token < text.count else { return }
    card = TokenCard(text.ids[token], of: tokenizer)
    let offset = text.offsets[token].lowerBound
    let start = Self.start(text, before: offset)
    let end = Self.end(text, after: text.offsets[token].upperBound)
    let explainer = TokenizationExplainer(tokenizer)
    // Of a text that cannot be encoded the pane says why.
    let explanation = try? text.bytes[start..<end].withContiguousStorageIfAvailable { try explainer.explain(utf8: $0) }
    guard let explanation else { return }
    let found =
      explanation.tokens.firstIndex {
        $0.source.lowerBound + start == offset && $0.id == text.ids[token]
      } ?? explanation.token(at: offset - start)
    guard let found else { return }
    border = explanation.tokens[found].border
    // Stages tell what they did; the parts of the text are many.
    stages = explanation.stages.map {
      var stage = $0
      stage.parts = []
      return stage
    }
    guard let place = explanation.tokens[found].word else { return }
    let word = explanation.words[place]
    let first = token - (found - word.tokens.lowerBound)
    tokens = max(0, first)..<max(0, first) + word.tokens.count
    source = word.source.lowerBound + start..<word.source.upperBound + start
    self.word = explainer.trace(word.text)
  }

  /// The start of a token before the line that holds an offset.
  private static func start(_ text: TokenizedText, before offset: Int) -> Int {
    let least = max(0, offset - reach)
    let line = text.bytes[least..<offset].lastIndex(of: 0x0A).map { $0 + 1 } ?? least
    let wanted = max(0, line - margin)
    if wanted == 0 { return 0 }
    let token = text.token(at: wanted)
    var start = token < text.count ? min(max(text.offsets[token].lowerBound, 0), offset) : wanted
    while start > 0, start < text.bytes.count, text.bytes[start] & 0xC0 == 0x80 { start -= 1 }
    return start
  }

  private static func end(_ text: TokenizedText, after offset: Int) -> Int {
    let most = min(text.bytes.count, offset + reach)
    let line = text.bytes[offset..<most].firstIndex(of: 0x0A).map { $0 + 1 } ?? most
    var end = min(text.bytes.count, line + margin)
    while end < text.bytes.count, text.bytes[end] & 0xC0 == 0x80 { end += 1 }
    return end
  }
}

/// Where the player of a word's steps stands.
public struct TokensPlayer: Sendable, Equatable {
  /// Steps taken; nil: all of them.
  public var step: Int?
  public var isPlaying = false
  /// When the next step is due, on the program's clock.
  var due = 0.0
  static let interval = 0.45

  public init() {}

  public func shown(of count: Int) -> Int { min(max(0, step ?? count), count) }

  mutating func move(by change: Int, of count: Int) {
    isPlaying = false
    step = min(max(0, shown(of: count) + change), count)
  }

  mutating func toggle(of count: Int, now: Double) {
    isPlaying.toggle()
    guard isPlaying else { return }
    if shown(of: count) == count { step = 0 }
    due = now + Self.interval
  }

  /// Takes the step that is due.
  mutating func tick(now: Double, count: Int) -> Bool {
    guard isPlaying, now >= due else { return false }
    let next = shown(of: count) + 1
    step = min(next, count)
    due = now + Self.interval
    if next >= count { isPlaying = false }
    return true
  }
}

extension SplitReason {
  /// The sentence as it is laid out: a pattern that begins with a space is not parted from it.
  package var unbrokenSentence: String {
    SafeText.clean(sentence, keepingNewlines: false).replacing("( ", with: "(\u{A0}")
  }
}

extension WordTrace {
  /// Steps that can be played.
  package var stepCount: Int {
    switch method {
    case .merges(let trace): trace.states.count - 1
    case .longestMatch(let trace): trace.steps.reduce(0) { $0 + $1.tries.count }
    case .lattice(let trace): max(0, trace.nodes.count - 1)
    case .lookup, .tooLong: 0
    }
  }
}
