import Telemetry

/// Something that was asked of the gateway and changes what it has or does: who asked, for what, and what came of it.
///
/// Invariants
/// - It stands in the store, synced, before anything is changed; so whatever was changed is in it, through any stop.
/// - Where the outcome is missing the gateway stopped before it was written: what was asked for may have been done.
public struct AuditRecord: Equatable, Sendable {
  /// Counts up.
  public var id: Int64
  public var begunAt: Timestamp
  /// The token's name, or the user on the gateway's machine; nil where no tokens are asked for.
  public var caller: String?
  public var role: String
  /// Of the machine that asked; nil for a command on the gateway's own.
  public var address: String?
  /// What was asked for, such as `reload`.
  public var action: String
  /// With what, as a URL has it.
  public var parameters: String
  public var outcome: Outcome?

  /// How it ended.
  public struct Outcome: Equatable, Sendable {
    public var at: Timestamp
    /// False where it was refused, or failed.
    public var isDone: Bool
    /// What was answered.
    public var text: String

    public init(at: Timestamp, isDone: Bool, text: String) {
      self.at = at
      self.isDone = isDone
      self.text = text
    }
  }

  public init(
    id: Int64, begunAt: Timestamp, caller: String?, role: String, address: String?, action: String, parameters: String,
    outcome: Outcome? = nil
  ) {
    self.id = id
    self.begunAt = begunAt
    self.caller = caller
    self.role = role
    self.address = address
    self.action = action
    self.parameters = parameters
    self.outcome = outcome
  }
}
