import Glibc
import Telemetry

/// The tide of Quanzhou bay, of its four largest parts: a function of time alone.
///
/// Source: periods of the constituents M2, S2, K1 and O1 (Doodson 1921); their heights are of the size that they have on
/// the coast of Fujian, their phases are not those of any day.
enum Tide {
  private static let constituents: [(hours: Double, metres: Double)] = [
    (12.4206012, 1.9), (12, 0.55), (23.9344696, 0.3), (25.8193417, 0.25),
  ]

  /// Above mean sea level.
  static func metres(at time: Timestamp) -> Double {
    sum(at: time) { metres, phase, _ in metres * cos(phase) }
  }

  /// How fast the sea rises; below zero at ebb.
  static func metresPerHour(at time: Timestamp) -> Double {
    sum(at: time) { metres, phase, hours in -metres * sin(phase) * 2 * .pi / hours }
  }

  private static func sum(
    at time: Timestamp, _ part: (_ metres: Double, _ phase: Double, _ hours: Double) -> Double
  ) -> Double {
    let now = Double(time.seconds) / 3600
    return constituents.reduce(0) { $0 + part($1.metres, now / $1.hours * 2 * .pi, $1.hours) }
  }
}
