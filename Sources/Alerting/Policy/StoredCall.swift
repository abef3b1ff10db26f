import Telemetry

extension AlertCall {
  /// A call as the store has it.
  public init(
    stored id: AlertID, hook: String, kind: Kind, items: [Item], group: [String: String], due: Timestamp
  ) {
    (self.id, self.hook, self.kind, self.items, self.group, self.due) = (id, hook, kind, items, group, due)
  }
}

extension AlertCall.Item {
  /// An item as the store has it.
  public init(stored alert: AlertID, transition: AlertID, kind: AlertCall.Kind, step: Int) {
    (self.alert, self.transition, self.kind, self.step) = (alert, transition, kind, step)
  }
}

extension CalledAlert {
  /// An alert as the store has it; what is not given is set by the caller.
  public init(
    stored id: AlertID, key: AlertKey, tags: [String: String], phase: Phase, start: AlertID, startedAt: Timestamp,
    waiting: [String], called: [String]
  ) {
    (self.id, self.key, self.tags, self.phase) = (id, key, tags, phase)
    (self.start, self.startedAt) = (start, startedAt)
    (self.waiting, self.called) = (waiting, called)
  }
}
