import Ingest
import Synchronization
import Telemetry

/// Time that passes only where the simulation says so: a clock that only goes forward, and the machine's.
final class SimulatedTime: Sendable {
  private struct Clocks {
    var now: ContinuousClock.Instant
    var wall: Timestamp
    /// How far the machine's clock is off.
    var error = Duration.zero
  }

  private let clocks: Mutex<Clocks>

  init(wall: Timestamp) {
    clocks = Mutex(Clocks(now: .now, wall: wall))
  }

  var now: ContinuousClock.Instant { clocks.withLock { $0.now } }
  /// What the clocks of devices say.
  var wall: Timestamp { clocks.withLock { $0.wall } }
  /// What the machine's clock says.
  var machineWall: Timestamp { clocks.withLock { $0.wall + $0.error } }

  func stepMachineClock(by step: Duration) {
    clocks.withLock { $0.error += step }
  }

  func setMachineClockRight() {
    clocks.withLock { $0.error = .zero }
  }

  func pass(_ duration: Duration) {
    clocks.withLock {
      $0.now += duration
      $0.wall = $0.wall + duration
    }
  }

  var sessionClock: SessionClock { SessionClock(now: { self.now }, wall: { self.machineWall }) }

  /// A clock by which everything takes a moment, so that what is timed ends.
  func tick() -> ContinuousClock.Instant {
    pass(.microseconds(500))
    return now
  }
}
