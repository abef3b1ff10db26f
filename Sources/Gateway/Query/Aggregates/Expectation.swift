import Storage
import Telemetry

/// How many readings the windows of a question were to bring, from the intervals of the devices' profiles.
///
/// A series is expected in every minute from the one in which its device was first seen; before that only where it has
/// a window after all, sent later. Only the time that has passed counts.
struct Expectation {
  /// Where the expectation ends, in seconds since 1970: at the question's last minute, or now.
  let end: Int64
  /// By the place of the series in the question.
  private let series: [Series]

  private struct Series {
    /// Readings a minute, by today's interval; 0 where nobody knows.
    let perMinute: Double
    /// The minute in which its device was first seen, in seconds since 1970.
    let seenFrom: Int64
  }

  init(now: Timestamp, spanEnd: Int64, _ records: [SeriesRecord], _ devices: [Int64: DeviceRecord]) {
    end = min(spanEnd, now.seconds)
    series = records.map { record in
      Series(
        perMinute: record.interval.map { 60 / $0.seconds } ?? 0,
        seenFrom: devices[record.deviceID].map { WindowLength.minute.start(of: $0.firstSeenAt) } ?? .max)
    }
  }

  /// Readings a second that a series is to send from the minute in which its device was first seen, on; nil where nobody
  /// knows.
  func standing(of place: Int) -> (perSecond: Double, from: Int64)? {
    let series = series[place]
    return series.perMinute > 0 ? (series.perMinute / 60, series.seenFrom) : nil
  }

  /// What a stored window changes in its group's expectation: the interval was another one when it was stored, or its
  /// device had not been seen by then.
  ///
  /// - Parameters:
  ///   - state: a minute, or a longer window that knows how many minutes it was made from.
  ///   - start: the window's start, in seconds since 1970.
  ///   - length: of the stored window.
  @inline(__always)
  func correction(of state: WindowState, start: Int64, length: WindowLength, place: Int) -> Double {
    let minute = WindowLength.minute.seconds
    let today = series[place].perMinute
    let seen = series[place].seenFrom
    let minutes = max(1, state.parts)
    // Of a longer window nobody knows which minutes it was made from: the last ones.
    let counted = seen <= start ? minutes : min(minutes, max(0, (start + length.seconds - seen) / minute))
    let passed = length == .minute ? Double(min(max(end - start, 0), minute)) / Double(minute) : 1
    // A window that was stored before its interval was known counts by today's.
    let stored = state.expected > 0 ? state.expected : today * Double(minutes)
    return passed * (stored - today * Double(counted))
  }
}
