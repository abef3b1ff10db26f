import Telemetry

/// All that a rule file says.
public struct RuleSet: Equatable, Sendable {
  /// In the order of the file; each id once.
  public var rules: [AlertRule]
  /// In the order of the file; each name once.
  public var hooks: [HookDeclaration]
  /// In the order of the file; none of them mute in a circle.
  public var inhibitions: [Inhibition]
  /// In the order of the file.
  public var maintenance: [MaintenanceWindow]
  /// The gateway's own: who is called for a hook that keeps failing.
  public var hookFailing: AlertRule

  public init(
    rules: [AlertRule] = [], hooks: [HookDeclaration] = [], inhibitions: [Inhibition] = [],
    maintenance: [MaintenanceWindow] = [], hookFailing: AlertRule = .hookFailing()
  ) {
    self.rules = rules
    self.hooks = hooks
    self.inhibitions = inhibitions
    self.maintenance = maintenance
    self.hookFailing = hookFailing
  }

  /// One of the file's, or the gateway's own.
  public func rule(_ id: String) -> AlertRule? {
    id == hookFailing.id ? hookFailing : rules.first { $0.id == id }
  }
}

/// While an alert of one rule is open, those of others need no call: they follow from it.
public struct Inhibition: Hashable, Sendable {
  /// A rule.
  public var when: String
  /// Rules.
  public var mutes: [String]
  /// `device`, or names of tags, that both alerts have, with the same value. Empty: it mutes everywhere.
  public var same: [String]

  public init(when: String, mutes: [String], same: [String] = []) {
    (self.when, self.mutes, self.same) = (when, mutes, same)
  }
}
