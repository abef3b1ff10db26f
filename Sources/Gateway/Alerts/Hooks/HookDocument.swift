import Alerting
import Foundation
import Hooks
import Storage
import Telemetry

/// What a hook is told: a JSON document, variables of its environment, and the words of Alertmanager.
///
/// Invariants
/// - All of it is of what stands in the store, and of the rules: each try of a call tells the same, and behind a start a
///   call tells its alerts as they stand then.
struct HookDocument: Encodable {
  /// The call's id: the same for each try.
  let call: String
  let hook: String
  /// `start`, `end`, `escalation`, `summary`; `test` of a sample.
  let kind: String
  let gateway: String
  /// What its alerts have in common.
  let group: [String: String]
  /// In the order in which they happened.
  let alerts: [AlertAnswer.Alert]

  init(_ pending: PendingCall, _ wording: AlertWording, gateway: String, isTest: Bool = false) throws {
    let record = pending.record
    call = record.call.id.text
    hook = record.call.hook
    kind = isTest ? "test" : record.call.kind.rawValue
    self.gateway = gateway
    group = record.call.group
    alerts = try pending.alerts.map { try AlertAnswer.Alert($0, wording) }
  }

  /// As the runner of hooks takes it.
  func hookCall(_ pending: PendingCall) throws -> HookCall {
    let record = pending.record
    return HookCall(
      id: call, hook: hook, since: record.call.due,
      tries: HookTries(made: record.triesMade, failed: record.triesFailed), notBefore: record.notBefore,
      document: Array(try Answer.json(self)), variables: variables, words: words(pending),
      alerts: AlertGroup(
        alerts: zip(alerts, pending.alerts).map { alertmanager($0, $1) },
        groupKey: group.isEmpty ? call : group.sorted { $0.key < $1.key }.map { "\($0)=\($1)" }.joined(separator: ","),
        groupLabels: group))
  }

  /// The worst one speaks for all.
  private var first: AlertAnswer.Alert? {
    alerts.max { (Severity(word: $0.severity) ?? .info) < (Severity(word: $1.severity) ?? .info) }
  }

  private var variables: [String: String] {
    guard let alert = first else { return [:] }
    return [
      "GANGLION_ALERT_ID": alert.id, "GANGLION_RULE": alert.rule, "GANGLION_STATE": alert.state,
      "GANGLION_SEVERITY": alert.severity, "GANGLION_DEVICE": alert.device ?? "", "GANGLION_METRIC": alert.metric ?? "",
      "GANGLION_VALUE": alert.valueText, "GANGLION_UNIT": alert.unit ?? "", "GANGLION_AT": alert.changedAt,
      "GANGLION_TITLE": alert.title.en, "GANGLION_TITLE_ZH": alert.title.zh, "GANGLION_KIND": kind,
      "GANGLION_ALERTS": String(alerts.count), "GANGLION_GATEWAY": gateway,
    ]
  }

  private func words(_ pending: PendingCall) -> [String: String] {
    guard let alert = first else { return ["gateway": gateway] }
    return alert.tags.merging([
      "rule": alert.rule, "severity": alert.severity, "state": alert.state, "device": alert.device ?? "",
      "metric": alert.metric ?? "", "gateway": gateway, "alert": alert.id,
    ]) { $1 }
  }

  private func alertmanager(_ alert: AlertAnswer.Alert, _ record: AlertRecord) -> AlertGroup.Alert {
    var labels = alert.tags
    labels["alertname"] = alert.rule
    labels["severity"] = alert.severity
    labels["gateway"] = gateway
    labels["device"] = alert.device
    labels["metric"] = alert.metric
    return AlertGroup.Alert(
      labels: labels,
      annotations: ["summary": alert.title.en, "summary_zh": alert.title.zh, "value": alert.valueText],
      startsAt: record.firedAt, endsAt: record.alert.phase.isOpen ? nil : record.changedAt, fingerprint: alert.id)
  }
}
