#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// The weights of a Hugging Face folder: model.safetensors, or shards named by model.safetensors.index.json; or one
/// .safetensors file by itself.
public final class SafeTensorsFolder: TensorSource {
  public let path: String
  public let tensors: [TensorView]
  /// Tensors of types that hold no weights here (indices, masks): name and type.
  public let otherTensors: [String: String]
  private let files: [SafeTensorsFile]
  private let index: [String: Int]

  /// - Parameter path: a folder or a .safetensors file.
  /// - Throws: ``FormatError``.
  public init(path: String) throws {
    self.path = path
    files = try Self.files(path)
    var tensors: [TensorView] = []
    var others: [String: String] = [:]
    var index: [String: Int] = [:]
    for file in files {
      for tensor in file.tensors {
        guard index.updateValue(tensors.count, forKey: tensor.name) == nil else {
          throw FormatError(file: file.file.path, place: "tensor \(tensor.name)", found: "it is in another shard too")
        }
        tensors.append(tensor)
      }
      others.merge(file.others) { first, _ in first }
    }
    self.tensors = tensors
    self.index = index
    otherTensors = others
  }

  public func tensor(named name: String) -> TensorView? { index[name].map { tensors[$0] } }

  public func checkUnchanged() throws { for file in files { try file.file.checkUnchanged() } }
  public func checkRead() throws { for file in files { try file.file.checkRead() } }

  private static func files(_ path: String) throws -> [SafeTensorsFile] {
    guard FileSystem.isFolder(path) else { return [try SafeTensorsFile(path: path)] }
    let single = path + "/model.safetensors"
    if FileSystem.exists(single) { return [try SafeTensorsFile(path: single)] }
    let indexPath = path + "/model.safetensors.index.json"
    guard FileSystem.exists(indexPath) else {
      let old = ["pytorch_model.bin", "pytorch_model.bin.index.json"].first { FileSystem.exists(path + "/" + $0) }
      throw FormatError(
        file: path, found: old.map { "weights only as \($0), which can hold program code" } ?? "no weights",
        expected: "model.safetensors or model.safetensors.index.json")
    }
    let json = try JSONFile.read(indexPath)
    guard let map = json["weight_map"]?.object else {
      throw FormatError(file: indexPath, place: "weight_map", found: "nothing", expected: "an object")
    }
    var names: [String: [String]] = [:]
    for (name, value) in map.members {
      guard let shard = value.string, !shard.isEmpty, shard != "..", !shard.contains("/"), !shard.contains("\0") else {
        throw FormatError(
          file: indexPath, place: "tensor \(name)", found: "a shard that is no plain file name",
          expected: "one beside it")
      }
      names[shard, default: []].append(name)
    }
    guard names.count <= 4096 else { throw FormatError(file: indexPath, found: "more than 4096 shards") }
    return try names.keys.sorted().map { shard in
      let file = try SafeTensorsFile(path: path + "/" + shard)
      let present = Set(file.tensors.map(\.name)).union(file.others.keys)
      if let missing = names[shard]?.first(where: { !present.contains($0) }) {
        throw FormatError(
          file: file.file.path, place: "tensor \(missing)", found: "it is missing, though the index names it here")
      }
      return file
    }
  }
}
