import Core

/// A tokenizer and its tokens as text and as JSON.
struct TokenizerReport {
  let summary: TokenizerSummary
  let index: VocabularyIndex
  private static let listed = 24

  // MARK: - Text

  var text: String {
    var text = "\(summary.name): \(summary.kind), \(TokenText.grouped(summary.vocabularySize)) tokens"
    if let merges = summary.merges { text += ", \(TokenText.grouped(merges)) merges" }
    text += "\n\nPipeline\n"
    for (number, stage) in summary.stages.enumerated() { text += "  \(number + 1). \(stage.name): \(stage.summary)\n" }
    text += "\nSpecial and added tokens\n" + specialText
    text +=
      "\nKinds: "
      + TokenKind.allCases.compactMap { kind in
        index.kindCounts[kind].map { "\(kind.rawValue) \(TokenText.grouped($0))" }
      }.joined(separator: ", ")
    text += "\n\nLength in bytes: \(Self.words(index.byteLengths))\n" + Self.bars(index.byteLengths)
    text += "Length in characters: \(Self.words(index.characterLengths))\n"
    text += "\nWritten in\n"
    let most = index.scripts.first?.tokens ?? 0
    text += TokenText.table(
      index.scripts.map { ["  " + $0.script, TokenText.grouped($0.tokens), Self.bar($0.tokens, of: most)] }, right: [1])
    text += "\nLongest tokens\n"
    for id in index.longest(8) { text += "  \(id)  \(TokenText.quoted(index.bytes(of: id)))\n" }
    return Inert.text(text)
  }

  private var specialText: String {
    guard !summary.specialTokens.isEmpty else { return "  none\n" }
    // Those with a role first; long lists of places kept free would hide them.
    let tokens = summary.specialTokens.filter { !$0.roles.isEmpty } + summary.specialTokens.filter { $0.roles.isEmpty }
    var text = TokenText.table(
      tokens.prefix(Self.listed).map { token in
        [
          "  " + String(token.id), token.written,
          token.roles.isEmpty ? token.kind.rawValue : token.roles.map(\.words).joined(separator: "; "),
        ]
      }, right: [0])
    if tokens.count > Self.listed { text += "  and \(TokenText.grouped(tokens.count - Self.listed)) more\n" }
    return text
  }

  private static func words(_ lengths: VocabularyIndex.LengthHistogram) -> String {
    "mean \(Figure.fixed(lengths.mean, 1)), median \(lengths.median), longest \(lengths.longest)"
  }

  private static func bar(_ count: Int, of most: Int) -> String {
    String(repeating: "█", count: most > 0 ? (count * 40 + most - 1) / most : 0)
  }

  private static func bars(_ lengths: VocabularyIndex.LengthHistogram) -> String {
    let shown = 24
    let most = lengths.counts.max() ?? 0
    var rows = lengths.counts.enumerated().prefix(shown).dropFirst().map { length, count in
      ["  \(length)", TokenText.grouped(count), bar(count, of: most)]
    }
    let rest = lengths.counts.dropFirst(shown).reduce(0, +)
    if rest > 0 { rows.append(["  \(shown)+", TokenText.grouped(rest), bar(rest, of: most)]) }
    while let last = rows.last, last[1] == "0" { rows.removeLast() }
    return TokenText.table(Array(rows), right: [0, 1])
  }

  static func words(_ token: UnreachableToken, _ tokenizer: any Tokenizer) -> String {
    let instead = token.instead.map { Inert.line(tokenizer.token(of: $0) ?? "\($0)") }.joined(separator: " ")
    return switch token.reason {
    case .notUTF8: "no text has these bytes"
    case .model: instead.isEmpty ? "the model has other tokens for it" : "the model makes \(instead)"
    case .stages: "the stages before the model give \(instead)"
    }
  }

  static func text(of card: TokenCard, _ tokenizer: any Tokenizer) -> String {
    func name(_ id: TokenID) -> String { "\(id) \(tokenizer.token(of: id) ?? "")" }
    var rows = [
      ["id", String(card.id)], ["written", card.written], ["text", TokenText.quoted(card.bytes)],
      ["bytes", "\(TokenText.hexadecimal(card.bytes)) (\(card.bytes.count))"], ["kind", card.kind.rawValue],
    ]
    if let characters = card.characters { rows.append(["characters", String(characters)]) }
    rows.append(["script", card.script])
    if !card.roles.isEmpty { rows.append(["role", card.roles.map(\.words).joined(separator: "; ")]) }
    if let merge = card.merge {
      rows.append(["merge", "\(name(merge.left)) + \(name(merge.right))" + (merge.rank.map { ", rank \($0)" } ?? "")])
    }
    if let rank = card.rank { rows.append(["rank", String(rank)]) }
    if let score = card.score { rows.append(["score", "\(Float(score))"]) }
    let isText = card.kind == .normal || card.kind == .byte
    if isText { rows.append(["reachable", card.unreachable.map { "no: " + words($0, tokenizer) } ?? "yes"]) }
    return TokenText.table(rows.map { $0.map { Inert.line($0) } }, right: [])
  }

