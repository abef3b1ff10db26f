/// A total that only grows: a water meter, a kWh counter.
///
/// What it grew by between two readings is their difference. Where the second is smaller the counter began anew: at its
/// modulus, where the profile gives one and the way over it is the shorter one, and otherwise at zero, by a reset.
public enum Counter {
  /// - Parameter modulus: 0 for none.
  @inlinable
  package static func increase(from: Double, to: Double, modulus: Double) -> Double {
    if to >= from { return to - from }
    let overTheTop = to - from + modulus
    if modulus > 0, overTheTop >= 0, overTheTop <= modulus / 2 { return overTheTop }
    return Swift.max(to, 0)
  }

  /// What of a step belongs to a span of time: a share by time where the step is no longer than a value lasts. Over a
  /// longer silence nobody knows when the counter grew, and all of it counts where it was heard again.
  ///
  /// - Parameter span: microseconds since 1970.
  static func increase(of step: Step, in span: Range<Int64>, _ rule: SeriesRule) -> Double {
    let whole = increase(from: step.from.value, to: step.to.value, modulus: rule.modulus)
    let begin = step.from.time.microseconds
    let end = step.to.time.microseconds
    if end - begin > rule.holdMicroseconds || end == begin { return span.contains(end) ? whole : 0 }
    let shared = Swift.min(end, span.upperBound) - Swift.max(begin, span.lowerBound)
    return shared > 0 ? whole * (Double(shared) / Double(end - begin)) : 0
  }
}
