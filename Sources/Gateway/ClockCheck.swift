import Glibc
import Logging
import Telemetry

/// Is the machine's clock behind what it has been? A machine without a battery for its clock boots in the past, and
/// would take every reading for one from the future until the network tells it the time.
struct ClockCheck {
  /// When the store was last written.
  let lastKnown: Timestamp
  var patience = Duration.seconds(60)
  var clock: () -> Timestamp = { .now }

  /// Waits for the clock to be put right.
  ///
  /// - Returns: false where it is still wrong in the end; then times of receipt limit no event time.
  func waitUntilRight(log: Logger) -> Bool {
    guard clock() < lastKnown else { return true }
    log.warning(
      "the clock says \(QueryTime.text(clock())), the store was written at \(QueryTime.text(lastKnown)): waiting for the clock"
    )
    let deadline = ContinuousClock.now + patience
    while ContinuousClock.now < deadline {
      if clock() >= lastKnown { return true }
      usleep(100_000)
    }
    log.error("the clock is still behind; going on without windows.future_limit")
    return false
  }
}
