import Alerting
import Storage
import Synchronization

/// How many alerts and calls there are, for metrics and for those who make the calls.
struct AlertStatus: Equatable, Sendable {
  /// By severity.
  var open: [Severity: Int] = [:]
  /// Since the gateway started, by kind.
  var transitions: [AlertTransition.Kind: Int64] = [:]
  /// That are to be made, or made again, by hook.
  var waitingCalls: [String: Int] = [:]
  /// Since the gateway started, by hook and how they ended.
  var calls: [HookEnd: Int64] = [:]
  /// Those of them that were never made, since too many waited, by hook.
  var crowdedCalls: [String: Int64] = [:]
  var silences = 0
}

/// How calls of a hook ended.
struct HookEnd: Hashable {
  var hook: String
  var state: HookCallRecord.State
}

/// Where the pipeline's thread shows how alerts stand, and which rules are in force; it waits for nobody who looks.
///
/// Invariants
/// - What it shows of calls is in the store.
final class AlertBoard: Sendable {
  private struct State {
    var rules = RuleSet()
    var status = AlertStatus()
    var wake: (@Sendable () -> Void)?
  }

  private let state = Mutex(State())

  /// - Parameter wake: called at once, and then where there are new calls, or other rules.
  func connect(wake: @escaping @Sendable () -> Void) {
    state.withLock { $0.wake = wake }
    wake()
  }

  /// The rules that calls come of from now on.
  func declare(_ rules: RuleSet) {
    let wake = state.withLock { state in
      state.rules = rules
      return state.wake
    }
    wake?()
  }

  /// - Parameter hasNewCalls: there are calls to be made that were not there before.
  func show(_ status: AlertStatus, hasNewCalls: Bool) {
    let wake = state.withLock { state in
      state.status = status
      return state.wake
    }
    if hasNewCalls { wake?() }
  }

  /// The rules in force. Calls in the store are of these, or of former ones.
  var rules: RuleSet { state.withLock { $0.rules } }

  var status: AlertStatus { state.withLock { $0.status } }
}
