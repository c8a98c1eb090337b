import CKernels

/// The input rows of linear layers, `[count, columns]` floats, with their int8 form made once and used by every matrix
/// they are multiplied with (q, k, v; gate, up). Not for use from two threads at once.
public final class Activations: @unchecked Sendable {
  public let columns: Int
  /// Rows that fit.
  public let capacity: Int
  /// Rows in use.
  public private(set) var count = 0

  /// Row t at `values + t · columns`. After writing through it, call ``setCount(_:)``.
  public let values: UnsafeMutablePointer<Float>
  private let storage: AlignedBuffer<Float>

  private let blocks: Int
  private let codes: AlignedBuffer<gbx_quantized_block>
  private var isQuantized = false
  /// Tiles of rows, k-major, for float products of many rows: made when first needed.
  private var tiles: AlignedBuffer<Float>?
  private var hasTiles = false

  /// - Throws: ``OutOfMemory``.
  public init(columns: Int, capacity: Int) throws {
    self.columns = columns
    self.capacity = max(1, capacity)
    storage = try AlignedBuffer(trying: self.capacity * columns)
    values = storage.pointer
    blocks = (columns + 31) / 32
    codes = try AlignedBuffer(trying: self.capacity * blocks)
  }

  /// Makes room for ``packedTiles(pool:)``, which else makes it itself.
  /// - Throws: ``OutOfMemory``.
  func reserveTiles() throws {
    let height = Kernels.current.table.pointee.tile_rows
    if tiles == nil { tiles = try AlignedBuffer(trying: (capacity + height - 1) / height * height * columns) }
  }

  /// Declares that rows 0 ..< count of ``values`` have been written.
  public func setCount(_ count: Int) {
    precondition(count >= 0 && count <= capacity)
    self.count = count
    isQuantized = false
    hasTiles = false
  }

  /// Copies `count` rows, `stride` elements apart.
  public func set(rows: UnsafePointer<Float>, stride: Int, count: Int) {
    setCount(count)
    for t in 0..<count { (values + t * columns).update(from: rows + t * stride, count: columns) }
  }

  /// Normalises `count` rows of a residual, `stride` elements apart, into ``values``, and quantises them in the same
  /// pass where `quantized`.
  public func setNormalized(
    rows: UnsafePointer<Float>, stride: Int, count: Int, kind: NormKind, weight: UnsafePointer<Float>,
    bias: UnsafePointer<Float>? = nil, weightOffset: Float, epsilon: Float, quantized: Bool, pool: ThreadPool
  ) {
    setCount(count)
    let table = Kernels.current.table
    pool.parallelFor(count, grain: max(1, 16_384 / columns)) { range in
      for t in range {
        let out = values + t * columns
        switch kind {
        case .rms: table.pointee.rms_norm(out, rows + t * stride, weight, weightOffset, epsilon, columns)
        case .layer: table.pointee.layer_norm(out, rows + t * stride, weight, bias, weightOffset, epsilon, columns)
        }
        if quantized { table.pointee.quantize_row(quantizedRow(t), out, columns) }
      }
    }
    isQuantized = quantized
  }

  /// Makes the int8 form, unless it is there already.
  public func quantize(pool: ThreadPool) {
    if isQuantized { return }
    let table = Kernels.current.table
    pool.parallelFor(count, grain: max(1, 16_384 / columns)) { range in
      for t in range { table.pointee.quantize_row(quantizedRow(t), values + t * columns, columns) }
    }
    isQuantized = true
  }

  /// Makes the int8 form of one row. Once that is done for all rows, say so with ``setQuantized()``.
  public func quantize(row t: Int) {
    Kernels.current.table.pointee.quantize_row(quantizedRow(t), values + t * columns, columns)
  }

  /// Declares that every row in use has its int8 form.
  public func setQuantized() { isQuantized = true }

  /// Rows packed as the A of a float product: rows t ..< t + tile_rows at `t · columns`, `[columns][tile_rows]`.
  func packedTiles(pool: ThreadPool) -> UnsafePointer<Float> {
    let table = Kernels.current.table
    let height = table.pointee.tile_rows
    if tiles == nil { tiles = AlignedBuffer(count: (capacity + height - 1) / height * height * columns) }
    let out = tiles.unsafelyUnwrapped.pointer
    if !hasTiles {
      pool.parallelFor((count + height - 1) / height, grain: max(1, 32_768 / (height * columns))) { range in
        let first = range.lowerBound * height
        table.pointee.pack_a(
          out + first * columns, values + first * columns, columns, 1, min(count, range.upperBound * height) - first,
          columns)
      }
      hasTiles = true
    }
    return UnsafePointer(out)
  }

