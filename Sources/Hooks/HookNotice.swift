import Telemetry

/// What the runner of hooks tells its owner, who writes it down.
public enum HookNotice: Equatable, Sendable {
  /// What follows from the end of a try.
  public enum Next: Equatable, Sendable {
    case done
    /// Not before this.
    case tryAgain(at: Timestamp)
    case givenUp
  }

  case ended(id: String, hook: String, tries: HookTries, outcome: HookOutcome, next: Next)
  /// It was not tried (again), and never will be: its hook is gone.
  case dropped(id: String, hook: String, failure: HookFailure)
  /// The runner has stopped before it was done. It is to be added again at the next start.
  case notDone(id: String, hook: String, tries: HookTries)
  /// A hook keeps failing; said once, and then `recovered`.
  case failing(hook: String, since: Timestamp, failure: HookFailure)
  case recovered(hook: String)
}
