import Telemetry

extension Account {
  public var deadLettered: Int64 { outcomes.filter { $0.key.word == "dead-lettered" }.values.reduce(0, +) }

  /// Those that were recognised as sent again.
  public var duplicates: Int64 { outcomes.filter { $0.key.word == "duplicate" }.values.reduce(0, +) }
}
