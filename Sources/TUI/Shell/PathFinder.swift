import Core
import Trainer

/// Files and folders by what is typed of their path, and what they are.
package enum PathFinder {
  /// Candidates looked at and shown at most: folders can be enormous.
  private static let limit = 500

  /// What begins with the typed path, by name, a folder with a slash behind it. Names with a dot before them only where
  /// one is typed.
  package static func candidates(_ typed: String, for purpose: Picker.Purpose) -> [PathCandidate] {
    if typed == "~" || typed == ".." { return [PathCandidate(path: typed + "/", isTarget: false)] }
    guard let slash = typed.lastIndex(of: "/") else { return [] }
    let head = String(typed[...slash])
    let tail = typed[typed.index(after: slash)...]
    let folder = Disk.expanded(head)
    let names = Disk.names(in: folder, hidden: tail.hasPrefix(".")).filter { $0.hasPrefix(tail) }
    return names.prefix(limit).compactMap { name in
      let path = folder + name
      if Disk.isFolder(path) {
        let kind = kind(ofFolder: path, purpose)
        return PathCandidate(path: head + name + "/", detail: kind ?? "", isTarget: kind != nil)
      }
      guard let size = Disk.size(of: path) else { return nil }
      return PathCandidate(path: head + name, note: Figures.bytes(size))
    }
  }

  private static func kind(ofFolder path: String, _ purpose: Picker.Purpose) -> String? {
    let isRun = RunFolder(path).isRun
    switch purpose {
    case .run: return isRun ? "a run" : nil
    case .model: return Disk.exists(path + "/config.json") ? "a model" : isRun ? "a run" : nil
    default: return ModelFinder.hasTokenizer(path) ? "a tokenizer" : isRun ? "a run" : nil
    }
  }

  /// The path that opens what is typed.
  /// - Throws: one sentence where that is not what is wanted.
  package static func check(_ typed: String, for purpose: Picker.Purpose) throws -> String {
    var path = FileSystem.absolute(Disk.expanded(typed))
    while path.count > 1, path.hasSuffix("/") { path.removeLast() }
    guard Disk.exists(path) else { throw TerminalError("There is nothing at \(SafeText.clean(typed)).") }
    switch purpose {
    case .run: _ = try RunReader.check(path)
    case .model:
      path = try ModelRegistry.resolve(path)
      _ = try ModelFiles.open(path)
    default:
      path = try ModelRegistry.resolve(path)
      _ = try TokenizerLoader.load(path: path)
    }
    return path
  }
}

extension App {
  func listPaths(_ typed: String, _ purpose: Picker.Purpose) {
    let inbox = inbox
    WorkQueue.apart { inbox.send(.paths(PathFinder.candidates(typed, for: purpose), for: typed, purpose)) }
  }

  /// Looks first: a path that leads to nothing leaves what is there, and what was typed.
  func openPath(_ typed: String, _ purpose: Picker.Purpose) {
    let inbox = inbox
    WorkQueue.apart {
      do {
        inbox.send(.pathFound(typed, as: try PathFinder.check(typed, for: purpose), purpose))
      } catch {
        inbox.send(.pathRefused(typed, "\(error)", purpose))
      }
    }
  }
}
