import Sparkplug
import SwiftProtobuf
import Telemetry

/// A Sparkplug node with devices, as it speaks: keeps its numbers, gives its metrics aliases.
public struct SimulatedEdgeNode: Sendable {
  public struct Message: Sendable {
    public let topic: String
    public let payload: [UInt8]

    public init(topic: String, payload: [UInt8]) {
      self.topic = topic
      self.payload = payload
    }
  }

  /// What a metric says.
  public enum Value: Sendable {
    case double(Double)
    case whole(Int64)
    case truth(Bool)
    case text(String)
    case null
  }

  public let group: String
  public let node: String
  private var seq: UInt64 = 0
  private var bdSeq: UInt64 = 0
  /// By device and metric; another birth gives others.
  private var aliases: [String: [String: UInt64]] = [:]
  private var lastAlias: UInt64 = 0

  public init(group: String, node: String) {
    self.group = group
    self.node = node
  }

  /// A new session: its births begin with this.
  public mutating func connect(at time: Timestamp) -> Message {
    bdSeq = (bdSeq + 1) % 256
    return birth(at: time)
  }

  /// The node's birth in the session that is. Aliases are new ones.
  public mutating func birth(at time: Timestamp) -> Message {
    seq = 255
    aliases.removeAll()
    var rebirth = metric("Node Control/Rebirth", .truth(false), at: time)
    rebirth.datatype = SparkplugType.boolean.rawValue
    return message("NBIRTH", nil, [bdSeqMetric(at: time), rebirth], at: time)
  }

  public mutating func birth(of device: String, _ values: [(String, Value)], at time: Timestamp) -> Message {
    let metrics = values.map { name, value in
      lastAlias += 1
      aliases[device, default: [:]][name] = lastAlias
      var metric = metric(name, value, at: time)
      metric.alias = lastAlias
      return metric
    }
    return message("DBIRTH", device, metrics, at: time)
  }

  /// Data by alias, or by name where there was no birth.
  public mutating func data(of device: String, _ values: [(String, Value)], at time: Timestamp) -> Message {
    let metrics = values.map { name, value in
      var metric = metric(name, value, at: time)
      guard let alias = aliases[device]?[name] else { return metric }
      metric.alias = alias
      metric.clearName()
      metric.clearDatatype()
      return metric
    }
    return message("DDATA", device, metrics, at: time)
  }

  public mutating func death(of device: String, at time: Timestamp) -> Message {
    message("DDEATH", device, [], at: time)
  }

  /// What the broker publishes where the session breaks.
  ///
  /// - Parameter sessionsAgo: a will that comes late.
  public func will(at time: Timestamp, sessionsAgo: UInt64 = 0) -> Message {
    var payload = WirePayload()
    var metric = bdSeqMetric(at: time)
    metric.longValue = (bdSeq + 256 - sessionsAgo) % 256
    payload.metrics = [metric]
    return message("NDEATH", nil, payload)
  }

  /// Leaves a number out, as if a message had been lost.
  public mutating func lose(_ count: UInt64 = 1) { seq = (seq + count) % 256 }

  private func bdSeqMetric(at time: Timestamp) -> WireMetric { metric("bdSeq", .whole(Int64(bdSeq)), at: time) }

  private func metric(_ name: String, _ value: Value, at time: Timestamp) -> WireMetric {
    var metric = WireMetric()
    metric.name = name
    metric.timestamp = UInt64(time.microseconds / 1000)
    switch value {
    case .double(let number):
      metric.datatype = SparkplugType.double.rawValue
      metric.doubleValue = number
    case .whole(let number):
      metric.datatype = SparkplugType.int64.rawValue
      metric.longValue = UInt64(bitPattern: number)
    case .truth(let isTrue):
      metric.datatype = SparkplugType.boolean.rawValue
      metric.booleanValue = isTrue
    case .text(let text):
      metric.datatype = SparkplugType.string.rawValue
      metric.stringValue = text
    case .null:
      metric.datatype = SparkplugType.double.rawValue
      metric.isNull = true
    }
    return metric
  }

  private mutating func message(
    _ type: String, _ device: String?, _ metrics: [WireMetric], at time: Timestamp
  ) -> Message {
    seq = (seq + 1) % 256
    var payload = WirePayload()
    payload.timestamp = UInt64(time.microseconds / 1000)
    payload.metrics = metrics
    payload.seq = seq
    return message(type, device, payload)
  }

  private func message(_ type: String, _ device: String?, _ payload: WirePayload) -> Message {
    let bytes: [UInt8]? = try? payload.serializedBytes()
    return Message(
      topic: "spBv1.0/\(group)/\(type)/\(node)" + (device.map { "/\($0)" } ?? ""), payload: bytes ?? [])
  }
}
