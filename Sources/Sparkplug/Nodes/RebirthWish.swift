import Telemetry

/// Why a node is to be born again, and when it is asked to: as long as no birth comes, less and less often.
struct RebirthWish {
  public private(set) var cause: RebirthCause
  private let dueAt: Timestamp
  private var askedAt: Timestamp?
  private var interval: Duration

  static let longestInterval = Duration.seconds(3600)

  /// - Parameters:
  ///   - dueAt: not before this.
  ///   - interval: between the first two requests; it doubles from there.
  init(_ cause: RebirthCause, dueAt: Timestamp, interval: Duration) {
    self.cause = cause
    self.dueAt = dueAt
    self.interval = interval
  }

  /// Whether to ask now; then it was asked.
  mutating func take(at now: Timestamp) -> Bool {
    guard let askedAt else {
      guard now >= dueAt else { return false }
      askedAt = now
      return true
    }
    // A clock that was set back must not silence it.
    guard now < askedAt || now - askedAt >= interval else { return false }
    self.askedAt = now
    interval = min(interval * 2, Self.longestInterval)
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
