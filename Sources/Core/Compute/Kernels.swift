import CKernels

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// One instruction set's table of numeric kernels (CKernels.h describes each entry).
public struct Kernels: @unchecked Sendable {
  public let table: UnsafePointer<gbx_kernels>

  public var name: String { String(cString: table.pointee.name) }
  public var isa: gbx_isa { table.pointee.isa }

  /// The best variant this processor runs. `GLASSBOX_ISA=portable|avx2|avx512|neon` asks for another one; a name that
  /// is unknown or that this processor cannot run is ignored.
  public static let current: Kernels = {
    let variants = available()
    if let wanted = getenv("GLASSBOX_ISA") {
      let name = String(cString: wanted)
      if let match = variants.first(where: { $0.name == name }) { return match }
    }
    return variants[variants.count - 1]
  }()

  /// Every variant this processor runs, the portable one first, the best last.
  public static func available() -> [Kernels] {
    [GBX_PORTABLE, GBX_NEON, GBX_AVX2, GBX_AVX512].compactMap { isa in
      gbx_kernels_for(isa).map { Kernels(table: $0) }
    }
  }
}

/// Values of `count` consecutive elements of a row stored as `type`, as ggml computes them. `count` must be a whole
/// number of blocks of the type, and `source` hold as many bytes as they take.
public func dequantize(
  type: TensorType, from source: UnsafeRawPointer, count: Int, into values: UnsafeMutablePointer<Float>
) {
  precondition(count >= 0 && count % type.blockSize == 0)
  let known = gbx_dequantize(type.rawValue, source, count, values)
  assert(known)
}

/// ggml's Q8_0: 34 bytes for every 32 values; `count` must be a multiple of 32.
public func quantizeQ8_0(
  _ values: UnsafePointer<Float>, count: Int, into bytes: UnsafeMutableRawPointer
) {
  precondition(count % 32 == 0)
  gbx_quantize_q8_0(values, count, bytes)
}
