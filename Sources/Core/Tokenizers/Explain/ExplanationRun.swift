/// One explanation under work: the plain stages, each applied to each part of the text by itself.
///
/// The text must outlive it. Parts are worked on one by one, since every stage looks at one part at a time; that they
/// make the same tokens as `encode` is tested on all reference strings.
struct ExplanationRun {
  /// A part of the text, with what is known about its beginning.
  private struct Part {
    var text: AlignedText
    var source: Range<Int>
    var token: TokenID?
    var border: SplitReason
    /// The part of the stage before.
    var parent: Int?
    var rule: SplitRule?
    var isChanged = false
  }

  private let pipeline: PipelineTokenizer
  private let stages: PipelineTokenizer.Stages
  private let textLength: Int
  private var parts: [Part]
  private(set) var result: TokenizationExplanation

  init(_ pipeline: PipelineTokenizer, text: UnsafeBufferPointer<UInt8>) {
    self.pipeline = pipeline
    stages = pipeline.stages
    textLength = text.count
    let start = SplitReason(kind: .start, sentence: "The text begins here.")
    parts = text.isEmpty ? [] : [Part(text: AlignedText(text), source: 0..<text.count, border: start)]
    result = TokenizationExplanation(
      tokenizer: pipeline.name, explainedBytes: text.count, stages: [], pieces: [], words: [], tokens: [])
  }

  /// - Throws: ``TokenizationError``.
  mutating func explain(parsesSpecial: Bool, addsSpecial: Bool) throws {
    repair()
    cutAddedTokens(normalized: false, parsesSpecial)
    for normalizer in stages.normalizer?.flattened ?? [] { try normalize(normalizer) }
    if stages.added.hasNormalizedTokens { cutAddedTokens(normalized: true, parsesSpecial) }
    for preTokenizer in stages.preTokenizer?.flattened ?? [] { try split(preTokenizer) }
    try tokenize()
    if addsSpecial { postProcess() }
  }

  // MARK: - Stages before the model

  /// Ill-formed bytes become U+FFFD; no stage is listed where there are none.
  private mutating func repair() {
    guard let part = parts.first else { return }
    let repaired = part.text.withBytes { AlignedText.repairing($0) }
    guard !repaired.isUnchanged else { return }
    let new = [Part(text: repaired, source: part.source, border: part.border, parent: 0, isChanged: true)]
    finishStage(.repair, "UTF-8", "Bytes that are not UTF-8 become U+FFFD.", new)
  }

  private mutating func cutAddedTokens(normalized: Bool, _ parsesSpecial: Bool) {
    // A stage that has no token to look for is not listed.
    let hasNormalized = stages.added.hasNormalizedTokens
    guard stages.added.tokens.contains(where: { !hasNormalized || $0.isNormalized == normalized }) else { return }
    let name = normalized ? "Added tokens (normalized text)" : "Added tokens"
    let stage = result.stages.count
    let new = newParts { part, index, new in
      let cuts = part.text.withBytes {
        stages.added.parts($0, normalized: normalized, parsesSpecial: parsesSpecial)
      }
      var before: String?
      for (number, cut) in cuts.enumerated() {
        let range: Range<Int>
        var token: TokenID?
        switch cut {
        case .text(let text): range = text
        case .token(let id, let text): (token, range) = (id, text)
        }
        let written = token.flatMap { pipeline.token(of: $0) }
        var border = part.border
        if number > 0 {
          let sentence =
            written.map { "\($0) is an added token: it is cut out before anything else looks at the text." }
            ?? "The added token \(before ?? "") ends here."
          border = SplitReason(
            kind: .addedToken, stage: stage, stageName: name, before: before.map { SplitRule(pattern: $0) },
            after: written.map { SplitRule(pattern: $0) }, sentence: sentence)
        }
        before = written
        let text = part.text.slice(range)
        new.append(
          Part(
            text: text, source: part.text.source(range), token: token, border: border, parent: index,
            rule: written.map { SplitRule(pattern: $0, words: "added token") }))
      }
    }
    finishStage(
      .addedTokens, name,
      normalized
        ? "Added tokens that are looked for in normalized text are cut out."
        : "Added tokens are cut out of the text; no other stage sees them.", new)
  }

  private mutating func normalize(_ normalizer: any Normalizer) throws {
    let new = try newParts { part, index, new in
      var text = part.text
      let before = text.withBytes { Array($0) }
      normalizer.normalize(&text)
      if text.isOverfull { throw pipeline.growthError(textLength) }
      guard !text.isEmpty else { return }
      new.append(
        Part(
          text: text, source: part.source, border: part.border, parent: index,
          isChanged: !text.withBytes { $0.elementsEqual(before) }))
    }
    let description = normalizer.description
    finishStage(.normalizer, description.name, description.summary, new)
  }

