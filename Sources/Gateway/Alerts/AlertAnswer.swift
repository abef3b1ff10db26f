import Alerting
import Foundation
import Storage
import Telemetry

/// `GET /api/v1/alerts/{id}`: one alert, what became of it, and who was called.
struct AlertAnswer: Encodable, Sendable {
  /// An alert as it is told, to people, programs and hooks.
  struct Alert: Encodable, JSONWritable {
    struct Title: Encodable {
      let en: String
      let zh: String
    }

    struct Acknowledgement: Encodable {
      let at: String
      let by: String
      let note: String
    }

    let id: String
    let rule: String
    let severity: String
    /// `firing unknown resolved withdrawn`
    let state: String
    let title: Title
    /// Nil where it is about all that has one value of a tag.
    let device: String?
    /// Nil where it is about several.
    let metric: String?
    /// A number, or a state's name; null where it is about several.
    let value: AnswerValue
    let unit: String?
    let tags: [String: String]
    let since: String
    let firedAt: String
    let receivedAt: String
    let changedAt: String
    let endedAt: String?
    let acknowledged: Acknowledgement?
    /// When somebody was called first.
    let calledAt: String?

    enum CodingKeys: String, CodingKey {
      case id, rule, severity, state, title, device, metric, value, unit, tags, since
      case firedAt = "fired_at"
      case receivedAt = "received_at"
      case changedAt = "changed_at"
      case endedAt = "ended_at"
      case acknowledged
      case calledAt = "called_at"
    }

    init(_ record: AlertRecord, _ wording: AlertWording) throws {
      let alert = record.alert
      let text = wording.text
      id = alert.id.text
      rule = alert.key.rule
      severity = alert.key.severity.word
      state = alert.phase.rawValue
      device = alert.key.target.device
      metric = alert.key.target.metric
      value = try wording.value(record.value, of: record)
      unit = record.unit
      tags = alert.tags
      since = text(record.since)
      firedAt = text(record.firedAt)
      receivedAt = text(alert.startedAt)
      changedAt = text(record.changedAt)
      endedAt = alert.phase.isOpen ? nil : text(record.changedAt)
      acknowledged = alert.acknowledgement.map { Acknowledgement(at: text($0.at), by: $0.author, note: $0.note) }
      calledAt = alert.calledAt.map(text)
      let filled = try wording.title(of: record)
      title = Title(en: filled.english, zh: filled.chinese)
    }

    var valueText: String { value.csvText }

    func encode(to encoder: any Encoder) throws {
      var container = encoder.container(keyedBy: CodingKeys.self)
      try container.encode(id, forKey: .id)
      try container.encode(rule, forKey: .rule)
      try container.encode(severity, forKey: .severity)
      try container.encode(state, forKey: .state)
      try container.encode(title, forKey: .title)
      try container.encode(device, forKey: .device)
      try container.encode(metric, forKey: .metric)
      try container.encode(value, forKey: .value)
      try container.encode(unit, forKey: .unit)
      try container.encode(tags, forKey: .tags)
      try container.encode(since, forKey: .since)
      try container.encode(firedAt, forKey: .firedAt)
      try container.encode(receivedAt, forKey: .receivedAt)
      try container.encode(changedAt, forKey: .changedAt)
      try container.encode(endedAt, forKey: .endedAt)
      try container.encode(acknowledged, forKey: .acknowledged)
      try container.encode(calledAt, forKey: .calledAt)
    }
  }

  struct Transition: Encodable {
    let id: String
    let kind: String
    let at: String
    let receivedAt: String
    let value: AnswerValue

    private enum CodingKeys: String, CodingKey {
      case id, kind, at
      case receivedAt = "received_at"
      case value
    }

    init(_ transition: TransitionRecord, of record: AlertRecord, _ wording: AlertWording) throws {
      id = transition.id.text
      kind = transition.kind.rawValue
      at = wording.text(transition.at)
      receivedAt = wording.text(transition.receivedAt)
      value = try wording.value(transition.value, of: record)
    }
  }

  struct Call: Encodable {
    let id: String
    let hook: String
    let kind: String
    let state: String
    let tries: Int
    let dueAt: String
    let endedAt: String?
    let reason: String?
    let sentence: String?
    let output: String

    private enum CodingKeys: String, CodingKey {
      case id, hook, kind, state, tries
      case dueAt = "due_at"
      case endedAt = "ended_at"
      case reason, sentence, output
    }

    init(_ record: HookCallRecord, zone: TimeZone) {
      id = record.call.id.text
      hook = record.call.hook
      kind = record.call.kind.rawValue
      state = record.state.rawValue
      tries = record.triesMade
      dueAt = QueryTime.text(record.call.due, in: zone)
      endedAt = record.endedAt.map { QueryTime.text($0, in: zone) }
      reason = record.failure?.reason
      sentence = record.failure?.sentence
      output = String(decoding: record.output, as: UTF8.self)
    }
  }

  let alert: Alert
  let transitions: [Transition]
  let calls: [Call]

  private enum CodingKeys: CodingKey { case transitions, calls }

  /// - Parameter id: sixteen hexadecimal digits.
  /// - Throws: `QueryError` where there is none of that id, or none that the caller sees.
  init(_ id: String, _ snapshot: StoreSnapshot, _ scope: TagScope, _ rules: RuleSet, zone: TimeZone) throws {
    guard let id = AlertID(text: id), let record = try snapshot.alert(id), scope.includes(record.alert.tags) else {
      throw QueryError("there is no alert '\(id)'", isNotFound: true)
    }
    let wording = AlertWording(rules, snapshot, scope, zone: zone)
    alert = try Alert(record, wording)
    transitions = try snapshot.transitions(of: id).map { try Transition($0, of: record, wording) }
    // What was called together with others is not told of to those who may not see the others.
    calls = scope.isWhole ? try snapshot.calls(of: id).map { Call($0, zone: zone) } : []
  }

  func encode(to encoder: any Encoder) throws {
    try alert.encode(to: encoder)
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(transitions, forKey: .transitions)
    try container.encode(calls, forKey: .calls)
  }
}
