import CKernels

/// Float matrix products. Every element of a result is one chain of fused multiply-adds over k, in order: the same
/// bits for one row or many, any number of threads, any blocking.
public enum MatrixProduct {
  /// C[m,n] = A[m,k] · B[k,n], added to what C holds where `accumulate`.
  ///
  /// Element (i, p) of A lies at `a[i·aRow + p·aColumn]`, (p, j) of B at `b[p·bRow + j·bColumn]` (so a transpose is a
  /// swap of strides), (i, j) of C at `c[i·cRow + j]`. C must not overlap A or B.
  public static func multiply(
    m: Int, n: Int, k: Int, a: UnsafePointer<Float>, aRow: Int, aColumn: Int, b: UnsafePointer<Float>, bRow: Int,
    bColumn: Int, c: UnsafeMutablePointer<Float>, cRow: Int, accumulate: Bool = false, pool: ThreadPool,
    kernels: Kernels = .current
  ) {
    guard m > 0, n > 0 else { return }
    let table = kernels.table
    // Panels of B for all of k, as many columns at a time as stay in the outer cache.
    let columnBlock = max(256, min(8192, (1 << 20) / max(k, 1)) / 256 * 256)
    let packed = ThreadScratch.floats((min(n, columnBlock) + 15) / 16 * 16 * max(k, 1), .packedPanels)
    let stride = k * 16
    for first in Swift.stride(from: 0, to: n, by: columnBlock) {
      let width = min(columnBlock, n - first)
      let panels = (width + 15) / 16
      pool.parallelFor(panels, grain: max(1, 16_384 / (stride + 1))) { range in
        let columns = min(width, range.upperBound * 16) - range.lowerBound * 16
        table.pointee.pack_b(
          packed + range.lowerBound * stride, b + (first + range.lowerBound * 16) * bColumn, bRow, bColumn, k, columns,
          stride)
      }
      let rowBlock = blockOfRows(m, tile: table.pointee.tile_rows)
      let rowBlocks = (m + rowBlock - 1) / rowBlock
      // Few rows: cut the columns as well, so that every thread has work.
      let columnParts = max(1, min(panels / 4, 4 * pool.threads / rowBlocks))
      let work = 2 * rowBlock * (width / columnParts + 1) * k
      pool.parallelFor(rowBlocks * columnParts, grain: max(1, 1_000_000 / max(work, 1))) { range in
        for task in range {
          let i = task / columnParts * rowBlock
          let part = task % columnParts
          let p0 = panels * part / columnParts
          let p1 = panels * (part + 1) / columnParts
          multiplyRows(
            table, rows: min(rowBlock, m - i), k: k, a: a + i * aRow, aRow: aRow, aColumn: aColumn,
            panels: packed + p0 * stride, panelStride: stride, columns: min(width, p1 * 16) - p0 * 16,
            c: c + i * cRow + first + p0 * 16,
            cRow: cRow, accumulate: accumulate)
        }
      }
    }
  }

  /// Rows that one task takes: their packed block of A (256 deep) stays in the second cache.
  static func blockOfRows(_ m: Int, tile: Int) -> Int {
    let most = max(tile, 144 / tile * tile)
    let blocks = (m + most - 1) / most
    return (((m + blocks - 1) / blocks) + tile - 1) / tile * tile
  }

  static func multiplyRows(
    _ table: UnsafePointer<gbx_kernels>, rows: Int, k: Int, a: UnsafePointer<Float>, aRow: Int, aColumn: Int,
    panels: UnsafePointer<Float>, panelStride: Int, columns: Int, c: UnsafeMutablePointer<Float>, cRow: Int,
    accumulate: Bool
  ) {
    let tile = table.pointee.tile_rows
    if aColumn == 1, rows <= tile || columns <= 32 {
      table.pointee.multiply_rows(c, cRow, a, aRow, panels, GBX_F32, panelStride, rows, columns, k, accumulate)
      return
    }
    let depth = 256
    let block = ThreadScratch.floats((rows + tile - 1) / tile * tile * depth, .packedRows)
    var p = 0
    repeat {
      let kc = min(depth, k - p)
      table.pointee.pack_a(block, a + p * aColumn, aRow, aColumn, rows, kc)
      table.pointee.multiply_packed(
        c, cRow, block, kc * tile, panels + p * 16, GBX_F32, panelStride, rows, columns, kc, accumulate || p > 0)
      p += kc
    } while p < k
  }
}
