extension ModelFiles {
  /// Refuses weights within the model's layers that nothing of its plan uses: biases, norms or scales that would be read
  /// over, and change what the model says.
  /// - Throws: ``FormatError`` naming the first.
  static func refuseUnused(_ source: any TensorSource, used: Set<String>, layers: Int) throws {
    let prefixes = Set(used.compactMap { layer(of: $0)?.prefix })
    for tensor in source.tensors where !used.contains(tensor.name) {
      guard let (prefix, number) = layer(of: tensor.name), prefixes.contains(prefix), number < layers else { continue }
      guard !harmless.contains(where: { tensor.name.hasSuffix($0) }) else { continue }
      throw FormatError(
        file: source.path, place: "tensor \(tensor.name)", found: "weights that a model of this kind has no use for",
        expected: "none; the file is of another kind of model than it says")
    }
  }

  /// Computed from the settings, and kept by old versions of transformers.
  private static let harmless = [".rotary_emb.inv_freq", ".attn.bias", ".attn.masked_bias"]

  /// "model.layers." and 3 of `model.layers.3.mlp.up_proj.weight`; nil outside layers.
  private static func layer(of name: String) -> (prefix: String, number: Int)? {
    let parts = name.split(separator: ".", omittingEmptySubsequences: false)
    guard let place = parts.firstIndex(where: { Int($0) != nil }), place > 0, let number = Int(parts[place]) else {
      return nil
    }
    return (parts[..<place].joined(separator: "."), number)
  }
}
