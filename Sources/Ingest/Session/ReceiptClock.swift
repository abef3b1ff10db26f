import Telemetry

/// Times of receipt, from a clock that may be set while the gateway runs.
///
/// A step is not believed at once: times go on by the clock that only goes forward, until the machine's clock comes
/// back, or has stood by its step for a minute. For a day from then on, and where it went back until the time is passed
/// that it had been, times of receipt are told as unsure, for nobody knows whether the clock was wrong before or is now.
public struct ReceiptClock {
  /// A time of receipt.
  struct Reading: Equatable {
    var time: Timestamp
    /// The clock was set not long ago.
    var isUnsure: Bool
  }

  /// What has just become of a step.
  public enum Event: Equatable, Sendable {
    case stepped(Duration)
    case cameBack
    case adopted(Duration)
  }

  /// Smaller differences are a clock that is being kept right.
  static let tolerance = Duration.seconds(1)
  static let patience = Duration.seconds(60)
  /// After a step that was believed.
  public static let unsureFor = Duration.seconds(86_400)

  private let clock: SessionClock
  /// Two times of one moment.
  private var anchor: (now: ContinuousClock.Instant, wall: Timestamp)
  private var steppedAt: ContinuousClock.Instant?
  private var unsureUntil: (now: ContinuousClock.Instant, wall: Timestamp)?
  private(set) var steps: Int64 = 0

  /// - Parameter wasSet: the clock was set not long before an earlier process ended.
  init(_ clock: SessionClock, wasSet: Bool = false) {
    self.clock = clock
    anchor = (clock.now(), clock.wall())
    if wasSet { unsureUntil = (anchor.now + Self.unsureFor, anchor.wall) }
  }

  /// - Parameter report: gets what has become of a step, before the first time that goes by it.
  mutating func read(_ report: (Event) -> Void = { _ in }) -> Reading {
    let (now, wall) = (clock.now(), clock.wall())
    let expected = anchor.wall + (now - anchor.now)
    let step = Duration.microseconds(wall.microseconds - expected.microseconds)
    if abs(step) <= Self.tolerance {
      anchor = (now, wall)
      if steppedAt != nil {
        steppedAt = nil
        report(.cameBack)
      }
      return Reading(time: wall, isUnsure: isUnsure(now, wall))
    }
    if steppedAt == nil {
      steppedAt = now
      steps += 1
      report(.stepped(step))
    }
    guard let since = steppedAt, now - since >= Self.patience else {
      return Reading(time: expected, isUnsure: isUnsure(now, expected))
    }
    anchor = (now, wall)
    steppedAt = nil
    unsureUntil = (now + Self.unsureFor, max(expected, unsureUntil?.wall ?? expected))
    report(.adopted(step))
    return Reading(time: wall, isUnsure: true)
  }

  private mutating func isUnsure(_ now: ContinuousClock.Instant, _ wall: Timestamp) -> Bool {
    guard let until = unsureUntil else { return false }
    if now < until.now || wall < until.wall { return true }
    unsureUntil = nil
    return false
  }
}

private func abs(_ duration: Duration) -> Duration { duration < .zero ? .zero - duration : duration }
