import CKernels

/// Causal attention of query rows over pages of keys and values (gbx_attention.h describes a page).
public struct AttentionKernel: Sendable {
  /// One sequence's rows in a batch.
  public struct Sequence {
    /// Row of its first token in the batch, how many tokens, and the first one's position.
    public var firstRow: Int
    public var count: Int
    public var position: Int
    /// Page base pointers of this layer, index = position / 32 from position 0, up to the last token's page. The keys
    /// and values of the tokens themselves are stored before. Pages wholly before the window are not read.
    public var keys: UnsafePointer<UnsafeRawPointer?>
    public var values: UnsafePointer<UnsafeRawPointer?>

    public init(
      firstRow: Int, count: Int, position: Int, keys: UnsafePointer<UnsafeRawPointer?>,
      values: UnsafePointer<UnsafeRawPointer?>
    ) {
      self.firstRow = firstRow
      self.count = count
      self.position = position
      self.keys = keys
      self.values = values
    }
  }

  /// Tokens of a page.
  public static let pageTokens = Int(GBX_PAGE_TOKENS)

  public let shape: gbx_attention_shape
  private let kernels: Kernels

  /// - Parameters:
  ///   - half: keys and values as f16 rather than f32.
  ///   - window: a token sees itself and the window − 1 before it; nil: all before it.
  public init(
    heads: Int, keyValueHeads: Int, headDimension: Int, scale: Float, softcap: Float? = nil, window: Int? = nil,
    half: Bool, kernels: Kernels = .current
  ) {
    precondition(heads > 0 && keyValueHeads > 0 && heads % keyValueHeads == 0 && headDimension > 0)
    shape = gbx_attention_shape(
      type: Int32(half ? GBX_F16.rawValue : GBX_F32.rawValue), heads: heads, kv_heads: keyValueHeads,
      head_dimension: headDimension, scale: scale, softcap: softcap ?? 0, window: window ?? 0)
    self.kernels = kernels
  }

  /// Bytes of one layer's keys, and values, of a page: 64-byte aligned, zero before first use.
  public var keyBytes: Int { withUnsafePointer(to: shape) { gbx_key_bytes($0) } }
  public var valueBytes: Int { withUnsafePointer(to: shape) { gbx_value_bytes($0) } }

  /// Stores one token's keys and values (`[keyValueHeads · headDimension]`, keys rotated) into slot position % 32 of
  /// its page.
  public func store(
    key: UnsafePointer<Float>, value: UnsafePointer<Float>, slot: Int, keys: UnsafeMutableRawPointer,
    values: UnsafeMutableRawPointer
  ) {
    precondition(slot >= 0 && slot < Self.pageTokens)
    withUnsafePointer(to: shape) { kernels.table.pointee.store_key_value($0, keys, values, slot, key, value) }
  }

  /// output = softmax(scale · q · Kᵀ) · V for each row and head: row r's queries at `queries + r · queryStride`
  /// (`[heads · headDimension]`), its result at `output + r · outputStride`.
  public func attend(
    queries: UnsafePointer<Float>, queryStride: Int, output: UnsafeMutablePointer<Float>, outputStride: Int,
    sequences: [Sequence], pool: ThreadPool
  ) {
    let spanTokens = Int(GBX_SPAN_PAGES) * Self.pageTokens
    let group = shape.heads / shape.kv_heads
    let width = gbx_padded(shape.head_dimension) + 2
    // A tile of tokens is a task; its spans are separate ones only where there are too few tiles for the threads.
    let tile = max(1, 24 / group)
    var tiles: [(sequence: Int, first: Int, count: Int)] = []
    var work = 0
    for (s, sequence) in sequences.enumerated() {
      for first in stride(from: 0, to: sequence.count, by: tile) {
        tiles.append((s, first, min(tile, sequence.count - first)))
      }
      let seen = sequence.position + sequence.count / 2 + 1
      work += sequence.count * (shape.window > 0 ? min(seen, shape.window) : seen)
    }
    guard !tiles.isEmpty else { return }
    func spans(_ t: (sequence: Int, first: Int, count: Int)) -> Range<Int> {
      let from = sequences[t.sequence].position + t.first
      let earliest = shape.window > 0 ? max(0, from - shape.window + 1) : 0
      return earliest / spanTokens..<(from + t.count - 1) / spanTokens + 1
    }
    func run(
      _ t: (sequence: Int, first: Int, count: Int), head: Int, span: Int, into partial: UnsafeMutablePointer<Float>
    ) {
      let sequence = sequences[t.sequence]
      var task = gbx_attention_span(
        kv_head: head, first_position: sequence.position + t.first, tokens: t.count,
        queries: queries + (sequence.firstRow + t.first) * queryStride, query_row: queryStride, keys: sequence.keys,
        values: sequence.values, span: span, partial: partial)
      withUnsafePointer(to: shape) { kernels.table.pointee.attend($0, &task) }
    }
    func finish(
      _ t: (sequence: Int, first: Int, count: Int), head: Int, count: Int, partials: UnsafeMutablePointer<Float>
    ) {
      let row = sequences[t.sequence].firstRow + t.first
      withUnsafePointer(to: shape) {
        gbx_attention_merge(
          $0, partials, count, t.count, output + row * outputStride + head * group * shape.head_dimension, outputStride)
      }
    }
    // About 10 µs for a chunk.
    let each = max(1, work / (tiles.count) * group * shape.head_dimension * 4)
    let grain = max(1, 400_000 / each)
    let longest = tiles.map { spans($0).count }.max() ?? 1
    if tiles.count * shape.kv_heads >= 2 * pool.threads || longest == 1 {
      pool.parallelFor(tiles.count * shape.kv_heads, grain: grain) { range in
        for task in range {
          let t = tiles[task / shape.kv_heads]
          let head = task % shape.kv_heads
          let spans = spans(t)
          let size = t.count * group * width
          let partials = ThreadScratch.floats(spans.count * size, .partials)
          for span in spans { run(t, head: head, span: span, into: partials + (span - spans.lowerBound) * size) }
          finish(t, head: head, count: spans.count, partials: partials)
        }
      }
      return
    }
    // Few tiles over a long context: spans in parallel, then the same merge in the same order.
    for t in tiles {
      let spans = spans(t)
      let size = t.count * group * width
      let partials = ThreadScratch.floats(shape.kv_heads * spans.count * size, .partials)
      pool.parallelFor(spans.count * shape.kv_heads) { range in
        for task in range {
          let head = task / spans.count
          run(t, head: head, span: spans.lowerBound + task % spans.count, into: partials + task * size)
        }
      }
      for head in 0..<shape.kv_heads {
        finish(t, head: head, count: spans.count, partials: partials + head * spans.count * size)
      }
    }
  }
}
