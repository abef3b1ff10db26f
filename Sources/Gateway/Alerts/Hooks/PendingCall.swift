import Storage

/// A call that is to be made, and what it tells.
struct PendingCall: Sendable {
  let record: HookCallRecord
  /// Of each of its items the alert, as it was behind the transition that is told.
  let alerts: [AlertRecord]

  init(record: HookCallRecord, alerts: [AlertRecord]) {
    self.record = record
    self.alerts = alerts
  }

  /// A call of the store. Of an alert whose transition was let go it tells how the alert stands now.
  init(_ record: HookCallRecord, _ snapshot: StoreSnapshot) throws {
    self.record = record
    alerts = try record.call.items.compactMap { item in
      guard let alert = try snapshot.alert(item.alert) else { return nil }
      return try snapshot.transition(item.transition).map(alert.behind) ?? alert
    }
  }
}
