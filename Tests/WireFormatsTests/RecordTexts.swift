import Telemetry
import WireFormats

/// Records as tests compare them.
struct ReadRecord: Equatable {
  var time: FieldRecords.Time = .unknown
  /// `name=value`, with `!quality` behind where it is not good, and the unit where there is one.
  var fields: [String]
}

extension WireFormat {
  /// What a payload reads as.
  ///
  /// - Throws: `Refusal`.
  func records(of payload: [UInt8]) throws -> [ReadRecord] {
    let records = FieldRecords()
    return try payload.withUnsafeBytes { bytes in
      if let refusal = read(bytes, into: records) { throw refusal }
      return records.records.map { record in
        ReadRecord(time: record.time, fields: records.fields[record.fields].map(\.text))
      }
    }
  }

  func records(of payload: String) throws -> [ReadRecord] { try records(of: Array(payload.utf8)) }
}

extension FieldRecords.Field {
  fileprivate var text: String {
    let value =
      switch value {
      case .absent: "absent"
      case .null: "null"
      case .boolean(let value): "\(value)"
      case .integer(let value): "\(value)"
      case .unsigned(let value): "\(value)"
      case .double(let value): "\(value)"
      case .text(let bytes): "'\(String(decoding: bytes, as: UTF8.self))'"
      case .list: "list"
      case .object: "object"
      case .unheld: "unheld"
      }
    return String(decoding: name, as: UTF8.self) + "=" + value + (quality == .good ? "" : "!\(quality.reason)")
      + (unit.isEmpty ? "" : " " + String(decoding: unit, as: UTF8.self))
  }
}
