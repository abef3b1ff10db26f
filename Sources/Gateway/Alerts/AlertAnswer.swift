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
    /// Nil where nothing was measured.
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

    init(_ record: AlertRecord, _ rules: RuleSet, zone: TimeZone) {
      let alert = record.alert
      func text(_ moment: Timestamp) -> String { QueryTime.text(moment, in: zone) }
      id = alert.id.text
      rule = alert.key.rule
      severity = alert.key.severity.word
      state = alert.phase.rawValue
      device = alert.key.target.device
      metric = alert.key.target.metric
      value = .number(record.value)
      unit = record.unit
      tags = alert.tags
      since = text(record.since)
      firedAt = text(record.firedAt)
      receivedAt = text(alert.startedAt)
      changedAt = text(record.changedAt)
      endedAt = alert.phase.isOpen ? nil : text(record.changedAt)
      acknowledged = alert.acknowledgement.map { Acknowledgement(at: text($0.at), by: $0.author, note: $0.note) }
      calledAt = alert.calledAt.map(text)
      title = Title(record, rules.rule(alert.key.rule), since: text(record.since))
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
    let value: Double

    private enum CodingKeys: String, CodingKey {
      case id, kind, at
      case receivedAt = "received_at"
      case value
    }

    init(_ record: TransitionRecord, zone: TimeZone) {
      id = record.id.text
      kind = record.kind.rawValue
      at = QueryTime.text(record.at, in: zone)
      receivedAt = QueryTime.text(record.receivedAt, in: zone)
      value = record.value
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
    alert = Alert(record, rules, zone: zone)
    transitions = try snapshot.transitions(of: id).map { Transition($0, zone: zone) }
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

extension AlertAnswer.Alert.Title {
  /// Of the rule as it is now; its id where it is no more, or says nothing.
  fileprivate init(_ record: AlertRecord, _ rule: AlertRule?, since: String) {
    let key = record.alert.key
    func fill(_ place: String) -> String? {
      switch place {
      case "device", "name": key.target.device
      case "metric": key.target.metric
      case "value": AnswerValue.number(record.value).csvText
      case "unit": record.unit ?? ""
      case "threshold": rule?.limitText(key.severity)
      case "severity": key.severity.word
      case "since": since
      case "rule": key.rule
      default: record.alert.tags[place]
      }
    }
    let texts = [rule?.title.english, rule?.title.chinese].map { $0?.filled(fill) ?? "" }
    en = texts[0].isEmpty ? key.rule : texts[0]
    zh = texts[1].isEmpty ? en : texts[1]
  }
}
