import Ingest
import Synchronization
import Telemetry

/// Time that passes only where the simulation says so: a clock that only goes forward, and the machine's.
final class SimulatedTime: Sendable {
  private struct Clocks {
    var now: ContinuousClock.Instant
    var wall: Timestamp
  }

  private let clocks: Mutex<Clocks>

  init(wall: Timestamp) {
    clocks = Mutex(Clocks(now: .now, wall: wall))
  }

  var now: ContinuousClock.Instant { clocks.withLock { $0.now } }
  var wall: Timestamp { clocks.withLock { $0.wall } }

  func pass(_ duration: Duration) {
    clocks.withLock {
      $0.now += duration
      $0.wall = $0.wall + duration
    }
  }

  var sessionClock: SessionClock { SessionClock(now: { self.now }, wall: { self.wall }) }

  /// A clock by which everything takes a moment, so that what is timed ends.
  func tick() -> ContinuousClock.Instant {
    pass(.microseconds(500))
    return now
  }
}
