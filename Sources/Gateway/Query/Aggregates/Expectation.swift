import Telemetry

/// How many readings the windows of a question were to bring, from the intervals of the devices' profiles.
///
/// A series is expected in every minute from the one in which its device was first seen; before that only where it has
/// a window after all, sent later. Only the time that has passed counts.
struct Expectation {
  private let now: Timestamp
  /// Where the expectation ends, in seconds since 1970: at the question's last minute, or now.
  let end: Int64

  init(now: Timestamp, spanEnd: Int64) {
    self.now = now
    end = min(spanEnd, now.seconds)
  }

  /// What a stored window changes in its group's expectation: the interval was another one when it was stored, or its
  /// device had not been seen by then.
  ///
  /// - Parameters:
  ///   - state: a minute, or a longer window that knows how many minutes it was made from.
  ///   - start: the window's start, in seconds since 1970.
  ///   - length: of the stored window.
  ///   - interval: the series' interval today.
  ///   - seenAt: when its device was first seen.
  func correction(
    of state: WindowState, start: Int64, length: WindowLength, interval: Duration?, seenAt: Timestamp?
  ) -> Double {
    let minute = WindowLength.minute.seconds
    let today = interval.map { Double(minute) / $0.seconds } ?? 0
    let minutes = max(1, state.parts)
    let seen = seenAt?.minute ?? .max
    // Of a longer window nobody knows which minutes it was made from: the last ones.
    let counted = seen <= start ? minutes : min(minutes, max(0, (start + length.seconds - seen) / minute))
    let passed =
      length == .minute ? Double(min(max(end - start, 0), minute)) / Double(minute) : 1
    // A window that was stored before its interval was known counts by today's.
    let stored = state.expected > 0 ? state.expected : today * Double(minutes)
    return passed * (stored - today * Double(counted))
  }
}
