import Alerting
import Storage
import Synchronization
import Telemetry

/// A call that is in the store, and what it tells.
struct PendingCall: Sendable {
  let record: HookCallRecord
  /// As they were when it was written.
  let alerts: [AlertRecord]
}

/// How many alerts there are, for metrics.
struct AlertStatus: Equatable, Sendable {
  /// By severity.
  var open: [Severity: Int] = [:]
  /// Since the gateway started, by kind.
  var transitions: [AlertTransition.Kind: Int64] = [:]
  var waitingCalls = 0
  /// Since the gateway started, by hook and how they ended.
  var calls: [HookEnd: Int64] = [:]
  var silences = 0
}

/// How calls of a hook ended.
struct HookEnd: Hashable {
  var hook: String
  var state: HookCallRecord.State
}

/// Brings calls from the pipeline's thread to the hooks, which never holds it up.
final class HookOutbox: Sendable {
  private struct State {
    var calls: [PendingCall] = []
    var rules = RuleSet()
    var status = AlertStatus()
    var wake: (@Sendable () -> Void)?
  }

  private let state = Mutex(State())

  /// - Parameter wake: called where something has been put in.
  func connect(wake: @escaping @Sendable () -> Void) {
    let hasCalls = state.withLock { state in
      state.wake = wake
      return !state.calls.isEmpty
    }
    if hasCalls { wake() }
  }

  /// The rules that calls come of from now on, so that nobody is called by others.
  func declare(_ rules: RuleSet) { state.withLock { $0.rules = rules } }

  func put(_ calls: [PendingCall]) {
    guard !calls.isEmpty else { return }
    let wake = state.withLock { state in
      state.calls += calls
      return state.wake
    }
    wake?()
  }

  /// - Returns: what has come, and the rules that all of it is of, or of former ones.
  func take() -> (calls: [PendingCall], rules: RuleSet) {
    state.withLock { state in
      defer { state.calls = [] }
      return (state.calls, state.rules)
    }
  }

  func note(_ status: AlertStatus) { state.withLock { $0.status = status } }

  var status: AlertStatus { state.withLock { $0.status } }
}
