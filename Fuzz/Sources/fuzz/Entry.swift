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
    stop("FUZZ_TARGET must be one of \(FuzzTarget.allCases.map(\.rawValue).joined(separator: ", ")).")
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

/// Ends the process with a sentence on standard error.
func stop(_ sentence: String) -> Never {
  let line = Array((sentence + "\n").utf8)
  _ = write(2, line, line.count)
  exit(2)
}

@_silgen_name("LLVMFuzzerRunDriver")
private func runDriver(
  _ count: UnsafeMutablePointer<CInt>,
  _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>>,
  _ body: @convention(c) (UnsafePointer<UInt8>?, Int) -> CInt
) -> CInt

/// What the package manager takes for `main` where the linker lets it.
@_cdecl("fuzz_main")
public func fuzzMain(_ count: CInt, _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>) -> CInt {
  var count = count
  var arguments = arguments
  return runDriver(&count, &arguments) { testOneInput($0, $1) }
}
