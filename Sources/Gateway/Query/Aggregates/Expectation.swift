import Storage
import Telemetry

/// How many readings the windows of a question were to bring, from the intervals of the devices or of their profiles.
///
/// A series is expected in every minute from the one in which its device was first heard, or listed, until the one in
/// which it was taken out of the registry or replaced; elsewhere only where it has a window after all. Only the time that
/// has passed counts.
struct Expectation {
  /// Where the expectation ends, in seconds since 1970: at the question's last minute, or now.
  let end: Int64
  /// By the place of the series in the question.
  private let series: [Series]

  private struct Series {
    /// Readings a minute, by today's interval; 0 where nobody knows.
    let perMinute: Double
    /// Minutes in which it is expected, in seconds since 1970.
    let span: Range<Int64>
  }

  init(now: Timestamp, spanEnd: Int64, _ records: [SeriesRecord], _ devices: [Int64: DeviceRecord]) {
    end = min(spanEnd, now.seconds)
    series = records.map { record in
      Series(
        perMinute: record.interval.map { 60 / $0.seconds } ?? 0, span: Self.span(of: devices[record.deviceID]))
    }
  }

  private static func span(of device: DeviceRecord?) -> Range<Int64> {
    guard let from = device?.expectedFrom else { return Int64.max..<Int64.max }
    let start = WindowLength.minute.start(of: from)
    let end = device?.listing?.expectedUntil.map { WindowLength.minute.start(of: $0) } ?? .max
    return start..<max(start, end)
  }

  /// Readings a second that a series is to send, and when, as far as the question goes; nil where nobody knows.
  func standing(of place: Int) -> (perSecond: Double, span: Range<Int64>)? {
    let series = series[place]
    guard series.perMinute > 0 else { return nil }
    return (series.perMinute / 60, series.span.clamped(to: Int64.min..<end))
  }

  /// What a stored window changes in its group's expectation: the interval was another one when it was stored, or its
  /// device was not expected then.
  ///
  /// - Parameters:
  ///   - state: a minute, or a longer window that knows how many minutes it was made from.
  ///   - start: the window's start, in seconds since 1970.
  ///   - length: of the stored window.
  @inline(__always)
  func correction(of state: WindowState, start: Int64, length: WindowLength, place: Int) -> Double {
    let minute = WindowLength.minute.seconds
    let today = series[place].perMinute
    let span = series[place].span
    let minutes = max(1, state.parts)
    let isInside = span.lowerBound <= start && start + length.seconds <= span.upperBound
    // Of a longer window nobody knows which minutes it was made from: those in which it was expected.
    let counted =
      isInside ? minutes : min(minutes, Int64(span.clamped(to: start..<start + length.seconds).count) / minute)
    let passed = length == .minute ? Double(min(max(end - start, 0), minute)) / Double(minute) : 1
    // A window that was stored before its interval was known counts by today's.
    let stored = state.expected > 0 ? state.expected : today * Double(minutes)
    return passed * (stored - today * Double(counted))
  }
}
