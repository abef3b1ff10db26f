import Telemetry

/// How long to wait before the next try: doubles from 1 s to 5 min, and the upper half of it is left to chance, so that
/// calls that failed in one moment do not come back in one.
enum CallBackoff {
  static let first = Duration.seconds(1)
  static let longest = Duration.seconds(300)

  /// - Parameters:
  ///   - failures: in a row, at least 1.
  ///   - chance: from 0.5 to 1.
  static func wait(behind failures: Int, chance: Double) -> Duration {
    let doublings = min(max(failures, 1) - 1, 20)
    return .microseconds(Int64((min(first * (1 << doublings), longest).seconds * 1e6 * chance).rounded()))
  }
}
