/// What the queue has to know of a hook.
public struct HookLimits: Equatable, Sendable {
  public var concurrency: Int
  public var ratePerMinute: Int
  public var retries: Int
  public var patience: Duration

  public init(_ declaration: HookDeclaration) {
    concurrency = max(1, declaration.concurrency)
    ratePerMinute = max(1, declaration.ratePerMinute)
    retries = max(0, declaration.retries)
    patience = declaration.patience
  }
}
