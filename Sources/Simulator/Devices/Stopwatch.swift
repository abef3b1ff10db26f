import Telemetry

/// How much time went by between a device's messages.
struct Stopwatch {
  private var last: Timestamp?

  /// Since it was last asked; nothing the first time, and where the time goes back. Longer silences count as `most`.
  mutating func seconds(until now: Timestamp, atMost most: Double) -> Double {
    defer { last = now }
    guard let last, now > last else { return 0 }
    return min(most, (now - last).seconds)
  }

  /// The same in hours.
  mutating func hours(until now: Timestamp, atMost most: Double) -> Double {
    seconds(until: now, atMost: most * 3600) / 3600
  }
}
