import Glibc
import Telemetry

/// The time of calls: that of the wall at its start, which goes on evenly from there, so that a clock that is set makes
/// no call early or late.
struct HookClock: Sendable {
  private let begin = ContinuousClock.now
  private let wall = Self.wall

  var now: Timestamp { wall + (.now - begin) }

  /// The system's clock.
  static var wall: Timestamp {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return Timestamp(microseconds: Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1000)
  }
}
