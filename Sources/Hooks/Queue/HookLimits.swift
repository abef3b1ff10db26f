import Alerting

/// What the queue has to know of a hook.
public struct HookLimits: Equatable, Sendable {
  /// Tries at the same time, at least 1.
  public var concurrency: Int
  /// Tries in any minute, at least 1.
  public var ratePerMinute: Int
  /// Tries behind the first that may fail.
  public var retries: Int
  /// How long a call waits for a receiver that is not there.
  public var patience: Duration

  public init(_ declaration: HookDeclaration) {
    concurrency = max(1, declaration.concurrency)
    ratePerMinute = max(1, declaration.ratePerMinute)
    retries = max(0, declaration.retries)
    patience = declaration.patience
  }
}
