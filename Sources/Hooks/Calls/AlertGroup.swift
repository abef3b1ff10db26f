import Foundation
import Telemetry

/// Alerts that are told in one call, in the words of Prometheus' Alertmanager.
public struct AlertGroup: Equatable, Sendable {
  /// One alert, in Alertmanager's words.
  public struct Alert: Equatable, Sendable {
    /// What tells it from others, `alertname` among them.
    public var labels: [String: String]
    /// What else is said of it.
    public var annotations: [String: String]
    /// When it fired, by the times of readings.
    public var startsAt: Timestamp
    /// Nil while it fires.
    public var endsAt: Timestamp?
    /// The same for as long as its labels are: 16 hexadecimal digits.
    public var fingerprint: String
    /// Where one can look at what made it; empty for nowhere.
    public var generatorURL: String

    public init(
      labels: [String: String], annotations: [String: String] = [:], startsAt: Timestamp, endsAt: Timestamp? = nil,
      fingerprint: String, generatorURL: String = ""
    ) {
      self.labels = labels
      self.annotations = annotations
      self.startsAt = startsAt
      self.endsAt = endsAt
      self.fingerprint = fingerprint
      self.generatorURL = generatorURL
    }
  }

  /// In the order in which they happened.
  public var alerts: [Alert]
  /// The same for calls of one group.
  public var groupKey: String
  /// What its alerts have in common.
  public var groupLabels: [String: String]
  /// Alerts of the group that were left out.
  public var truncatedAlerts: Int
  /// The gateway's own address; empty for none.
  public var externalURL: String

  public init(
    alerts: [Alert] = [], groupKey: String = "", groupLabels: [String: String] = [:], truncatedAlerts: Int = 0,
    externalURL: String = ""
  ) {
    self.alerts = alerts
    self.groupKey = groupKey
    self.groupLabels = groupLabels
    self.truncatedAlerts = truncatedAlerts
    self.externalURL = externalURL
  }

  /// The body of Alertmanager's webhook, version 4.
  ///
  /// Source: Prometheus, Alertmanager's configuration, `webhook_config`. A group fires where one of its alerts does; an
  /// alert that fires has the zero time of Go as its end.
  ///
  /// - Parameter receiver: the hook's name.
  func alertmanagerMessage(receiver: String) throws -> [UInt8] {
    let message = Message(
      receiver: receiver, status: Self.status(isFiring: alerts.contains { $0.endsAt == nil }),
      alerts: alerts.map(Message.Alert.init), groupLabels: groupLabels, commonLabels: Self.common(alerts.map(\.labels)),
      commonAnnotations: Self.common(alerts.map(\.annotations)), externalURL: externalURL, groupKey: groupKey,
      truncatedAlerts: truncatedAlerts)
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return Array(try encoder.encode(message))
  }

  private static func status(isFiring: Bool) -> String { isFiring ? "firing" : "resolved" }

  private static func common(_ all: [[String: String]]) -> [String: String] {
    guard let first = all.first else { return [:] }
    return first.filter { name, value in all.allSatisfy { $0[name] == value } }
  }

  private struct Message: Encodable {
    struct Alert: Encodable {
      let status: String
      let labels: [String: String]
      let annotations: [String: String]
      let startsAt: String
      let endsAt: String
      let generatorURL: String
      let fingerprint: String

      init(_ alert: AlertGroup.Alert) {
        status = AlertGroup.status(isFiring: alert.endsAt == nil)
        labels = alert.labels
        annotations = alert.annotations
        startsAt = CivilTime(alert.startsAt, zoneOffset: 0).text
        endsAt = alert.endsAt.map { CivilTime($0, zoneOffset: 0).text } ?? "0001-01-01T00:00:00Z"
        generatorURL = alert.generatorURL
        fingerprint = alert.fingerprint
      }
    }

    let version = "4"
    let receiver: String
    let status: String
    let alerts: [Alert]
    let groupLabels: [String: String]
    let commonLabels: [String: String]
    let commonAnnotations: [String: String]
    let externalURL: String
    let groupKey: String
    let truncatedAlerts: Int
  }
}