  private mutating func split(_ preTokenizer: any PreTokenizer) throws {
    let description = preTokenizer.description
    let stage = result.stages.count
    let new = try newParts { part, index, new in
      var cut = PieceText(part.text)
      preTokenizer.split(&cut)
      if cut.text.isOverfull { throw pipeline.growthError(textLength) }
      let ranges = cut.pieces.map(\.range)
      let isRewritten = !part.text.withBytes { old in cut.text.withBytes { $0.elementsEqual(old) } }
      let rules = cut.text.withBytes { preTokenizer.rules($0, ranges) }
      var comparison = SourceComparison(part.text)
      for (number, range) in ranges.enumerated() {
        let rule = number < rules.count ? rules[number] : nil
        var border = part.border
        if number > 0 {
          let before = number - 1 < rules.count ? rules[number - 1] : nil
          let drops = ranges[number - 1].upperBound < range.lowerBound
          border = SplitReason(
            kind: .preTokenizer, stage: stage, stageName: description.name, before: before, after: rule,
            sentence: drops
              ? "\(description.name) cuts here, and drops what stood between."
              : Self.sentence(description.name, before, rule))
        }
        let text = cut.text.slice(range)
        let source = cut.text.source(range)
        new.append(
          Part(
            text: text, source: source, border: border, parent: index, rule: rule,
            isChanged: isRewritten && comparison.differs(text, source)))
      }
    }
    finishStage(.preTokenizer, description.name, description.summary, new)
  }

  private static func sentence(_ name: String, _ before: SplitRule?, _ after: SplitRule?) -> String {
    func text(_ rule: SplitRule) -> String { rule.words.map { "\($0) (\(rule.pattern))" } ?? rule.pattern }
    switch (before, after) {
    case (let before?, let after?) where before == after:
      return "\(name) cuts here: \(text(before)) on either side, each a match of its own."
    case (let before?, let after?): return "\(name) cuts here: \(text(before)), then \(text(after))."
    case (let before?, nil): return "\(name) cuts here: \(text(before)) ends."
    case (nil, let after?): return "\(name) cuts here: \(text(after)) begins."
    case (nil, nil): return "\(name) cuts here."
    }
  }

  // MARK: - Model and post-processor

  private mutating func tokenize() throws {
    let model = stages.model
    let traced = model as? any TracedModel
    let name = traced?.stageName ?? String(describing: type(of: model))
    let stage = result.stages.count
    var made: [TokenizationExplanation.Part] = []
    var isJoined = true
    for (index, part) in parts.enumerated() {
      let firstToken = result.tokens.count
      let firstWord = result.words.count
      if let id = part.token {
        result.tokens.append(.init(id: id, source: part.source, piece: index, border: part.border))
        made.append(
          .init(text: pipeline.bytes(of: id), source: part.source, parent: index, token: id, isChanged: false))
      } else {
        let run = pipeline.scratch.with { scratch in
          scratch.run.removeAll()
          model.tokenize(PieceText(part.text), scratch: scratch, into: &scratch.run)
          return scratch.run
        }
        if let index = run.ids.firstIndex(of: .lacking) {
          let range = run.ranges[index].range
          throw pipeline.tokenError(
            String(decoding: part.text.withBytes { Array($0[range]) }, as: UTF8.self),
            at: part.text.source(range).lowerBound)
        }
        let ends = part.text.withBytes { traced?.wordEnds(in: $0) ?? [$0.count] }
        addWords(part.text, ends, piece: index)
        var word = 0
        for (number, id) in run.ids.enumerated() {
          let range = run.ranges[number].range
          let wordBefore = word
          while word + 1 < ends.count, ends[word] <= range.lowerBound { word += 1 }
          var border = part.border
          if number > 0 {
            let sentence = (word > wordBefore ? traced?.wordBorder : traced?.tokenBorder) ?? "The model cuts here."
            border = SplitReason(kind: .model, stage: stage, stageName: name, sentence: sentence)
          }
          let source = part.text.source(range)
          result.words[firstWord + word].tokens =
            (result.words[firstWord + word].tokens.isEmpty
              ? result.tokens.count : result.words[firstWord + word].tokens.lowerBound)..<(result.tokens.count + 1)
          result.tokens.append(
            .init(id: id, source: source, piece: index, word: firstWord + word, border: border))
          made.append(
            .init(text: pipeline.bytes(of: id), source: source, parent: index, token: id, isChanged: false))
        }
        isJoined = isJoined && run.ids.count == 1
      }
      result.pieces.append(
        .init(
          text: part.token.map { pipeline.bytes(of: $0) } ?? part.text.withBytes { Array($0) }, source: part.source,
          tokens: firstToken..<result.tokens.count, words: firstWord..<result.words.count,
          isAddedToken: part.token != nil, border: part.border))
    }
    result.stages.append(
      .init(
        kind: .model, name: name, summary: traced?.stageSummary ?? "Turns pieces into tokens.", parts: made,
        hasEffect: parts.contains { $0.token == nil }))
  }

