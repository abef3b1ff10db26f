import Foundation
import SwiftProtobuf
import Telemetry
import WireFormats

@testable import Sparkplug

// Short ways to write messages, and to see what becomes of them.

extension WireMetric {
  init(
    _ name: String? = nil, alias: UInt64? = nil, at milliseconds: UInt64? = nil, _ type: SparkplugType? = nil,
    _ value: OneOf_Value? = nil
  ) {
    self.init()
    if let name { self.name = name }
    if let alias { self.alias = alias }
    if let milliseconds { timestamp = milliseconds }
    if let type { datatype = type.rawValue }
    self.value = value
  }

  static func bdSeq(_ number: UInt64) -> WireMetric { WireMetric("bdSeq", .int64, .longValue(number)) }

  func with(_ change: (inout WireMetric) -> Void) -> WireMetric {
    var copy = self
    change(&copy)
    return copy
  }
}

extension WirePayload {
  init(seq: UInt64? = nil, at milliseconds: UInt64? = nil, _ metrics: WireMetric...) {
    self.init(seq: seq, at: milliseconds, metrics)
  }

  init(seq: UInt64?, at milliseconds: UInt64?, _ metrics: [WireMetric]) {
    self.init()
    if let seq { self.seq = seq }
    if let milliseconds { timestamp = milliseconds }
    self.metrics = metrics
  }

  var bytes: [UInt8] {
    // Nothing in it can fail to be written.
    (try? serializedBytes()) ?? []
  }
}

/// What became of a message: the values of each record in a line, `name=value`, with `!quality` behind where it is not
/// good, and the record's time in milliseconds before them where it has one.
struct Heard: Equatable, CustomStringConvertible {
  let outcome: SparkplugOutcome
  let records: [String]

  init(_ outcome: SparkplugOutcome, _ records: String...) {
    self.init(outcome, records: records)
  }

  init(_ outcome: SparkplugOutcome, records: [String]) {
    self.outcome = outcome
    self.records = records
  }

  var refusal: Refusal? { if case .refused(let refusal) = outcome { refusal } else { nil } }

  var description: String { "\(outcome) \(records)" }
}

extension HostApplication {
  mutating func hear(_ topic: String, _ payload: WirePayload, at second: Double = 0) -> Heard {
    hear(topic, payload.bytes, at: second)
  }

  mutating func hear(_ topic: String, _ bytes: [UInt8], at second: Double = 0) -> Heard {
    let records = FieldRecords()
    var lines: [String] = []
    let outcome = take(topic, bytes, at: second, into: records) { lines = records.lines }
    return Heard(outcome, records: lines)
  }

  /// A topic that is none of a node's is refused.
  ///
  /// - Parameter look: is called while the records live.
  mutating func take(
    _ topic: String, _ bytes: [UInt8], at second: Double, into records: FieldRecords, look: () -> Void = {}
  ) -> SparkplugOutcome {
    guard let topic = SparkplugTopic(topic), let node = node(of: topic) else { return .refused(Self.tooManyNodes) }
    // Memory of its own, so that a sanitizer sees a byte read too many.
    let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count, alignment: 1)
    defer { memory.deallocate() }
    memory.copyBytes(from: bytes)
    let outcome = take(UnsafeRawBufferPointer(memory), topic, node: node, receivedAt: .after(second), into: records)
    look()
    return outcome
  }

  /// What a death makes stale.
  func stale(_ topic: String) -> [String] {
    var copy = self
    guard let topic = SparkplugTopic(topic), let node = copy.node(of: topic) else { return [] }
    let records = FieldRecords()
    copy.readStale(topic.device, ofNode: node, into: records)
    return records.lines
  }

  /// `cause node` for each node that is asked for a birth.
  mutating func asks(at second: Double) -> [String] {
    rebirthRequests(at: .after(second)).map { "\($0.cause.rawValue) \($0.node.text)" }
  }
}

extension Timestamp {
  static func after(_ seconds: Double) -> Timestamp {
    Timestamp(microseconds: 1_763_700_000_000_000 + Int64(seconds * 1e6))
  }
}

extension SparkplugTopic {
  init?(_ topic: String) {
    guard let topic = Array(topic.utf8).withUnsafeBytes({ SparkplugTopic($0) }) else { return nil }
    self = topic
  }
}

extension FieldRecords {
  var lines: [String] {
    records.map { record in
      let values = fields[record.fields].map(\.text).joined(separator: " ")
      guard case .at(let moment) = record.time else { return values }
      return "\(moment.microseconds / 1000): \(values)"
    }
  }
}

extension FieldRecords.Field {
  fileprivate var text: String {
    String(decoding: name, as: UTF8.self) + "=" + value.text + (quality == .good ? "" : "!\(quality.reason)")
  }
}

extension RawValue {
  var text: String {
    switch self {
    case .absent: "absent"
    case .null: "null"
    case .boolean(let value): "\(value)"
    case .integer(let value): "\(value)"
    case .unsigned(let value): "\(value)u"
    case .double(let value): "\(value)"
    case .text(let bytes): "'\(String(decoding: bytes, as: UTF8.self))'"
    case .list: "list"
    case .object: "object"
    case .unheld: "unheld"
    }
  }
}
