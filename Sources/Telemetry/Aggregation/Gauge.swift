/// A level: a temperature, a battery.
///
/// Between two readings the first one's value lasts, at most as long as a value lasts; the time-weighted average is the
/// integral over that time, divided by it.
public enum Gauge {
  /// Value × seconds of a step.
  @inlinable
  static func integral(of value: Double, heldMicroseconds: Int64) -> Double {
    value * (Double(heldMicroseconds) / 1e6)
  }
}
