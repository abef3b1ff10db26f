import Telemetry

/// How often something may be begun: at most so many times in any minute.
///
/// Stricter than a bucket of tokens, which lets twice as many pass in one minute: robots of chats that take 20 messages
/// a minute shut out who sends 21. It remembers as many moments as the limit.
struct RateWindow: Sendable {
  private static let span = Duration.seconds(60)

  private let limit: Int
  private var moments: [Timestamp] = []
  /// Where the oldest one stands, once the array has come round.
  private var oldest = 0

  init(perMinute limit: Int) {
    self.limit = max(1, limit)
  }

  /// From when on one more may be begun; nil for at any time.
  var freeAt: Timestamp? { moments.count < limit ? nil : moments[oldest] + Self.span }

  mutating func begin(at now: Timestamp) {
    guard moments.count == limit else {
      moments.append(now)
      return
    }
    moments[oldest] = now
    oldest = (oldest + 1) % limit
  }
}
