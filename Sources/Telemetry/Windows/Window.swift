/// A half-open span of event time, `[start, start + length)`, aligned to 1970 UTC.
public struct WindowLength: Hashable, Sendable {
  public let seconds: Int64

  /// - Parameter seconds: more than 0.
  public init(seconds: Int64) {
    precondition(seconds > 0)
    self.seconds = seconds
  }

  public static let minute = WindowLength(seconds: 60)
  /// Of the zone's calendar: hours count from its midnights.
  public static let hour = WindowLength(seconds: 3600)
  /// A calendar day of the zone, of 23 or 25 hours where clocks change.
  public static let day = WindowLength(seconds: 86400)

  /// `1m`, `1h`, `1d`; seconds for other lengths.
  public var name: String {
    switch self {
    case .minute: "1m"
    case .hour: "1h"
    case .day: "1d"
    default: "\(seconds)s"
    }
  }

  /// The start, in seconds since 1970, of the window that holds a moment.
  @inlinable
  public func start(of moment: Timestamp) -> Int64 {
    let second = moment.seconds
    let into = second % seconds
    return second - (into < 0 ? into + seconds : into)
  }
}

/// One window of one series.
public struct WindowKey: Hashable, Comparable, Sendable {
  /// Seconds since 1970.
  public var start: Int64
  public var series: SeriesID

  @inlinable
  public init(start: Int64, series: SeriesID) {
    self.start = start
    self.series = series
  }

  /// By start, then by series: the order of the store's key.
  @inlinable
  public static func < (left: WindowKey, right: WindowKey) -> Bool {
    (left.start, left.series) < (right.start, right.series)
  }
}
