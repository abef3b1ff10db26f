import StrictYAML
import Telemetry

extension Example {
  init(_ value: YAMLValue) throws(YAMLError) {
    let entry = try value.mapping(known: ["topic", "payload", "readings", "refused"])
    topic = try entry.required("topic").string()
    payload = try entry.required("payload").string()
    line = value.line
    refused = if let reason = entry["refused"] { try reason.choice(DeadLetterReason.self) } else { nil }
    readings = if let list = entry["readings"] { try list.items().map(throwing: Reading.init) } else { [] }
    guard (refused == nil) != readings.isEmpty else {
      throw value.error("an example has either 'readings' or the reason for which it is 'refused'")
    }
  }
}

extension Example.Reading {
  init(_ value: YAMLValue) throws(YAMLError) {
    let entry = try value.mapping(known: ["device", "metric", "value", "unit", "time", "tolerance", "reason"])
    device = try entry.required("device").string()
    metric = try entry.required("metric").string()
    reason = try entry["reason"]?.string()
    self.value = try reason == nil ? entry.required("value").string() : nil
    unit = try entry["unit"]?.string()
    time = if let time = entry["time"] { try Example.Reading.time(time) } else { nil }
    tolerance = if let number = entry["tolerance"] { try number.number() } else { 0 }
    line = value.line
  }

  private static func time(_ value: YAMLValue) throws(YAMLError) -> Timestamp {
    var text = try value.string()
    guard let time = text.withUTF8({ CivilTime.parse(UnsafeRawBufferPointer($0)) })?.timestamp(zoneOffset: { _ in 0 })
    else { throw value.error("'\(text)' is no RFC 3339 time") }
    return time
  }
}
