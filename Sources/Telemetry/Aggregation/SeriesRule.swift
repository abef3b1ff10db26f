/// How the readings of one series are summarised: what its profile says of the metric, and what the configuration says
/// of windows.
public struct SeriesRule: Equatable, Sendable {
  public var kind: MetricKind
  /// How long a value is taken to last after its reading where nothing follows: 3 × the expected interval.
  public var holdMicroseconds: Int64
  /// Where a counter begins anew at zero after its greatest value; 0 where it has no such value.
  public var modulus: Double
  /// A reading of the same time and value as another of its series is the same one, sent again.
  public var dropsRepeats: Bool
  /// A sketch for quantiles is kept.
  public var wantsQuantiles: Bool
  /// A window's samples are kept for a while, so that a late one changes the figures as if it had come in time.
  public var keepsSamples: Bool

  /// How long a value lasts where the profile gives no interval: a day.
  public static let longestHoldMicroseconds: Int64 = 86_400_000_000
  /// A value lasts so many expected intervals.
  public static let intervalsHeld: Int64 = 3

  /// - Parameters:
  ///   - interval: how often the device is to report; nil where nobody knows.
  ///   - modulus: 0 or more.
  ///   - keepsSamples: false where no window keeps samples at all.
  public init(
    kind: MetricKind, interval: Duration? = nil, modulus: Double = 0, dropsRepeats: Bool = false,
    wantsQuantiles: Bool = false, keepsSamples: Bool = true
  ) {
    self.kind = kind
    holdMicroseconds = SeriesRule.hold(for: interval)
    self.modulus = modulus
    self.dropsRepeats = dropsRepeats
    self.wantsQuantiles = wantsQuantiles
    // The order of an event's readings changes nothing.
    self.keepsSamples = keepsSamples && (kind != .event || dropsRepeats)
  }

  private static func hold(for interval: Duration?) -> Int64 {
    guard let interval else { return longestHoldMicroseconds }
    let (hold, isTooLong) = interval.microseconds.multipliedReportingOverflow(by: intervalsHeld)
    return isTooLong ? longestHoldMicroseconds : Swift.min(hold, 366 * longestHoldMicroseconds)
  }
}
