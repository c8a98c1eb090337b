/// Small operations on path text.
package enum Paths {
  /// "model" of "/a/model.gguf".
  package static func stem(_ path: String) -> String {
    let last = lastComponent(path)
    guard let dot = last.lastIndex(of: "."), dot != last.startIndex else { return last }
    return String(last[..<dot])
  }

  package static func lastComponent(_ path: String) -> String {
    var text = path[...]
    while text.count > 1, text.last == "/" { text.removeLast() }
    return String(text.split(separator: "/", omittingEmptySubsequences: true).last ?? text)
  }
}
