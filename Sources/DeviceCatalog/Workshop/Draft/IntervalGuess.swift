import Telemetry

/// How often a device reports.
enum IntervalGuess {
  private static let usual: [(seconds: Double, text: String)] = [
    (1, "1s"), (2, "2s"), (5, "5s"), (10, "10s"), (15, "15s"), (20, "20s"), (30, "30s"), (60, "1m"), (120, "2m"),
    (300, "5m"), (600, "10m"), (900, "15m"), (1800, "30m"), (3600, "1h"), (7200, "2h"), (21600, "6h"), (86400, "1d"),
  ]

  /// The usual interval that is nearest to the median step between times of one device; nil without two times.
  static func text(_ times: [Timestamp]) -> String? {
    let sorted = Set(times.map(\.microseconds)).sorted()
    let steps = zip(sorted, sorted.dropFirst()).map { Double($1 - $0) / 1e6 }.sorted()
    guard !steps.isEmpty else { return nil }
    let median = steps[steps.count / 2]
    return usual.min { abs($0.seconds / median - 1) < abs($1.seconds / median - 1) }?.text
  }
}