  private mutating func addWords(_ text: AlignedText, _ ends: [Int], piece: Int) {
    var start = 0
    for end in ends {
      let bytes = text.withBytes { Array($0[start..<end]) }
      result.words.append(
        .init(text: bytes, source: text.source(start..<end), piece: piece, tokens: 0..<0))
      start = end
    }
  }

  private mutating func postProcess() {
    guard let post = stages.postProcessor else { return }
    let stage = result.stages.count
    let name = "Special tokens"
    func token(_ id: TokenID, _ at: Int) -> TokenizationExplanation.Token {
      let sentence =
        "The post-processor puts \(pipeline.token(of: id) ?? "a token") \(at == 0 ? "before" : "after") the text."
      return .init(
        id: id, source: at..<at,
        border: SplitReason(kind: .postProcessor, stage: stage, stageName: name, sentence: sentence))
    }
    let prefix = post.prefix
    let suffix = post.suffix
    let model = result.stages[stage - 1].parts
    func part(_ id: TokenID, _ at: Int) -> TokenizationExplanation.Part {
      .init(text: pipeline.bytes(of: id), source: at..<at, token: id, isChanged: false)
    }
    let kept = model.enumerated().map { index, part in
      var part = part
      part.parent = index
      return part
    }
    result.stages.append(
      .init(
        kind: .postProcessor, name: name, summary: "Adds the special tokens that this model's texts begin or end with.",
        parts: prefix.map { part($0, 0) } + kept + suffix.map { part($0, textLength) },
        hasEffect: !prefix.isEmpty || !suffix.isEmpty))
    result.tokens = prefix.map { token($0, 0) } + result.tokens + suffix.map { token($0, textLength) }
    for i in result.pieces.indices { result.pieces[i].tokens = result.pieces[i].tokens.moved(by: prefix.count) }
    for i in result.words.indices { result.words[i].tokens = result.words[i].tokens.moved(by: prefix.count) }
  }

  // MARK: - Keeping the record

  /// The parts of the next stage, made out of the present ones; tokens go on as they are.
  private func newParts(_ body: (Part, Int, inout [Part]) throws -> Void) rethrows -> [Part] {
    var new: [Part] = []
    new.reserveCapacity(parts.count)
    for (index, part) in parts.enumerated() {
      if part.token != nil {
        var kept = part
        kept.parent = index
        kept.isChanged = false
        new.append(kept)
      } else {
        try body(part, index, &new)
      }
    }
    return new
  }

  private mutating func finishStage(
    _ kind: TokenizationExplanation.Stage.Kind, _ name: String, _ summary: String, _ new: [Part]
  ) {
    let hasEffect =
      new.count != parts.count || new.contains(where: \.isChanged)
      || zip(new, parts).contains { $0.token != $1.token }
    parts = new
    result.stages.append(
      .init(
        kind: kind, name: name, summary: summary,
        parts: new.map { part in
          .init(
            text: part.text.withBytes { Array($0) }, source: part.source, parent: part.parent, token: part.token,
            isChanged: part.isChanged, rule: part.rule)
        }, hasEffect: hasEffect))
  }
}

/// Whether parts of a rewritten text differ from the bytes they came from. Parts are asked about front to back.
private struct SourceComparison {
  private let old: AlignedText
  private var at = 0

  init(_ old: AlignedText) { self.old = old }

  mutating func differs(_ new: AlignedText, _ source: Range<Int>) -> Bool {
    while at < old.count, old.source(at..<(at + 1)).lowerBound < source.lowerBound { at += 1 }
    var end = at
    while end < old.count, old.source(end..<(end + 1)).upperBound <= source.upperBound { end += 1 }
    return !old.withBytes { old in new.withBytes { $0.elementsEqual(old[at..<end]) } }
  }
}

extension Range<Int> {
  fileprivate func moved(by distance: Int) -> Range<Int> { (lowerBound + distance)..<(upperBound + distance) }
}
