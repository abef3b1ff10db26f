import Telemetry

/// One call of a hook: what it is told, and how often it was tried.
public struct HookCall: Equatable, Sendable {
  /// The same for each try, also behind a restart, so that a receiver can tell a repeat.
  public var id: String
  /// The name of the hook.
  public var hook: String
  /// When it was first due.
  public var since: Timestamp
  /// Those made so far.
  public var tries: HookTries
  /// Not before this; at most `HookQueue.longestWait` away is believed.
  public var notBefore: Timestamp?
  /// The event as JSON: a program's standard input, a webhook's body, what is published.
  public var document: [UInt8]
  /// Variables of a program's environment; those that do not begin with `GANGLION_` are left out.
  public var variables: [String: String]
  /// What the words of a topic stand for: rule, severity, device, state, site, …
  public var words: [String: String]
  /// For webhooks in Alertmanager's format.
  public var alerts: AlertGroup

  public init(
    id: String, hook: String, since: Timestamp, tries: HookTries = HookTries(), notBefore: Timestamp? = nil,
    document: [UInt8], variables: [String: String] = [:], words: [String: String] = [:],
    alerts: AlertGroup = AlertGroup()
  ) {
    self.id = id
    self.hook = hook
    self.since = since
    self.tries = tries
    self.notBefore = notBefore
    self.document = document
    self.variables = variables
    self.words = words
    self.alerts = alerts
  }
}

extension HookCall {
  /// About what it takes in memory.
  var bytes: Int {
    func bytes(_ pairs: [String: String]) -> Int { pairs.reduce(0) { $0 + $1.key.utf8.count + $1.value.utf8.count } }
    return alerts.alerts.reduce(document.count + bytes(variables) + bytes(words)) { sum, alert in
      sum + bytes(alert.labels) + bytes(alert.annotations) + 64
    }
  }
}

/// How often a call was tried.
public struct HookTries: Equatable, Sendable {
  /// All tries that were begun and not interrupted.
  public var made: Int
  /// Those that used a retry up.
  public var failed: Int

  public init(made: Int = 0, failed: Int = 0) {
    self.made = made
    self.failed = failed
  }
}
