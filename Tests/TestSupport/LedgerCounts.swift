import Telemetry

extension Account {
  /// Those that were recognised as sent again.
  public var duplicates: Int64 { outcomes.filter { $0.key.word == "duplicate" }.values.reduce(0, +) }
}
