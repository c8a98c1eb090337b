import CKernels
import Synchronization

/// A model's weights as the engine multiplies with them: packed once, immutable, shared by everyone who needs them.
public final class WeightStore: @unchecked Sendable {
  public let plan: BlockPlan
  /// Unique to this set of weights within the process: pages remember which set computed them.
  public let epoch: UInt64
  /// Bytes held in memory (values that are read in place from the mapped file not counted).
  public let byteCount: Int

  /// What each of the plan's steps multiplies with.
  let products: [StepProducts]
  let headProduct: Product
  /// Where rows of embeddings are read from; nil: all is in memory.
  private let source: (any TensorSource)?
  private let vectors: [AlignedBuffer<Float>?]
  private let tables: [TokenTable?]

  /// Where rows of an embedding are read from.
  private enum TokenTable {
    case file(ParameterRows)
    case slab(AlignedBuffer<Float>)
  }

  private static let epochs = Atomic<UInt64>(1)

  /// Packs the weights of model files.
  /// - Parameter exact: products in float32 whatever the type of the weights.
  /// - Throws: ``FormatError`` where the files cannot be used, ``OutOfMemory``.
  public init(_ files: ModelFiles, exact: Bool = false, pool: ThreadPool) throws {
    plan = files.plan
    source = files.source
    epoch = Self.epochs.add(1, ordering: .relaxed).newValue
    var matrices = [PackedMatrix?](repeating: nil, count: plan.parameters.count)
    var vectors = [AlignedBuffer<Float>?](repeating: nil, count: plan.parameters.count)
    var tables = [TokenTable?](repeating: nil, count: plan.parameters.count)
    let multiplied = plan.productWeights
    let region = MemoryRegion()
    for (id, parameter) in plan.parameters.enumerated() {
      let rows = files.rows(of: id)
      if multiplied.contains(id) { matrices[id] = try Self.pack(rows, exact: exact, pool: pool, region: region) }
      switch parameter.role {
      case .embedding, .positionEmbedding: tables[id] = .file(rows)
      case .norm, .bias:
        let vector = try AlignedBuffer<Float>(trying: parameter.count)
        rows.read(row: 0, into: vector.pointer)
        vectors[id] = vector
      case .matrix: break
      }
    }
    products = plan.steps.map { StepProducts($0) { matrices[$0]! } }
    headProduct = Product([matrices[plan.head.weight]!])
    self.vectors = vectors
    self.tables = tables
    byteCount = Self.bytes(matrices, vectors, tables)
  }

  /// Copies the parameters of a run in training.
  /// - Parameter parameters: each parameter's values, row after row; read during the call only.
  /// - Throws: ``OutOfMemory``.
  public init(
    plan: BlockPlan, pool: ThreadPool, parameters: (ParameterID) -> UnsafeBufferPointer<Float>
  ) throws {
    self.plan = plan
    source = nil
    epoch = Self.epochs.add(1, ordering: .relaxed).newValue
    var matrices = [PackedMatrix?](repeating: nil, count: plan.parameters.count)
    var vectors = [AlignedBuffer<Float>?](repeating: nil, count: plan.parameters.count)
    var tables = [TokenTable?](repeating: nil, count: plan.parameters.count)
    let multiplied = plan.productWeights
    let region = MemoryRegion()
    for (id, parameter) in plan.parameters.enumerated() {
      let values = parameters(id)
      precondition(values.count == parameter.count, "\(parameter.name) has another number of values than the plan says")
      if multiplied.contains(id), let base = values.baseAddress {
        matrices[id] = try PackedMatrix(
          values: base, rows: parameter.shape[0], columns: parameter.shape[1], pool: pool, region: region)
      }
      switch parameter.role {
      case .matrix: break
      case .embedding, .positionEmbedding: tables[id] = .slab(try AlignedBuffer(copying: values))
      case .norm, .bias: vectors[id] = try AlignedBuffer(copying: values)
      }
    }
    products = plan.steps.map { StepProducts($0) { matrices[$0]! } }
    headProduct = Product([matrices[plan.head.weight]!])
    self.vectors = vectors
    self.tables = tables
    byteCount = Self.bytes(matrices, vectors, tables)
  }

  /// Some number of bytes that packing these files takes: no less than the matrices themselves.
  static func estimate(_ files: ModelFiles, exact: Bool) -> Int {
    files.plan.productWeights.reduce(0) { sum, id in
      let rows = files.rows(of: id)
      let bytes = exact ? 4 * rows.columns : rows.type.byteCount(of: rows.columns) ?? 4 * rows.columns
      return sum + rows.rows * bytes
    }
  }

  /// Packs one matrix, giving the file's pages back to the system behind the packing, so that a model never stands in
  /// memory twice. (Rows of embeddings that are looked up later are read again from the system's file cache.)
  private static func pack(_ rows: ParameterRows, exact: Bool, pool: ThreadPool, region: MemoryRegion)
    throws -> PackedMatrix
  {
    let rowBytes = rows.type.byteCount(of: rows.columns) ?? 0
    let behind = max(64, (1 << 20) / max(1, rowBytes) / 16 * 16)
    defer {
      if let first = rows.rawRow(0) { MemoryAdvice.release(first, rows.rows * rowBytes) }
    }
    return try PackedMatrix(
      rows: rows.rows, columns: rows.columns, type: rows.type, exact: exact, pool: pool, region: region,
      rawRow: { row in
        if row % behind == 0 && row >= behind, let start = rows.rawRow(row - behind) {
          MemoryAdvice.release(start, behind * rowBytes)
        }
        return rows.rawRow(row)
      }, readRow: { rows.read(row: $0, into: $1) })
  }

  /// - Throws: ``FormatError`` where rows were read that are no longer in the model's file.
  func checkRead() throws { try source?.checkRead() }

  /// A norm's weight or a bias.
  func vector(_ id: ParameterID) -> UnsafePointer<Float> { UnsafePointer(vectors[id]!.pointer) }

  /// Writes one row of an embedding as float32.
  public func readEmbedding(_ id: ParameterID, row: Int, into output: UnsafeMutablePointer<Float>) {
    switch tables[id]! {
    case .file(let rows):
      if let raw = rows.rawRow(row) {
        dequantize(type: rows.type, from: raw, count: rows.columns, into: output)
      } else {
        rows.read(row: row, into: output)
      }
    case .slab(let values):
      let columns = plan.parameters[id].shape[1]
      output.update(from: values.pointer + row * columns, count: columns)
    }
  }

  private static func bytes(
    _ matrices: [PackedMatrix?], _ vectors: [AlignedBuffer<Float>?], _ tables: [TokenTable?]
  ) -> Int {
    var bytes = matrices.reduce(0) { $0 + ($1?.byteCount ?? 0) }
    for vector in vectors { bytes += (vector?.count ?? 0) * 4 }
    for case .slab(let values) in tables { bytes += values.count * 4 }
    return bytes
  }
}

extension AlignedBuffer {
  convenience init(copying values: UnsafeBufferPointer<T>) throws {
    try self.init(trying: values.count)
    if let base = values.baseAddress { pointer.update(from: base, count: values.count) }
  }
}
