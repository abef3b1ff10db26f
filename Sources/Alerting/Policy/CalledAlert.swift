import Telemetry

/// An alert as those see it who are called: what it is, and who knows of it. Kept until everybody who was told of its
/// start has been told of its end.
public struct CalledAlert: Equatable, Sendable {
  /// What an alert is now; stored by its word.
  public enum Phase: String, CaseIterable, Sendable {
    case firing, unknown, resolved, withdrawn

    /// It has fired and has not ended.
    public var isOpen: Bool { self == .firing || self == .unknown }

    /// What an alert is behind a transition.
    public init(behind kind: AlertTransition.Kind) {
      self =
        switch kind {
        case .firing, .known: .firing
        case .unknown: .unknown
        case .resolved: .resolved
        case .withdrawn: .withdrawn
        }
    }
  }

  /// Somebody has taken it on.
  public struct Acknowledgement: Equatable, Sendable {
    /// The name of their token; empty where none is asked for.
    public var author: String
    /// What they said; empty for nothing.
    public var note: String
    /// When, by the gateway's clock.
    public var at: Timestamp

    public init(author: String, note: String, at: Timestamp) {
      (self.author, self.note, self.at) = (author, note, at)
    }
  }

  /// The same from its start to its end.
  public var id: AlertID
  /// What it is of, and about.
  public var key: AlertKey
  /// Those of its device as it fired, or the one that it is about.
  public var tags: [String: String]
  /// What it is now.
  public var phase: Phase
  /// The transition of its firing.
  public var start: AlertID
  /// When that was known, by receipts.
  public var startedAt: Timestamp
  /// The transition that ended it, and when.
  public var end: AlertID?
  /// When that was known, by receipts.
  public var endedAt: Timestamp?
  /// Hooks that are to be told of its start.
  public var waiting: [String]
  /// Hooks that have been told of it, and not of its end.
  public var called: [String] = []
  /// When its start was called first, or would have been without a hook; escalation counts from there.
  public var calledAt: Timestamp?
  /// Steps of escalation that are done.
  public var escalated = 0
  /// Nobody was told at first, since it was muted.
  public var wasMuted = false
  /// Nil while nobody has taken it on.
  public var acknowledgement: Acknowledgement?

  /// Of an alert that has just fired.
  ///
  /// - Parameter hooks: of its rule.
  public init(_ transition: AlertTransition, hooks: [String]) {
    id = transition.alert
    key = transition.key
    tags = transition.tags
    phase = .firing
    start = transition.id
    startedAt = transition.receivedAt
    waiting = hooks
  }

  /// What it is grouped by.
  func ground(_ names: [String]) -> [String: String] {
    var ground: [String: String] = [:]
    for name in names {
      ground[name] =
        switch name {
        case "rule": key.rule
        case "severity": key.severity.word
        case "device": key.target.device
        default: tags[name]
        }
    }
    return ground
  }
}
