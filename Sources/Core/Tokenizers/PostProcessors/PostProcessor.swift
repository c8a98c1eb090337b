/// A stage that adds special tokens around the tokens of one text, or of two.
protocol PostProcessor: Sendable {
  var single: [TemplatePiece] { get }
  var pair: [TemplatePiece] { get }
}

/// A part of what a post-processor makes, with the kind of its positions (BERT's segment, "token type").
enum TemplatePiece: Sendable, Equatable {
  /// The tokens of the first text, or of the second.
  case text(isSecond: Bool, type: Int32)
  case token(TokenID, type: Int32)

  /// Two texts as they are.
  static let plainPair: [TemplatePiece] = [.text(isSecond: false, type: 0), .text(isSecond: true, type: 1)]
}

extension PostProcessor {
  /// Tokens put before those of one text.
  var prefix: [TokenID] { Self.tokens(single[..<(single.firstIndex { $0.isText } ?? 0)]) }
  /// Tokens put after them.
  var suffix: [TokenID] { Self.tokens(single[((single.lastIndex { $0.isText } ?? -1) + 1)...]) }

  private static func tokens(_ pieces: ArraySlice<TemplatePiece>) -> [TokenID] {
    pieces.compactMap { if case .token(let id, _) = $0 { id } else { nil } }
  }

  /// Puts the tokens of `single` around those of a text.
  func apply(_ encoding: inout Encoding, textLength: Int) {
    let (prefix, suffix) = (prefix, suffix)
    if !prefix.isEmpty {
      encoding.ids.insert(contentsOf: prefix, at: 0)
      encoding.offsets.insert(contentsOf: repeatElement(0..<0, count: prefix.count), at: 0)
    }
    if !suffix.isEmpty {
      encoding.ids.append(contentsOf: suffix)
      encoding.offsets.append(contentsOf: repeatElement(textLength..<textLength, count: suffix.count))
    }
  }
}

extension TemplatePiece {
  var isText: Bool { if case .text = self { true } else { false } }
}

/// `[CLS] $A [SEP]`, `[CLS] $A [SEP] $B:1 [SEP]:1`: also what BertProcessing and RobertaProcessing come to.
struct TemplatePostProcessor: PostProcessor {
  var single: [TemplatePiece]
  var pair: [TemplatePiece]

  init(single: [TemplatePiece], pair: [TemplatePiece]) {
    self.single = single
    self.pair = pair
  }

  /// The same tokens around each text.
  init(prefix: [TokenID] = [], suffix: [TokenID] = []) {
    func framed(isSecond: Bool, type: Int32) -> [TemplatePiece] {
      prefix.map { .token($0, type: type) } + [.text(isSecond: isSecond, type: type)]
        + suffix.map { .token($0, type: type) }
    }
    single = framed(isSecond: false, type: 0)
    pair = framed(isSecond: false, type: 0) + framed(isSecond: true, type: 1)
  }

  /// BertProcessing.
  static func bert(start: TokenID, end: TokenID) -> TemplatePostProcessor {
    let first: [TemplatePiece] = [.token(start, type: 0), .text(isSecond: false, type: 0), .token(end, type: 0)]
    return TemplatePostProcessor(
      single: first, pair: first + [.text(isSecond: true, type: 1), .token(end, type: 1)])
  }

  /// RobertaProcessing: all of one type, two separators between the texts.
  static func roberta(start: TokenID, end: TokenID) -> TemplatePostProcessor {
    let first: [TemplatePiece] = [.token(start, type: 0), .text(isSecond: false, type: 0), .token(end, type: 0)]
    return TemplatePostProcessor(
      single: first, pair: first + [.token(end, type: 0), .text(isSecond: true, type: 0), .token(end, type: 0)])
  }
}

/// Processors one after the other, each around what the one before gave.
struct PostProcessorSequence: PostProcessor {
  let single: [TemplatePiece]
  let pair: [TemplatePiece]

  init(stages: [any PostProcessor]) {
    single = stages.reduce([.text(isSecond: false, type: 0)]) { inner, stage in
      stage.single.flatMap { $0.isText ? inner : [$0] }
    }
    // Two texts are joined once, by the first stage that has something to say about it.
    pair = stages.lazy.map(\.pair).first { $0 != TemplatePiece.plainPair } ?? TemplatePiece.plainPair
  }
}
