import StrictYAML
import Telemetry

extension Example {
  init(_ value: YAMLValue) throws(YAMLError) {
    let entry = try value.mapping(known: ["topic", "payload", "hex", "after", "tags", "readings", "refused"])
    message = try Example.Message(entry)
    earlier =
      try entry["after"]?.items().map { item throws(YAMLError) in
        try Example.Message(item.mapping(known: ["topic", "payload", "hex"]))
      } ?? []
    line = value.line
    refused = if let reason = entry["refused"] { try reason.choice(DeadLetterReason.self) } else { nil }
    let tags = try Reading.tags(entry["tags"])
    readings =
      try entry["readings"]?.items().map { item throws(YAMLError) in try Reading(item, tags: tags) } ?? []
    guard (refused == nil) != readings.isEmpty else {
      throw value.error("an example has either 'readings' or the reason for which it is 'refused'")
    }
  }
}

extension Example.Message {
  init(_ entry: YAMLMapping) throws(YAMLError) {
    topic = try entry.required("topic").string()
    payload = try Self.payload(entry)
  }

  /// A text, or bytes as hexadecimal digits with blanks where they help.
  private static func payload(_ entry: YAMLMapping) throws(YAMLError) -> [UInt8] {
    guard let hex = entry["hex"] else { return Array(try entry.required("payload").string().utf8) }
    if let extra = entry["payload"] { throw extra.error("an example has 'payload' or 'hex'") }
    let digits = try hex.string().filter { !$0.isWhitespace }
    let bytes = stride(from: 0, to: digits.count, by: 2).compactMap { offset in
      UInt8(digits.dropFirst(offset).prefix(2), radix: 16)
    }
    guard digits.count.isMultiple(of: 2), bytes.count * 2 == digits.count else {
      throw hex.error("expected bytes of two hexadecimal digits each")
    }
    return bytes
  }
}

extension Example.Reading {
  /// - Parameter common: the tags of all readings of the example.
  init(_ value: YAMLValue, tags common: [String: String]) throws(YAMLError) {
    let entry = try value.mapping(known: ["device", "metric", "value", "unit", "time", "tolerance", "reason", "tags"])
    device = try entry.required("device").string()
    metric = try entry.required("metric").string()
    reason = try entry["reason"]?.string()
    self.value = try reason == nil ? entry.required("value").string() : nil
    unit = try entry["unit"]?.string()
    time = if let time = entry["time"] { try Example.Reading.time(time) } else { nil }
    tolerance = if let number = entry["tolerance"] { try number.number() } else { 0 }
    tags = try common.merging(Self.tags(entry["tags"])) { $1 }
    line = value.line
  }

  fileprivate static func tags(_ value: YAMLValue?) throws(YAMLError) -> [String: String] {
    var tags: [String: String] = [:]
    for (name, text) in try value?.entries() ?? [] { tags[try name.string()] = try text.string() }
    return tags
  }

  private static func time(_ value: YAMLValue) throws(YAMLError) -> Timestamp {
    var text = try value.string()
    guard let time = text.withUTF8({ CivilTime.parse(UnsafeRawBufferPointer($0)) })?.timestamp(zoneOffset: { _ in 0 })
    else { throw value.error("'\(text)' is no RFC 3339 time") }
    return time
  }
}
