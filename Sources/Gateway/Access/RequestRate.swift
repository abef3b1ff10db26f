/// How many requests each token may make: a bucket that fills by so many a second, and holds those of two seconds.
struct RequestRate {
  private struct Bucket {
    var requests: Double
    var filledAt: ContinuousClock.Instant
  }

  private let perSecond: Double
  private var buckets: [String: Bucket] = [:]

  private static let seconds = 2.0

  init(perSecond: Int) {
    self.perSecond = Double(perSecond)
  }

  /// Takes one request from a token's bucket.
  ///
  /// - Returns: nil where there was one, else the whole seconds until there is one.
  mutating func take(_ token: String, at now: ContinuousClock.Instant) -> Int? {
    let full = perSecond * Self.seconds
    var bucket = buckets[token] ?? Bucket(requests: full, filledAt: now)
    bucket.requests = min(full, bucket.requests + (now - bucket.filledAt).seconds * perSecond)
    bucket.filledAt = now
    defer { buckets[token] = bucket }
    guard bucket.requests >= 1 else { return max(1, Int(((1 - bucket.requests) / perSecond).rounded(.up))) }
    bucket.requests -= 1
    return nil
  }
}
