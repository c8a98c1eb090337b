import CKernels

/// A weight matrix `[rows, columns]` of a linear layer (y = x · Wᵀ), repacked once at load into panels of 16 rows so
/// that one lane computes one output. Immutable, shared freely.
public final class PackedMatrix: @unchecked Sendable {
  /// How panels are stored.
  public enum Layout: Sendable, Equatable {
    /// Float panels: element (row r, column k) of panel p at `[p · columns · 16 + k · 16 + r]`.
    case f32, f16, bf16
    /// Integer codes with scales per block of columns (gbx_quantized.h).
    case quantized
  }

  public let rows: Int
  public let columns: Int
  public let layout: Layout
  /// What the values were stored as before packing.
  public let type: TensorType
  /// Bytes held in memory.
  public let byteCount: Int

  let storage: AlignedBuffer<UInt8>
  /// Valid while `storage` lives.
  let quantized: gbx_quantized_matrix

  /// Packs rows in parallel.
  ///
  /// - Parameters:
  ///   - exact: every value as float, whatever the type: products are then those of float32 arithmetic.
  ///   - region: where the memory is cut from; matrices of one model share one.
  ///   - rawRow: the bytes of row r as `type` stores them, or nil where rows are only available as floats (a transposed
  ///     or converted tensor). Called from several threads.
  ///   - readRow: row r as floats. Called from several threads.
  /// - Throws: ``OutOfMemory``.
  public init(
    rows: Int, columns: Int, type: TensorType, exact: Bool = false, pool: ThreadPool,
    region: MemoryRegion? = nil, rawRow: (Int) -> UnsafeRawPointer?, readRow: (Int, UnsafeMutablePointer<Float>) -> Void
  ) throws {
    precondition(rows > 0 && columns > 0)
    self.rows = rows
    self.columns = columns
    self.type = type
    let panels = (rows + 15) / 16
    let isRaw = rawRow(0) != nil
    let half = type == .f16 || type == .bf16
    let isQuantized = !exact && isRaw && type.blockSize > 1 && columns % type.blockSize == 0
    layout = isQuantized ? .quantized : exact || !half || !isRaw ? .f32 : type == .f16 ? .f16 : .bf16
    if isQuantized {
      let packing = QuantizedPacking(type: type, rows: rows, columns: columns)
      let storage = try Self.memory(packing.byteCount, region)
      pool.parallelFor(panels) { range in
        for panel in range { packing.pack(panel: panel, into: storage.pointer) { rawRow($0) } }
      }
      self.storage = storage
      quantized = packing.matrix(at: storage.pointer)
    } else {
      let element = layout == .f32 ? 4 : 2
      let storage = try Self.memory(panels * 16 * columns * element, region)
      let table = Kernels.current.table
      let layout = self.layout
      pool.parallelFor(panels) { range in
        for panel in range {
          let count = min(16, rows - panel * 16)
          if layout == .f32 {
            let lines = ThreadScratch.floats(16 * columns, .row)
            for r in 0..<count { readRow(panel * 16 + r, lines + r * columns) }
            let out = UnsafeMutableRawPointer(storage.pointer).assumingMemoryBound(to: Float.self)
            // Rows of W are columns of B = Wᵀ.
            table.pointee.pack_b(out + panel * 16 * columns, lines, 1, columns, columns, count, columns * 16)
          } else {
            let out = UnsafeMutableRawPointer(storage.pointer).assumingMemoryBound(to: UInt16.self)
            for r in 0..<count {
              guard let source = rawRow(panel * 16 + r) else { continue }
              var place = out + panel * 16 * columns + r
              for k in 0..<columns {
                place.pointee = source.loadUnaligned(fromByteOffset: 2 * k, as: UInt16.self)
                place += 16
              }
            }
          }
        }
      }
      self.storage = storage
      quantized = gbx_quantized_matrix()
    }
    byteCount = storage.count
  }

  /// From float rows, `rowStride` elements apart.
  public convenience init(
    values: UnsafePointer<Float>, rows: Int, columns: Int, rowStride: Int? = nil, pool: ThreadPool,
    region: MemoryRegion? = nil
  ) throws {
    let stride = rowStride ?? columns
    try self.init(
      rows: rows, columns: columns, type: .f32, exact: true, pool: pool, region: region,
      rawRow: { UnsafeRawPointer(values + $0 * stride) },
      readRow: { $1.update(from: values + $0 * stride, count: columns) })
  }

  private static func memory(_ bytes: Int, _ region: MemoryRegion?) throws -> AlignedBuffer<UInt8> {
    try region.map { try AlignedBuffer(count: bytes, from: $0) } ?? AlignedBuffer(trying: bytes)
  }

  /// Number of panels of 16 rows, the last one padded with zeros.
  public var panels: Int { (rows + 15) / 16 }

  /// Whether products with this matrix need the activations' integer form.
  public var needsQuantizedActivations: Bool { layout == .quantized }

  /// The float panels, where the layout has them: the pre-packed B of a float product.
  public var floatPanels: UnsafePointer<Float>? {
    layout == .f32 ? UnsafeRawPointer(storage.pointer).assumingMemoryBound(to: Float.self) : nil
  }

  var floatType: gbx_float_type { layout == .f16 ? GBX_F16 : layout == .bf16 ? GBX_BF16 : GBX_F32 }

  /// One row as floats, `columns` values.
  public func dequantizeRow(_ row: Int, into values: UnsafeMutablePointer<Float>) {
    precondition(row >= 0 && row < rows)
    let panel = ThreadScratch.floats(16 * columns, .row)
    unpack(panel: row / 16, into: panel)
    for k in 0..<columns { values[k] = panel[k * 16 + row % 16] }
  }

  /// Panel p as float panel `[columns][16]`, for products that mix it with gradients.
  public func unpack(panel p: Int, into out: UnsafeMutablePointer<Float>) {
    precondition(p >= 0 && p < panels)
    let count = 16 * columns
    let raw = UnsafeRawPointer(storage.pointer)
    let table = Kernels.current.table
    switch layout {
    case .f32: out.update(from: raw.assumingMemoryBound(to: Float.self) + p * count, count: count)
    case .f16: table.pointee.f32_from_f16(out, raw.assumingMemoryBound(to: UInt16.self) + p * count, count)
    case .bf16: table.pointee.f32_from_bf16(out, raw.assumingMemoryBound(to: UInt16.self) + p * count, count)
    case .quantized: withUnsafePointer(to: quantized) { table.pointee.unpack_quantized(out, $0, p) }
    }
  }
}