  /// The blocks of rows from t on.
  func quantizedRow(_ t: Int) -> UnsafeMutablePointer<gbx_quantized_block> { codes.pointer + t * blocks }
}

extension MatrixProduct {
  /// y = x · Wᵀ for several matrices of the same inputs, in one parallel region: row t of product i goes to
  /// `outputs[i] + t · outputStrides[i]` (`matrices[i].rows` values).
  ///
  /// A value depends on its row of x and its row of W only: the same bits for any number of rows and threads.
  public static func multiply(
    _ x: Activations, by matrices: [PackedMatrix], into outputs: [UnsafeMutablePointer<Float>], outputStrides: [Int],
    pool: ThreadPool
  ) {
    precondition(matrices.count == outputs.count && matrices.count == outputStrides.count)
    let tokens = x.count
    guard tokens > 0 else { return }
    if matrices.contains(where: \.needsQuantizedActivations) { x.quantize(pool: pool) }
    // A row stride of a power of two would put a whole tile's rows into the same few lines of the first cache.
    let tiles =
      tokens > 4 && matrices.contains { !$0.needsQuantizedActivations }
      ? x.packedTiles(pool: pool) : nil
    var starts = [0]
    var bytes = 0
    for matrix in matrices {
      precondition(matrix.columns == x.columns)
      starts.append(starts[starts.count - 1] + matrix.panels)
      bytes += matrix.byteCount
    }
    let panels = starts[starts.count - 1]
    // Rows of x that stay in the second cache while panels pass.
    let tokenBlock = max(24, min(192, (1 << 18) / x.columns) / 24 * 24)
    let tokenBlocks = (tokens + tokenBlock - 1) / tokenBlock
    // Some 10 µs at least for a chunk: bytes to read for few rows, products for many.
    let cost = max(bytes / panels, panels == 0 ? 1 : min(tokens, tokenBlock) * x.columns / 4)
    let grain = max(1, (min(tokens, tokenBlock) == 1 ? 1 << 18 : 1 << 17) / max(cost, 1))
    pool.parallelFor(panels * tokenBlocks, grain: min(grain, max(1, panels / pool.threads))) { range in
      var task = range.lowerBound
      while task < range.upperBound {
        let block = task / panels
        let first = task % panels
        let i = starts.firstIndex { $0 > first }.unsafelyUnwrapped - 1
        let count = min(range.upperBound - task, starts[i + 1] - first)
        let t = block * tokenBlock
        multiply(
          x, tiles: tiles, from: t, count: min(tokenBlock, tokens - t), by: matrices[i], panel: first - starts[i],
          panels: count,
          into: outputs[i] + t * outputStrides[i], stride: outputStrides[i])
        task += count
      }
    }
  }

  private static func multiply(
    _ x: Activations, tiles: UnsafePointer<Float>?, from t: Int, count: Int, by matrix: PackedMatrix, panel: Int,
    panels: Int,
    into output: UnsafeMutablePointer<Float>, stride: Int
  ) {
    let table = Kernels.current.table
    if matrix.layout == .quantized {
      withUnsafePointer(to: matrix.quantized) { weights in
        table.pointee.multiply_quantized(output, stride, weights, panel, panel + panels, x.quantizedRow(t), count)
      }
      return
    }
    let element = matrix.layout == .f32 ? 4 : 2
    let width = 16 * matrix.columns
    let weights = matrix.storage.pointer + panel * width * element
    let rows = min(panels * 16, matrix.rows - panel * 16)
    if let tiles {
      table.pointee.multiply_packed(
        output + panel * 16, stride, tiles + t * x.columns, table.pointee.tile_rows * x.columns, weights,
        matrix.floatType, width, count, rows, matrix.columns, false)
    } else {
      table.pointee.multiply_rows(
        output + panel * 16, stride, x.values + t * x.columns, x.columns, weights, matrix.floatType, width, count,
        rows, matrix.columns, false)
    }
  }
}
