import Telemetry

/// Why a node is to be born again, and when it is asked to: as long as no birth comes, less and less often.
///
/// A node is not asked twice within the first interval, be there a birth between the requests or not: one whose births
/// leave something out would otherwise be born without end. A clock that was set back silences nothing.
struct RebirthWish {
  let cause: RebirthCause
  private let since: Timestamp
  private let patience: Duration
  private var interval: Duration
  private var isAsked = false

  static let longestInterval = Duration.seconds(3600)

  /// - Parameters:
  ///   - patience: from `since` to the first request.
  ///   - interval: between the first two requests; it doubles from there.
  init(_ cause: RebirthCause, since: Timestamp, patience: Duration, interval: Duration) {
    self.cause = cause
    self.since = since
    self.patience = patience
    self.interval = interval
  }

  /// Whether to ask now; then it was asked.
  ///
  /// - Parameter askedAt: when the node was asked last, for whatever cause.
  mutating func take(at now: Timestamp, askedAt: Timestamp?) -> Bool {
    guard now < since || now - since >= patience else { return false }
    if let askedAt, now >= askedAt, now - askedAt < interval { return false }
    if isAsked { interval = max(interval, min(interval * 2, Self.longestInterval)) }
    isAsked = true
    return true
  }
}

/// Why a node is asked for a new birth.
public enum RebirthCause: String, Sendable {
  /// Numbers of its messages are missing.
  case gap
  /// It sends data, and no birth of it is known or none since its death.
  case noBirth = "no-birth"
  /// It sends an alias that its births do not define.
  case alias
}
