import Telemetry

/// Whether a hook keeps failing.
///
/// Invariants
/// - It is said to fail once, when so many calls in a row were given up, or a try fails and none was done for so long;
///   and to be well again once, by the first call that is done.
struct HookHealth: Sendable {
  private let givenUpLimit: Int
  private let spanLimit: Duration
  private var givenUpInRow = 0
  /// The first failure behind the last call that was done.
  private var failingSince: Timestamp?
  private var isSaid = false

  init(givenUpLimit: Int, spanLimit: Duration) {
    self.givenUpLimit = givenUpLimit
    self.spanLimit = spanLimit
  }

  /// - Returns: whether it is well again, and was said to fail.
  mutating func noteDone() -> Bool {
    defer {
      givenUpInRow = 0
      failingSince = nil
      isSaid = false
    }
    return isSaid
  }

  /// - Returns: since when it fails, where that is to be said now.
  mutating func noteFailure(isGivenUp: Bool, at now: Timestamp) -> Timestamp? {
    let since = failingSince ?? now
    failingSince = since
    if isGivenUp { givenUpInRow += 1 }
    guard !isSaid, givenUpInRow >= givenUpLimit || now - since >= spanLimit else { return nil }
    isSaid = true
    return since
  }
}
