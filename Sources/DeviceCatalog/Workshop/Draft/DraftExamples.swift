import Sparkplug
import StrictYAML
import Telemetry

/// Examples for a draft: what it makes of some of its samples.
struct DraftExamples {
  private static let most = 3
  private static let mostReadings = 60
  private static let mostPayloadBytes = 4096

  let text: String

  init(_ samples: [DraftSample], of profile: String, in draft: String, among catalogue: Catalogue, zone: Zone) {
    guard let drafted = try? ProfileDraft.catalogue(catalogue, with: draft) else {
      text = ""
      return
    }
    // Examples are run in UTC.
    let decoder = MessageDecoder(drafted, zone: .utc)
    var host = HostApplication()
    var earlier: [DraftSample] = []
    var lines: [String] = []
    var count = 0
    for sample in samples where count < Self.most {
      let outcome = decoder.decode(topic: Array(sample.topic.utf8), payload: sample.payload, host: &host)
      let isSparkplug = sample.topic.hasPrefix("\(SparkplugTopic.namespace)/")
      if case .success(let message) = outcome, message.profile.name == profile,
        message.readings.count <= Self.mostReadings, sample.payload.count <= Self.mostPayloadBytes
      {
        lines += Self.lines(sample, earlier, message.readings)
        count += 1
      }
      if isSparkplug { earlier.append(sample) }
    }
    text =
      lines.isEmpty
      ? "# No example: each sample is refused, longer than \(Self.mostPayloadBytes) bytes, or has more than \(Self.mostReadings) readings.\n"
      : (["examples:"] + lines).joined(separator: "\n") + "\n"
  }

  private static func lines(_ sample: DraftSample, _ earlier: [DraftSample], _ readings: [MessageDecoder.Reading])
    -> [String]
  {
    var lines = message(sample, "  - ", "    ")
    if !earlier.isEmpty {
      lines.append("    after:")
      for sample in earlier { lines += message(sample, "      - ", "        ") }
    }
    lines.append("    readings:")
    var lastTime: Timestamp?
    for reading in readings {
      lines.append("      - \(line(reading, tellsTime: reading.time != lastTime))")
      lastTime = reading.time
    }
    return lines
  }

  private static func message(_ sample: DraftSample, _ first: String, _ rest: String) -> [String] {
    let text = String(validating: sample.payload, as: UTF8.self)
    let payload =
      text.map { "payload: \(YAMLText.literal($0))" }
      ?? "hex: \"\(sample.payload.hex())\""
    return ["\(first)topic: \(YAMLText.literal(sample.topic))", "\(rest)\(payload)"]
  }

  private static func line(_ reading: MessageDecoder.Reading, tellsTime: Bool) -> String {
    var pairs = ["device: \(YAMLText.literal(reading.device))", "metric: \(YAMLText.quoted(reading.metric.name))"]
    switch reading.value {
    case .number(let number):
      pairs.append("value: \(number.text)")
      if let unit = reading.metric.canonicalUnit { pairs.append("unit: \(YAMLText.unit(unit))") }
    case .state(let name): pairs.append("value: \(YAMLText.literal(name))")
    case nil: pairs.append("reason: \(reading.reason ?? reading.quality.reason)")
    }
    if tellsTime, let time = reading.time { pairs.append("time: \"\(CivilTime(time, zoneOffset: 0).text)\"") }
    return "{ \(pairs.joined(separator: ", ")) }"
  }
}

extension YAMLText {
  /// A text that stays one, whatever it looks like.
  static func literal(_ text: String) -> String {
    text.first?.isLetter == true || text.first == "/" ? quoted(text) : quoted(text, always: true)
  }
}
