/// What a metric's values are, and so how they are summarised.
public enum MetricKind: String, CaseIterable, Sendable, Codable {
  /// A level: temperature, battery.
  case gauge
  /// A total that only grows and may reset: flow totaliser, kWh.
  case counter
  /// An amount that happened: kilograms tipped into a bin.
  case event
  /// One of a few names: MOVING, IDLE, CHARGING.
  case state
}
