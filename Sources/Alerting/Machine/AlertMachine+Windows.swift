import Telemetry

/// Windows as inputs: each is one, by its start, whatever comes to be in it.
extension AlertMachine {
  /// Takes in what is said of a window.
  ///
  /// A growing window is heard only where it says yes. Each is judged closed at most once, and none that starts before
  /// one that was.
  ///
  /// - Parameters:
  ///   - start: of the window, in seconds since 1970.
  ///   - truth: unknown where nothing good came in it.
  ///   - value: of its figure.
  ///   - at: by the times of readings.
  public mutating func judge(
    windowStart start: Int64, _ truth: Truth, value: Double, isClosed: Bool, at: Timestamp, receivedAt: Timestamp
  ) -> Step? {
    guard !isOpen || start > turnedAt.seconds, isClosed || truth == .yes else { return nil }
    let cause = Cause.window(start: start)
    if truth != .unknown { self.value = value }
    // A growing window that says yes goes before all that ended before it began.
    turnedAt = Timestamp(seconds: isClosed ? start : start - 1)
    switch (truth, phase) {
    case (.yes, .ok), (.yes, .unknown), (.yes, .pending):
      return fire(cause, since: Timestamp(seconds: start), at: at, receivedAt: receivedAt)
    case (.yes, .lost):
      phase = .firing
      return step(.known, cause, at: at, receivedAt: receivedAt)
    case (.yes, _): return nil
    case (.no, _) where isOpen: return end(.resolved, cause, at: at, receivedAt: receivedAt)
    case (.no, _):
      phase = .ok
      return nil
    case (.unknown, _): return lose(cause, at: at, receivedAt: receivedAt)
    }
  }
}
