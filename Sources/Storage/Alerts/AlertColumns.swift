import Alerting
import DurableSQLite
import Foundation
import GRDB
import Telemetry

/// What alerts are made of, as columns: a machine's key in five, a cause in three, tags as a JSON object.
enum AlertColumns {
  static let key = "rule, severity, target, subject, part"
  static let keyDeclaration = """
    rule TEXT NOT NULL,
    severity TEXT NOT NULL,
    target TEXT NOT NULL,
    subject TEXT NOT NULL,
    part TEXT NOT NULL
    """

  /// A device and its metric, a device, or a tag and its value.
  static func values(_ key: AlertKey) -> [any DatabaseValueConvertible] {
    let (target, subject, part) =
      switch key.target {
      case .series(let device, let metric): ("series", device, metric)
      case .device(let device): ("device", device, "")
      case .tag(let name, let value): ("tag", name, value)
      }
    return [key.rule, key.severity.word, target, subject, part]
  }

  static func key(_ row: Row) throws -> AlertKey {
    let (subject, part): (String, String) = (row["subject"], row["part"])
    let target: AlertTarget? =
      switch row["target"] as String {
      case "series": .series(device: subject, metric: part)
      case "device": .device(subject)
      case "tag": .tag(name: subject, value: part)
      default: nil
      }
    guard let target, let severity = Severity(word: row["severity"]) else {
      throw DatabaseFailure.unusable("an alert of '\(row["target"] as String)', '\(row["severity"] as String)'")
    }
    return AlertKey(rule: row["rule"], severity: severity, target: target)
  }

  static func json(_ value: some Encodable) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(value), as: UTF8.self)
  }

  static func value<Value: Decodable>(_ json: String, as type: Value.Type = Value.self) throws -> Value {
    try JSONDecoder().decode(type, from: Data(json.utf8))
  }
}

extension AlertID: DatabaseValueConvertible {
  /// By its bits.
  public var databaseValue: DatabaseValue { Int64(bitPattern: rawValue).databaseValue }

  /// Nil for what is no integer.
  public static func fromDatabaseValue(_ value: DatabaseValue) -> AlertID? {
    Int64.fromDatabaseValue(value).map { AlertID(rawValue: UInt64(bitPattern: $0)) }
  }
}
