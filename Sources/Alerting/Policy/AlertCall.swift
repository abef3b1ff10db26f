import Telemetry

/// A hook to be run once, as an answer to what has happened to some alerts.
public struct AlertCall: Equatable, Sendable {
  /// Why it is made; stored by its word.
  public enum Kind: String, CaseIterable, Sendable {
    case start, end
    /// Nobody has acknowledged.
    case escalation
    /// What should have been called long ago: starts, ends and escalations in one list.
    case summary
  }

  /// What is told of one alert.
  public struct Item: Equatable, Sendable {
    /// Whose it is.
    public var alert: AlertID
    /// Of its firing, or of its end.
    public var transition: AlertID
    /// Never `summary`.
    public var kind: Kind
    /// Of an escalation, from 1; 0 otherwise.
    public var step: Int
  }

  /// The same for the same hook and items.
  public var id: AlertID
  /// The name of the hook.
  public var hook: String
  /// Why it is made.
  public var kind: Kind
  /// In the order in which they happened.
  public var items: [Item]
  /// What its alerts have in common: `rule`, `severity`, `device` and tags that they are grouped by.
  public var group: [String: String]
  /// When it was to be made.
  public var due: Timestamp

  init(hook: String, kind: Kind, items: [Item], group: [String: String], due: Timestamp) {
    var hash = StableHash("call", hook, kind.rawValue)
    for item in items {
      hash.add(item.kind.rawValue)
      hash.add(item.transition.rawValue)
      hash.add(UInt64(item.step))
    }
    id = AlertID(rawValue: hash.value)
    self.hook = hook
    self.kind = kind
    self.items = items
    self.group = group
    self.due = due
  }

  /// With one summary for each hook, at the end.
  static func joined(_ calls: [AlertCall]) -> [AlertCall] {
    var summaries: [AlertCall] = []
    for call in calls where call.kind == .summary {
      if let place = summaries.firstIndex(where: { $0.hook == call.hook }) {
        let items = summaries[place].items + call.items
        summaries[place] = AlertCall(hook: call.hook, kind: .summary, items: items, group: [:], due: call.due)
      } else {
        summaries.append(call)
      }
    }
    return calls.filter { $0.kind != .summary } + summaries
  }
}