  // MARK: - JSON

  func write(to writer: inout JSON.Writer) {
    writer.object { writer in
      writer.member("name", .string(summary.name))
      writer.member("kind", .string(summary.kind))
      writer.member("vocabulary_size", .int(summary.vocabularySize))
      writer.member("merges", summary.merges.map { .int($0) } ?? .null)
      writer.member("adds_bos", .bool(summary.addsBOS))
      writer.member("stages") { writer in
        writer.array(summary.stages) { writer, stage in
          writer.object {
            $0.member("kind", .string(stage.kind.rawValue))
            $0.member("name", .string(stage.name))
            $0.member("summary", .string(stage.summary))
          }
        }
      }
      writer.member("special_tokens") { writer in
        writer.array(summary.specialTokens) { writer, token in
          writer.object {
            $0.member("id", .int(Int(token.id)))
            $0.member("token", .string(token.written))
            $0.member("kind", .string(token.kind.rawValue))
            $0.member("roles", .array(token.roles.map { .string($0.rawValue) }))
          }
        }
      }
      writer.member("fill_in_the_middle") { writer in
        guard let fim = summary.fillInTheMiddle else { return writer.write(.null) }
        writer.object {
          $0.member("prefix", .int(Int(fim.prefix)))
          $0.member("suffix", .int(Int(fim.suffix)))
          $0.member("middle", .int(Int(fim.middle)))
        }
      }
      writer.member("kinds") { writer in
        writer.object { writer in
          for kind in TokenKind.allCases { writer.member(kind.rawValue, .int(index.kindCounts[kind] ?? 0)) }
        }
      }
      writer.member("byte_lengths") { Self.write(index.byteLengths, to: &$0) }
      writer.member("character_lengths") { Self.write(index.characterLengths, to: &$0) }
      writer.member("scripts") { writer in
        writer.object { writer in for count in index.scripts { writer.member(count.script, .int(count.tokens)) } }
      }
      writer.member("longest") { $0.array(index.longest(20)) { Self.write($1, index, to: &$0) } }
    }
  }

  private static func write(_ lengths: VocabularyIndex.LengthHistogram, to writer: inout JSON.Writer) {
    writer.object {
      $0.member("counts", .array(lengths.counts.map { .int($0) }))
      $0.member("mean", .double(lengths.mean))
      $0.member("median", .int(lengths.median))
      $0.member("longest", .int(lengths.longest))
    }
  }

  static func write(_ id: TokenID, _ index: VocabularyIndex, to writer: inout JSON.Writer) {
    writer.object { writer in
      writer.member("id", .int(Int(id)))
      writer.member("token", .string(index.tokenizer.token(of: id) ?? ""))
      TokenExplanationJSON.writeText(index.bytes(of: id), to: &writer)
      writer.member("kind", .string(index.kind(of: id).rawValue))
    }
  }

  static func write(_ card: TokenCard, to writer: inout JSON.Writer) {
    writer.object { writer in
      writer.member("id", .int(Int(card.id)))
      writer.member("token", .string(card.written))
      writer.member("bytes", .array(card.bytes.map { .int(Int($0)) }))
      writer.member("text", card.text.map { .string($0) } ?? .null)
      writer.member("kind", .string(card.kind.rawValue))
      writer.member("roles", .array(card.roles.map { .string($0.rawValue) }))
      writer.member("characters", card.characters.map { .int($0) } ?? .null)
      writer.member("script", .string(card.script))
      writer.member("merge") { writer in
        guard let merge = card.merge else { return writer.write(.null) }
        writer.object {
          $0.member("left", .int(Int(merge.left)))
          $0.member("right", .int(Int(merge.right)))
          $0.member("rank", merge.rank.map { .int($0) } ?? .null)
        }
      }
      writer.member("rank", card.rank.map { .int($0) } ?? .null)
      writer.member("score", card.score.map { .double($0) } ?? .null)
      writer.member("unreachable") { writer in
        guard let token = card.unreachable else { return writer.write(.null) }
        writer.object {
          $0.member("reason", .string(token.reason.rawValue))
          $0.member("instead", .ids(token.instead))
        }
      }
    }
  }
}
