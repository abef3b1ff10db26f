import Telemetry
import WireFormats

/// What one Sparkplug message holds. Memory is used again; metrics point into the bytes that were read, and are none of
/// anybody's concern once these are gone.
struct SparkplugPayload: @unchecked Sendable {
  /// Milliseconds since 1970.
  private(set) var timestamp: UInt64?
  private(set) var seq: UInt64?
  private(set) var metrics: ContiguousArray<SparkplugMetric> = []

  static let mostMetrics = FieldRecords.mostFields

  /// Reads a message in the place of the one before.
  ///
  /// - Returns: why it cannot be read; nil where it was.
  mutating func read(_ bytes: UnsafeRawBufferPointer) -> Refusal? {
    timestamp = nil
    seq = nil
    metrics.removeAll(keepingCapacity: true)
    var reader = ProtobufReader(bytes)
    while let field = reader.next() {
      switch (field.number, field.value) {
      case (1, .varint(let number)): timestamp = number
      case (2, .bytes(let bytes)):
        guard metrics.count < Self.mostMetrics else {
          return Refusal(.malformed, "more than \(Self.mostMetrics) metrics")
        }
        guard let metric = SparkplugMetric(bytes) else {
          return Refusal(.malformed, "metric \(metrics.count + 1) of the payload is no Sparkplug B metric")
        }
        metrics.append(metric)
      case (3, .varint(let number)): seq = number
      default: continue
      }
    }
    guard reader.isBroken else { return nil }
    return Refusal(.malformed, "the payload is no Sparkplug B message from byte \(reader.position) on")
  }

  /// When it was sent; nil where it does not say.
  var moment: Timestamp? { if case .at(let moment) = time { moment } else { nil } }

  var time: FieldRecords.Time { timestamp.map(MetricReading.time(milliseconds:)) ?? .unknown }

  /// Numbers beyond 255 are none.
  var sequenceNumber: UInt8? { seq.flatMap { UInt8(exactly: $0) } }

  /// Which session of the node it is of.
  var bdSeq: UInt64? {
    for metric in metrics where metric.name?.elementsEqual("bdSeq".utf8) == true {
      switch metric.value {
      case .long(let number): return number
      case .int(let number): return UInt64(number)
      default: return nil
      }
    }
    return nil
  }
}

extension WirePayload {
  /// What asks a node for all its births. Source: Eclipse Sparkplug 3.0, section 5.17.
  static func rebirthRequest(at moment: Timestamp) -> [UInt8] {
    var metric = WireMetric()
    metric.name = "Node Control/Rebirth"
    metric.timestamp = UInt64(clamping: moment.microseconds / 1000)
    metric.datatype = SparkplugType.boolean.rawValue
    metric.booleanValue = true
    var payload = WirePayload()
    payload.timestamp = metric.timestamp
    payload.metrics = [metric]
    // Nothing in it can fail to be written.
    return (try? payload.serializedBytes()) ?? []
  }
}
