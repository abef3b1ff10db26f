import Telemetry

/// How many readings the windows of a question were to bring, from the intervals of the devices' profiles.
///
/// A series is expected in every minute from the one in which its device was first seen; before that only where it has
/// a window after all, sent later. Only the time that has passed counts.
struct Expectation {
  private let now: Timestamp
  /// Where the expectation ends, in seconds since 1970: at the question's last minute, or now.
  let end: Int64

  init(now: Timestamp, spanEnd: Timestamp) {
    self.now = now
    let lastMinuteEnd = Timestamp(microseconds: spanEnd.microseconds + 59_999_999).minute
    end = min(lastMinuteEnd, now.seconds)
  }

  /// What a stored window changes in its group's expectation: the interval was another one when it was stored, or its
  /// device had not been seen by then.
  ///
  /// - Parameters:
  ///   - stored: what the window itself expects.
  ///   - start: the window's start, in seconds since 1970.
  ///   - interval: the series' interval today.
  ///   - seenAt: when its device was first seen.
  func correction(of stored: Double, start: Int64, interval: Duration?, seenAt: Timestamp?) -> Double {
    let length = WindowLength.minute.seconds
    let passed = Double(min(max(end - start, 0), length)) / Double(length)
    let today = interval.map { Double(length) / $0.seconds } ?? 0
    let counted = start >= seenAt?.minute ?? .max ? today : 0
    // A window that was stored before its interval was known counts by today's.
    return passed * ((stored > 0 ? stored : today) - counted)
  }
}
