import Core

/// Explanations as JSON, as docs/tokenize-explain.md has it. Ranges are written `[from, to]`.
enum TokenExplanationJSON {
  /// Writes the members that `--explain` adds to an object that is open.
  static func writeMembers(
    of explanation: TokenizationExplanation, _ explainer: TokenizationExplainer, to writer: inout JSON.Writer
  ) {
    writer.member("explained_bytes", .int(explanation.explainedBytes))
    writer.member("stages") { writer in writer.array(explanation.stages) { write($1, to: &$0) } }
    writer.member("pieces") { writer in writer.array(explanation.pieces) { write($1, to: &$0) } }
    writer.member("borders") { writer in writer.array(explanation.tokens) { write($1.border, to: &$0) } }
    writer.member("words") { writer in
      writer.array(explanation.words) { writer, word in
        writer.object { writer in
          writeText(word.text, to: &writer)
          write("source", word.source, to: &writer)
          writer.member("piece", .int(word.piece))
          write("tokens", word.tokens, to: &writer)
          if let trace = explainer.trace(word.text) { writeMembers(of: trace, to: &writer) }
        }
      }
    }
  }

  private static func write(_ stage: TokenizationExplanation.Stage, to writer: inout JSON.Writer) {
    writer.object { writer in
      writer.member("kind", .string(stage.kind.rawValue))
      writer.member("name", .string(stage.name))
      writer.member("summary", .string(stage.summary))
      writer.member("has_effect", .bool(stage.hasEffect))
      writer.member("parts") { writer in
        writer.array(stage.parts) { writer, part in
          writer.object { writer in
            writeText(part.text, to: &writer)
            write("source", part.source, to: &writer)
            writer.member("parent", part.parent.map { .int($0) } ?? .null)
            if let id = part.token { writer.member("id", .int(Int(id))) }
            if part.isChanged { writer.member("changed", .bool(true)) }
            if let rule = part.rule { write("rule", rule, to: &writer) }
          }
        }
      }
    }
  }

  private static func write(_ piece: TokenizationExplanation.Piece, to writer: inout JSON.Writer) {
    writer.object { writer in
      writeText(piece.text, to: &writer)
      write("source", piece.source, to: &writer)
      write("tokens", piece.tokens, to: &writer)
      write("words", piece.words, to: &writer)
      writer.member("added_token", .bool(piece.isAddedToken))
      writer.member("border") { write(piece.border, to: &$0) }
    }
  }

  private static func write(_ reason: SplitReason, to writer: inout JSON.Writer) {
    writer.object { writer in
      writer.member("kind", .string(reason.kind.rawValue))
      writer.member("stage", reason.stage.map { .int($0) } ?? .null)
      if let rule = reason.before { write("before", rule, to: &writer) }
      if let rule = reason.after { write("after", rule, to: &writer) }
      writer.member("sentence", .string(reason.sentence))
    }
  }

  private static func write(_ name: String, _ rule: SplitRule, to writer: inout JSON.Writer) {
    writer.member(name) {
      $0.object { writer in
        writer.member("pattern", .string(rule.pattern))
        if let words = rule.words { writer.member("words", .string(words)) }
      }
    }
  }

  // MARK: - Traces

  private static func writeMembers(of trace: WordTrace, to writer: inout JSON.Writer) {
    switch trace.method {
    case .merges(let merges):
      writer.member("method", .string("merges"))
      writer.member("order", .string(merges.order.rawValue))
      writer.member("states") { writer in
        writer.array(merges.states) { writer, state in writer.array(state) { write($1, to: &$0) } }
      }
      writer.member("steps") { writer in
        writer.array(merges.steps) { writer, step in
          writer.object { writer in
            writer.member("candidates") { writer in writer.array(step.candidates) { write($1, to: &$0) } }
            writer.member("chosen", .int(step.chosen))
            writer.member("result") { write(step.result, to: &$0) }
          }
        }
      }
    case .longestMatch(let trace):
      writer.member("method", .string("longest_match"))
      writer.member("outcome", .string(trace.outcome.rawValue))
      writer.member("steps") { writer in
        writer.array(trace.steps) { writer, step in
          writer.object { writer in
            writer.member("start", .int(step.start))
            writer.member("tries") { writer in
              writer.array(step.tries) { writer, attempt in
                writer.object { writer in
                  writeText(attempt.text, to: &writer)
                  write("range", attempt.range, to: &writer)
                  writer.member("id", attempt.id.map { .int(Int($0)) } ?? .null)
                }
              }
            }
            writer.member("try_count", .int(step.tryCount))
          }
        }
      }
    case .lattice(let lattice):
      writer.member("method", .string("lattice"))
      writer.member("nodes", .array(lattice.nodes.map { .int($0) }))
      writer.member("edges") { writer in
        writer.array(lattice.edges) { writer, edge in
          writer.object { writer in
            writer.member("id", .int(Int(edge.id)))
            write("range", edge.range, to: &writer)
            writer.member("score", .double(edge.score))
            writer.member("best_through", .double(edge.bestThrough))
            if edge.isUnknown { writer.member("unknown", .bool(true)) }
          }
        }
      }
      writer.member("best") { write(lattice.best, to: &$0) }
      if let second = lattice.second { writer.member("second") { write(second, to: &$0) } }
      writer.member("gap", lattice.gap.map { .double($0) } ?? .null)
    case .lookup(let lookup):
      writer.member("method", .string("lookup"))
      writer.member("found", .bool(lookup.isFound))
      writer.member("sentence", .string(lookup.sentence))
    case .tooLong(let limit):
      writer.member("method", .string("too_long"))
      writer.member("limit", .int(limit))
    }
  }

  private static func write(_ symbol: TraceSymbol, to writer: inout JSON.Writer) {
    writer.object { writer in
      writer.member("id", symbol.id >= 0 ? .int(Int(symbol.id)) : .null)
      write("range", symbol.range, to: &writer)
      writer.member("kind", .string(symbol.kind.rawValue))
    }
  }

  private static func write(_ candidate: MergeTrace.Candidate, to writer: inout JSON.Writer) {
    writer.object { writer in
      writer.member("left", .int(candidate.left))
      writer.member("id", candidate.id.map { .int(Int($0)) } ?? .null)
      if let rank = candidate.rank { writer.member("rank", .int(rank)) }
      if let score = candidate.score { writer.member("score", .float(score)) }
    }
  }

  private static func write(_ path: LatticeTrace.Path, to writer: inout JSON.Writer) {
    writer.object { writer in
      writer.member("edges", .array(path.edges.map { .int($0) }))
      writer.member("score", .double(path.score))
    }
  }

  // MARK: - Small things

  static func write(_ name: String, _ range: Range<Int>, to writer: inout JSON.Writer) {
    writer.member(name, .array([.int(range.lowerBound), .int(range.upperBound)]))
  }

  /// Text; bytes that are no whole characters also in hexadecimal.
  static func writeText(_ bytes: some Collection<UInt8>, to writer: inout JSON.Writer) {
    let text = String(decoding: bytes, as: UTF8.self)
    writer.member("text", .string(text))
    if !text.utf8.elementsEqual(bytes) { writer.member("hex", .string(TokenText.hexadecimal(bytes))) }
  }
}
