import CKernels

/// Which codes and scales the rows of a ggml type are packed into, and where they lie.
struct QuantizedPacking {
  let type: TensorType
  let rows: Int
  let columns: Int
  private let codes: gbx_codes
  private let scales: gbx_scales
  private let zero: Int32
  private let codeStride: Int
  private let scaleStride: Int

  init(type: TensorType, rows: Int, columns: Int) {
    self.type = type
    self.rows = rows
    self.columns = columns
    switch type {
    case .q8_0, .f32, .f16, .bf16: (codes, scales, zero) = (GBX_CODES_8, GBX_SCALE, 128)
    case .q4_0: (codes, scales, zero) = (GBX_CODES_4, GBX_SCALE, 8)
    case .q4_1: (codes, scales, zero) = (GBX_CODES_4, GBX_SCALE_MIN, 0)
    case .q5_0: (codes, scales, zero) = (GBX_CODES_5, GBX_SCALE, 16)
    case .q5_1: (codes, scales, zero) = (GBX_CODES_5, GBX_SCALE_MIN, 0)
    case .q4_K: (codes, scales, zero) = (GBX_CODES_4, GBX_SUPER_MIN, 0)
    case .q5_K: (codes, scales, zero) = (GBX_CODES_5, GBX_SUPER_MIN, 0)
    case .q6_K: (codes, scales, zero) = (GBX_CODES_6, GBX_SUPER_HALF, 32)
    case .q3_K: (codes, scales, zero) = (GBX_CODES_4, GBX_SUPER_HALF, 4)
    case .q2_K: (codes, scales, zero) = (GBX_CODES_4, GBX_SUPER_HALF_MIN, 0)
    }
    codeStride = columns / 32 * gbx_code_bytes(codes)
    scaleStride = (columns / 32 * gbx_scale_bytes(scales) / gbx_scale_blocks(scales) + 63) / 64 * 64
  }

  private var panels: Int { (rows + 15) / 16 }

  var byteCount: Int { panels * (codeStride + scaleStride) }

  func matrix(at base: UnsafeMutablePointer<UInt8>) -> gbx_quantized_matrix {
    gbx_quantized_matrix(
      codes: codes, scales: scales, zero: zero, rows: rows, columns: columns, code_bytes: UnsafePointer(base),
      code_stride: codeStride, scale_bytes: UnsafePointer(base + panels * codeStride), scale_stride: scaleStride)
  }

  /// Packs rows 16·panel …, each given by the address of its ggml blocks; rows past the end become zeros.
  func pack(panel: Int, into base: UnsafeMutablePointer<UInt8>, row: (Int) -> UnsafeRawPointer?) {
    for r in 0..<min(16, rows - panel * 16) {
      guard let source = row(panel * 16 + r) else { continue }
      gbx_pack_row(
        type.rawValue, source, columns, r, base + panel * codeStride,
        base + panels * codeStride + panel * scaleStride)
    }
  }
}
