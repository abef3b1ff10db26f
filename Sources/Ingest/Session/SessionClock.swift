import Glibc
import Telemetry

/// The clocks of a session: one that only goes forward, for deadlines, and the machine's, for times of receipt.
public struct SessionClock: Sendable {
  /// Never goes back.
  public var now: @Sendable () -> ContinuousClock.Instant
  /// The time of day, which may be set.
  public var wall: @Sendable () -> Timestamp

  public init(
    now: @escaping @Sendable () -> ContinuousClock.Instant, wall: @escaping @Sendable () -> Timestamp
  ) {
    self.now = now
    self.wall = wall
  }

  /// Those of this machine.
  public static let machine = SessionClock(
    now: { .now },
    wall: {
      var time = timespec()
      clock_gettime(CLOCK_REALTIME, &time)
      return Timestamp(microseconds: Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1000)
    })
}
