import CKernels

/// Products of floats with packed weights, for training over frozen weights: every value of the weights takes part as
/// a float, whatever the layout, and nothing is packed again where panels are floats already.
extension MatrixProduct {
  /// C[m, rows] (+)= A[m, columns] · Wᵀ, rows of A `aRow` apart.
  public static func multiply(
    m: Int, a: UnsafePointer<Float>, aRow: Int, by matrix: PackedMatrix, c: UnsafeMutablePointer<Float>, cRow: Int,
    accumulate: Bool = false, pool: ThreadPool
  ) {
    guard m > 0 else { return }
    let table = Kernels.current.table
    let height = table.pointee.tile_rows
    let k = matrix.columns
    // All of A as tiles once; every task then reads them with its own panels.
    let tiles = ThreadScratch.floats((m + height - 1) / height * height * k, .packedPanels)
    pool.parallelFor((m + height - 1) / height, grain: max(1, 32_768 / (height * k))) { range in
      let first = range.lowerBound * height
      table.pointee.pack_a(tiles + first * k, a + first * aRow, aRow, 1, min(m, range.upperBound * height) - first, k)
    }
    let step = table.pointee.tile_panels
    let units = (matrix.panels + step - 1) / step
    pool.parallelFor(units, grain: max(1, 1_000_000 / (2 * m * k * 16 * step))) { range in
      for unit in range {
        let panel = unit * step
        let count = min(step, matrix.panels - panel)
        let columns = min(count * 16, matrix.rows - panel * 16)
        if matrix.layout == .quantized {
          let floats = ThreadScratch.floats(count * 16 * k, .packedRows)
          for p in 0..<count { matrix.unpack(panel: panel + p, into: floats + p * 16 * k) }
          table.pointee.multiply_packed(
            c + panel * 16, cRow, tiles, height * k, floats, GBX_F32, 16 * k, m, columns, k, accumulate)
        } else {
          let bytes = matrix.layout == .f32 ? 4 : 2
          table.pointee.multiply_packed(
            c + panel * 16, cRow, tiles, height * k, matrix.storage.pointer + panel * 16 * k * bytes,
            matrix.floatType, 16 * k, m, columns, k, accumulate)
        }
      }
    }
  }

  /// C[m, columns] (+)= A[m, rows] · W, rows of A `aRow` apart: the gradient of the inputs from that of the outputs.
  public static func multiplyUntransposed(
    m: Int, a: UnsafePointer<Float>, aRow: Int, by matrix: PackedMatrix, c: UnsafeMutablePointer<Float>, cRow: Int,
    accumulate: Bool = false, pool: ThreadPool
  ) {
    guard m > 0 else { return }
    let table = Kernels.current.table
    let n = matrix.columns
    let outPanels = (n + 15) / 16
    let rowBlock = blockOfRows(m, tile: table.pointee.tile_rows)
    // As many panels of 16 rows of W at a time as stay in the outer cache, turned into panels of 16 columns.
    let block = max(16, min(matrix.panels, (1 << 20) / (16 * n)))
    let packed = ThreadScratch.floats(outPanels * 16 * block * 16, .packedPanels)
    for first in stride(from: 0, to: matrix.panels, by: block) {
      let count = min(block, matrix.panels - first)
      let k = min(count * 16, matrix.rows - first * 16)
      let depth = block * 16
      pool.parallelFor(count, grain: max(1, 32_768 / (16 * n))) { range in
        let floats = ThreadScratch.floats(16 * n, .row)
        for p in range {
          var panel = UnsafePointer(floats)
          if let direct = matrix.floatPanels {
            panel = direct + (first + p) * 16 * n
          } else {
            matrix.unpack(panel: first + p, into: floats)
          }
          table.pointee.pack_b(packed + p * 256, panel, 1, 16, 16, n, depth * 16)
        }
      }
      let rowBlocks = (m + rowBlock - 1) / rowBlock
      let columnParts = max(1, min(outPanels / 4, 4 * pool.threads / rowBlocks))
      pool.parallelFor(rowBlocks * columnParts) { range in
        for task in range {
          let i = task / columnParts * rowBlock
          let p0 = outPanels * (task % columnParts) / columnParts
          let p1 = outPanels * (task % columnParts + 1) / columnParts
          multiplyRows(
            table, rows: min(rowBlock, m - i), k: k, a: a + i * aRow + first * 16, aRow: aRow, aColumn: 1,
            panels: packed + p0 * depth * 16, panelStride: depth * 16, columns: min(n, p1 * 16) - p0 * 16,
            c: c + i * cRow + p0 * 16, cRow: cRow, accumulate: accumulate || first > 0)
        }
      }
    }
  }
}
