/// How long to stay away after a failed connection: doubles from 1 s to 30 s, and half of it is left to chance, so that
/// a fleet of gateways does not come back in one moment.
struct Backoff {
  static let first = Duration.seconds(1)
  static let longest = Duration.seconds(30)

  private var failures = 0

  mutating func reset() {
    failures = 0
  }

  mutating func next(using random: inout some RandomNumberGenerator) -> Duration {
    let whole = min(Backoff.first * (1 << min(failures, 5)), Backoff.longest)
    failures += 1
    return whole * Double.random(in: 0.5...1, using: &random)
  }
}
