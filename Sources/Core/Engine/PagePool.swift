import Synchronization

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// How keys and values are kept in memory.
public enum CacheType: String, Sendable, Codable, CaseIterable {
  case f16, f32

  public var bytes: Int { self == .f16 ? 2 : 4 }
}

/// What one page of the cache looks like: ``tokens`` tokens of every layer, each layer's keys and then its values in
/// the arrangement that the attention kernels read (`gbx_attention.h`).
public struct PageLayout: Sendable, Equatable {
  /// Tokens of a page.
  public static let tokens = AttentionKernel.pageTokens

  public struct Layer: Sendable, Equatable {
    public var heads: Int
    public var headDimension: Int
    /// Bytes from the page's start to the layer's keys, and to its values.
    public var keyOffset: Int
    public var valueOffset: Int
  }

  public let type: CacheType
  public let layers: [Layer]
  /// Bytes of a page.
  public let pageBytes: Int

  /// - Parameter layers: key-value heads and head dimension of each layer.
  public init(type: CacheType, layers: [(heads: Int, headDimension: Int)]) {
    self.type = type
    var offset = 0
    self.layers = layers.map {
      let kernel = AttentionKernel(
        heads: $0.heads, keyValueHeads: $0.heads, headDimension: $0.headDimension, scale: 1, half: type == .f16)
      let values = offset + kernel.keyBytes
      defer { offset = values + kernel.valueBytes }
      return Layer(heads: $0.heads, headDimension: $0.headDimension, keyOffset: offset, valueOffset: values)
    }
    pageBytes = offset
  }

  /// The layout of a plan's attention steps.
  public init(_ plan: BlockPlan, type: CacheType) {
    var layers = [(heads: Int, headDimension: Int)]()
    for step in plan.steps {
      switch step {
      case .attention(let a), .parallel(let a, _): layers.append((a.keyValueHeads, a.headDimension))
      case .mlp: break
      }
    }
    self.init(type: type, layers: layers)
  }

  /// Bytes that a sequence of so many tokens takes.
  public func byteCount(tokens: Int) -> Int {
    (tokens + PageLayout.tokens - 1) / PageLayout.tokens * pageBytes
  }
}

/// Memory of the pages of one engine. Pages that nobody holds any more are kept for the next taker, so that decoding
/// allocates nothing in the long run. Safe to use from any thread.
public final class PagePool: Sendable {
  /// What the pool holds, in bytes and pages.
  public struct Usage: Sendable, Equatable {
    public var pagesInUse = 0
    public var pagesFree = 0
    public var byteCount = 0
  }

  private struct State: @unchecked Sendable {
    var free: [UnsafeMutableRawPointer] = []
    var inUse = 0
  }

  public let layout: PageLayout
  private let state = Mutex(State())

  public init(layout: PageLayout) { self.layout = layout }

  deinit {
    state.withLock { s in
      for pointer in s.free { release(pointer) }
    }
  }

  public var usage: Usage {
    state.withLock {
      Usage(
        pagesInUse: $0.inUse, pagesFree: $0.free.count, byteCount: ($0.inUse + $0.free.count) * layout.pageBytes)
    }
  }

  /// Gives memory of unused pages back to the system.
  public func trim() {
    let unused = state.withLock { s in
      defer { s.free = [] }
      return Unchecked(s.free)
    }
    for pointer in unused.value { release(pointer) }
  }

  /// - Throws: ``OutOfMemory``.
  func take(epoch: UInt64) throws -> Page {
    let recycled = state.withLock { s in
      s.inUse += 1
      return Unchecked(s.free.popLast())
    }
    var fresh: UnsafeMutableRawPointer?
    if recycled.value == nil, posix_memalign(&fresh, 64, max(64, layout.pageBytes)) != 0 { fresh = nil }
    guard let pointer = recycled.value ?? fresh else {
      state.withLock { $0.inUse -= 1 }
      throw OutOfMemory(bytes: layout.pageBytes, purpose: "keys and values of \(PageLayout.tokens) more tokens")
    }
    // Attention reads whole pages and weighs what it must not see with zero: stale bits must not be NaN.
    pointer.initializeMemory(as: UInt8.self, repeating: 0, count: layout.pageBytes)
    return Page(pool: self, pointer: pointer, epoch: epoch)
  }

  fileprivate func give(_ pointer: UnsafeMutableRawPointer) {
    let wrapped = Unchecked(pointer)
    state.withLock { s in
      s.inUse -= 1
      s.free.append(wrapped.value)
    }
  }
}

/// A value that the caller vouches for.
struct Unchecked<Value>: @unchecked Sendable {
  let value: Value
  init(_ value: Value) { self.value = value }
}

/// Keys and values of up to 32 tokens, in every layer, as one set of weights computed them. Reference counted: branches
/// of a conversation share the pages of what they have in common.
final class Page {
  let pool: PagePool
  let pointer: UnsafeMutableRawPointer
  /// The ``WeightStore/epoch`` that computed it.
  let epoch: UInt64

  fileprivate init(pool: PagePool, pointer: UnsafeMutableRawPointer, epoch: UInt64) {
    self.pool = pool
    self.pointer = pointer
    self.epoch = epoch
  }

  deinit { pool.give(pointer) }

  /// A page of its own with the same contents.
  func copy() throws -> Page {
    let page = try pool.take(epoch: epoch)
    page.pointer.copyMemory(from: pointer, byteCount: pool.layout.pageBytes)
    return page
  }
}

/// `free(3)`, under a name that the pool's own `free` does not hide.
private func release(_ pointer: UnsafeMutableRawPointer) { free(pointer) }
