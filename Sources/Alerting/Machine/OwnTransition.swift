import Telemetry

/// Alerts of the gateway about itself, which no reading makes.
extension AlertTransition {
  /// - Parameter since: since when it is so; with the key it tells one alert from others.
  public init(ownStart key: AlertKey, since: Timestamp, at now: Timestamp, tags: [String: String]) {
    self.init(own: .firing, key, since: since, at: now, tags: tags)
  }

  /// - Parameter isWithdrawn: nobody can know any more whether it is over.
  public init(
    ownEnd key: AlertKey, since: Timestamp, at now: Timestamp, tags: [String: String], isWithdrawn: Bool = false
  ) {
    self.init(own: isWithdrawn ? .withdrawn : .resolved, key, since: since, at: now, tags: tags)
  }

  private init(own kind: Kind, _ key: AlertKey, since: Timestamp, at now: Timestamp, tags: [String: String]) {
    let cause = Cause.deadline(since, of: 0)
    self.init(
      AlertMachine.Step(
        kind: kind, cause: cause, at: now, receivedAt: now, value: 0, firedBy: cause, since: since), of: key, unit: nil,
      tags: tags)
  }
}
