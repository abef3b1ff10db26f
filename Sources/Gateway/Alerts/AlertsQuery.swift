import Alerting
import Foundation
import Storage
import Telemetry

/// `GET /api/v1/alerts` and `ganglion alerts list`.
struct AlertsQuery {
  static let parameters =
    [
      Parameter(
        "state", .word(of: ["open"] + CalledAlert.Phase.allCases.map(\.rawValue) + ["all"]),
        "open: those that fire, and those of which nobody can say", standard: "open")
    ] + AlertFilter.parameters + [
      Parameter("device", .text, "the device's id", mayRepeat: true),
      Parameter("from", .time, "those that became known from then on", standard: "all"),
      Parameter("to", .time, "those that became known before", standard: "now"), Parameter.tags, Parameter.format,
      Parameter.language,
    ] + Parameter.page(of: "alerts", standard: 1000)

  private let choice: AlertChoice
  private let phase: CalledAlert.Phase?
  private let devices: Set<String>
  private let tags: [(name: String, value: String)]
  private let zone: TimeZone
  private let now: Timestamp
  private let limit: Int

  init(_ parameters: QueryParameters, zone: TimeZone, now: Timestamp) throws(QueryError) {
    try parameters.requireKnown(Self.parameters)
    let state = try parameters.one("state") ?? "open"
    var choice = AlertChoice()
    phase = CalledAlert.Phase(rawValue: state)
    switch state {
    case "open": choice.isOpen = true
    case "all": break
    default:
      guard let phase else {
        let words = ["open"] + CalledAlert.Phase.allCases.map(\.rawValue) + ["all"]
        throw QueryError("state='\(state)' is none of \(words.joined(separator: ", "))")
      }
      choice.isOpen = phase.isOpen
    }
    let filter = try AlertFilter(parameters)
    (choice.rule, choice.severity) = (filter.rule, filter.severity)
    let to = try parameters.time("to", now: now, zone: zone)
    let from = try parameters.time("from", now: now, zone: zone)
    if from != nil || to != nil {
      let (from, to) = (from ?? Timestamp.accepted.lowerBound, to ?? Timestamp.accepted.upperBound)
      guard from < to else { throw QueryError("'from' is not before 'to'") }
      choice.span = from..<to
    }
    devices = Set(parameters.all("device"))
    tags = parameters.tagFilters
    limit = try parameters.count("limit", in: 1...1_000_000) ?? 1000
    if let cursor = try parameters.cursor(keyCount: 2) {
      guard let at = cursor.key[0].flatMap({ Int64($0) }), let id = cursor.key[1].flatMap({ AlertID(text: $0) }) else {
        throw PageCursor.leadsNowhere
      }
      choice.before = (Timestamp(microseconds: at), id)
    }
    self.choice = choice
    self.zone = zone
    self.now = now
  }

  func answer(_ snapshot: StoreSnapshot, _ scope: TagScope, _ rules: RuleSet) throws -> AlertsAnswer {
    let wording = AlertWording(rules, snapshot, scope, zone: zone)
    var alerts: [AlertAnswer.Alert] = []
    var last: AlertRecord?
    var next: PageCursor?
    try snapshot.forEachAlert(choice) { record in
      let alert = record.alert
      guard phase == nil || alert.phase == phase, scope.includes(alert.tags),
        devices.isEmpty || alert.key.target.device.map(devices.contains) ?? false,
        tags.allSatisfy({ alert.tags[$0.name] == $0.value })
      else { return true }
      guard alerts.count < limit else {
        next = last.map { PageCursor(now, key: ["\($0.alert.startedAt.microseconds)", $0.alert.id.text]) }
        return false
      }
      alerts.append(try AlertAnswer.Alert(record, wording))
      last = record
      return true
    }
    return AlertsAnswer(alerts: alerts, next: next?.text)
  }
}

/// The answer to `AlertsQuery`: the newest first.
struct AlertsAnswer: Sendable, PagedAnswer {
  let alerts: [AlertAnswer.Alert]
  /// Where the next page begins; null behind the last one.
  let next: String?
}

extension AlertsAnswer: JSONWritable {
  func write(to text: inout JSONText) throws {
    try text.object { text in
      text.key("alerts")
      try text.list(alerts) { try $1.write(to: &$0) }
      text.field("next", AnswerValue(next))
    }
  }
}

extension AlertsAnswer: TabularAnswer {
  var items: [AlertAnswer.Alert] { alerts }

  private var tagNames: [String] { alerts.reduce(into: Set<String>()) { $0.formUnion($1.tags.keys) }.sorted() }

  var columns: [String] {
    [
      "id", "rule", "severity", "state", "title", "device", "metric", "value", "unit", "since", "fired_at", "ended_at",
      "acknowledged_by", "called_at",
    ] + tagNames.map { "tag.\($0)" }
  }

  var rows: [[AnswerValue]] {
    let tagNames = tagNames
    return alerts.map { alert in
      [
        .text(alert.id), .text(alert.rule), .text(alert.severity), .text(alert.state), .text(alert.title.en),
        AnswerValue(alert.device), AnswerValue(alert.metric), alert.value, AnswerValue(alert.unit), .text(alert.since),
        .text(alert.firedAt), AnswerValue(alert.endedAt), AnswerValue(alert.acknowledged?.by),
        AnswerValue(alert.calledAt),
      ] + tagNames.map { AnswerValue(alert.tags[$0]) }
    }
  }
}
