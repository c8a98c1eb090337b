import Core

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// The target that `FUZZ_TARGET` names; libFuzzer calls it with one input after the other.
private let target: FuzzTarget = {
  let name = getenv("FUZZ_TARGET").map { String(cString: $0) } ?? ""
  guard let target = FuzzTarget(rawValue: name) else {
    fputs("FUZZ_TARGET must be one of \(FuzzTarget.allCases.map(\.rawValue).joined(separator: ", ")).\n", stderr)
    exit(2)
  }
  return target
}()

/// Makes a seed: the cache file of a tokenizer.json. Asked for by run.sh before anything is fed.
@_cdecl("LLVMFuzzerInitialize")
public func initialize(_ count: UnsafeMutableRawPointer?, _ arguments: UnsafeMutableRawPointer?) -> CInt {
  guard let source = getenv("FUZZ_CACHE_OF"), let folder = getenv("FUZZ_CACHE_FOLDER") else { return 0 }
  let loaded = try? TokenizerCache.$ownFolder.withValue(String(cString: folder)) {
    try TokenizerLoader.load(path: String(cString: source))
  }
  TokenizerCache.finishWriting()
  exit(loaded == nil ? 2 : 0)
}

@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  target.run(Array(UnsafeBufferPointer(start: start, count: count)))
  return 0
}
