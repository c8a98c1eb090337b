import Core

/// Rows as token sequences, and what became of those that did not fit.
struct EncodedRows {
  var dataset = TokenDataset()
  /// Rows cut at the context, with something to learn before the cut.
  var cut = 0
  /// Rows left out because nothing to learn was left in them.
  var dropped = 0
  /// Rows left out because their template has no such conversation, with the first reason.
  var refused = 0
  var refusal: String?
  /// Of rows whose replies lie beyond the context: the least context that would reach one of them, and the greatest
  /// that would hold a row whole.
  private var nearest: Int?
  private var longest = 0

  /// Adds a row as one sequence.
  mutating func add(ids: [TokenID], labels: [TokenID]?, contextLength: Int) {
    longest = max(longest, ids.count)
    if dataset.appendRow(ids: ids, labels: labels, contextLength: contextLength) {
      if ids.count > contextLength { cut += 1 }
      return
    }
    dropped += 1
    let first = labels.map { $0.dropFirst().firstIndex { $0 >= 0 } } ?? (ids.count >= 2 ? 1 : nil)
    if let first { nearest = min(nearest ?? .max, first + 1) }
  }

  /// A conversation that a template refuses.
  mutating func refuse(_ reason: String) {
    refused += 1
    if refusal == nil { refusal = reason }
  }

  /// Why nothing is left.
  func reasonForNothing(contextLength: Int) -> String {
    if let nearest {
      return "no reply begins within context_length \(contextLength): the first lies at token \(nearest) of its row; "
        + "set context_length to \(nearest) or more (\(longest) holds the longest row)"
    }
    if refused > 0, let refusal { return "no conversation can be written in the model's template: \(refusal)" }
    if dropped > 0 { return "these \(count(dropped, "row")) hold nothing to learn (no reply of an assistant)" }
    return "these data give no sequence of two tokens or more to learn from"
  }
}
