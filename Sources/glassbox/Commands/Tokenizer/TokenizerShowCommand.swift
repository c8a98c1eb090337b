import ArgumentParser
import Core

struct TokenizerShowCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "show", abstract: "What a tokenizer is made of, and what is in its vocabulary.",
    discussion: """
      --search takes what the vocabulary browser takes: text, ^prefix, =whole token, /pattern/, hex:e29681, id:5-90, \
      kind:special, script:Han, len:12-20 (bytes); \\n, \\t and \\xE2 stand for bytes.

      --unreachable lists the tokens that no text becomes: those the model itself makes other tokens of, those the stages \
      before it always change or cut, and those whose bytes are no UTF-8. Special and reserved tokens do not count.
      """)

  @OptionGroup var source: TokenizerOptions
  @Option(help: "Look for tokens.") var search: String?
  @Option(help: "Show all about one token.") var id: Int?
  @Flag(help: "List tokens that no text becomes.") var unreachable = false
  @Flag(help: "List tokens that stand for the same bytes.") var duplicates = false
  @Option(help: "How many tokens to list at the most (0: all).") var limit = 40
  @Flag(help: "Print one JSON object.") var json = false

  func validate() throws {
    let asked = [search != nil, id != nil, unreachable, duplicates].count { $0 }
    guard asked <= 1 else {
      throw ValidationError("Only one of --search, --id, --unreachable and --duplicates can be asked at a time.")
    }
    guard limit >= 0 else { throw ValidationError("--limit is \(limit); it counts tokens from 0 (all).") }
  }

  private var most: Int { limit == 0 ? .max : limit }

  func run() throws {
    let tokenizer = try source.load()
    if let id { return try show(id, tokenizer) }
    let index = VocabularyIndex(tokenizer)
    if let search {
      let found: VocabularyMatches
      do {
        found = try index.search(index.query(search), most: most)
      } catch let error as VocabularyQuery.QueryError {
        throw InputError(error.description)
      }
      return list(found, index)
    }
    if duplicates { return list(index.duplicates(), index) }
    if unreachable { return listUnreachable(tokenizer) }
    let report = TokenizerReport(summary: TokenizerSummary(tokenizer), index: index)
    if json {
      print { report.write(to: &$0) }
    } else {
      StandardOutput.write(report.text)
    }
  }

  private func print(_ body: (inout JSON.Writer) -> Void) {
    var writer = JSON.Writer()
    body(&writer)
    StandardOutput.write(writer.bytes)
    StandardOutput.write("\n")
  }

  // MARK: - One token

  private func show(_ id: Int, _ tokenizer: any Tokenizer) throws {
    guard id >= 0, id < tokenizer.vocabularySize else {
      throw InputError("Id \(id) is outside the vocabulary of \(tokenizer.vocabularySize) tokens.")
    }
    let card = TokenCard(TokenID(id), of: tokenizer)
    if json {
      print { TokenizerReport.write(card, to: &$0) }
    } else {
      StandardOutput.write(TokenizerReport.text(of: card, tokenizer))
    }
  }

  // MARK: - Lists

  private func list(_ found: VocabularyMatches, _ index: VocabularyIndex) {
    if json {
      return print { writer in
        writer.object { writer in
          writer.member("total", .int(found.total))
          writer.member("tokens") { $0.array(found.ids) { TokenizerReport.write($1, index, to: &$0) } }
        }
      }
    }
    let rows = found.ids.map { id in
      [
        String(id), Inert.line(index.tokenizer.token(of: id) ?? ""), TokenText.quoted(index.bytes(of: id)),
        index.kind(of: id).rawValue,
      ]
    }
    StandardOutput.write(TokenText.table(rows, right: [0]))
    StandardOutput.write(
      found.total == found.ids.count
        ? "\(TokenText.grouped(found.total)) found\n"
        : "\(TokenText.grouped(found.total)) found, the first \(found.ids.count) shown (--limit 0 shows all)\n")
  }

  private func list(_ groups: [[TokenID]], _ index: VocabularyIndex) {
    if json {
      return print { $0.object { $0.member("groups") { $0.array(groups) { $0.write(.ids($1)) } } } }
    }
    for group in groups.prefix(most) {
      let tokens = group.map { "\($0) \(Inert.line(index.tokenizer.token(of: $0) ?? ""))" }.joined(separator: "   ")
      StandardOutput.write("\(TokenText.quoted(index.bytes(of: group[0])))   \(tokens)\n")
    }
    StandardOutput.write("\(TokenText.grouped(groups.count)) groups of tokens with the same bytes\n")
  }

  private func listUnreachable(_ tokenizer: any Tokenizer) {
    let found = ReachabilityCheck(tokenizer).checkAll() ?? []
    if json {
      return print { writer in
        writer.object { writer in
          writer.member("total", .int(found.count))
          writer.member("tokens") { writer in
            writer.array(found) { writer, token in
              writer.object { writer in
                writer.member("id", .int(Int(token.id)))
                writer.member("token", .string(tokenizer.token(of: token.id) ?? ""))
                writer.member("reason", .string(token.reason.rawValue))
                writer.member("instead", .ids(token.instead))
              }
            }
          }
        }
      }
    }
    let rows = found.prefix(most).map { token in
      [String(token.id), Inert.line(tokenizer.token(of: token.id) ?? ""), TokenizerReport.words(token, tokenizer)]
    }
    StandardOutput.write(TokenText.table(rows, right: [0]))
    let shown = found.count > most ? ", the first \(most) shown (--limit 0 shows all)" : ""
    StandardOutput.write(
      "\(TokenText.grouped(found.count)) of \(TokenText.grouped(tokenizer.vocabularySize)) tokens cannot come from a text\(shown)\n"
    )
  }
}
