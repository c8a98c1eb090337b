import Dispatch

extension DispatchQueue {
  /// `async`, on a thread whose stack may overflow without losing the terminal: see ``SignalStack``.
  public func work(_ body: @escaping @Sendable () -> Void) {
    async {
      SignalStack.ensure()
      body()
    }
  }
}
