import Telemetry
import WireFormats

extension Explanation {
  /// The explanation for a terminal, some lines for each step.
  ///
  /// - Parameter mostRecords: further ones are counted.
  public func text(mostRecords: Int = 20) -> String {
    var lines = ["topic     \(topic.inOneLine(atMost: 400))", "payload   \(counted(payloadBytes, "byte"))"]
    if let session { lines.append("session   \(session)") }
    lines += candidates.enumerated().flatMap { self.lines(of: $0.element, isFirst: $0.offset == 0) }
    if candidates.isEmpty { lines += nearestLines }
    for record in records.prefix(mostRecords) { lines += self.lines(of: record) }
    let more = max(0, records.count - mostRecords) + moreRecords
    if more > 0 { lines.append("… and \(counted(more, "record")) more") }
    lines += unreadLines
    return (lines + outcomeLines).joined(separator: "\n")
  }

  private static let mostUnread = 24

  private var nearestLines: [String] {
    ["profile   none claims this topic; the nearest:"] + nearest.map { "            \($0.text)" }
  }

  private var unreadLines: [String] {
    if unread.isEmpty { return [] }
    let shown = unread.prefix(Self.mostUnread).map { "            \($0.text)" }
    let more = unread.count - shown.count
    return ["not read"] + shown + (more > 0 ? ["            … and \(more) more"] : [])
  }

  private var outcomeLines: [String] {
    switch outcome {
    case .success(let message):
      let bad = message.readings.count { $0.reason != nil }
      return ["outcome   \(counted(message.readings.count, "reading"))" + (bad == 0 ? "" : ", \(bad) of them bad")]
    case .failure(let refused):
      return ["outcome   refused: \(refused.refusal.reason.rawValue): \(refused.refusal.detail)"]
    }
  }

  // MARK: Profiles

  private func lines(of candidate: Candidate, isFirst: Bool) -> [String] {
    let profile = candidate.profile
    let captures = candidate.captures.map { "\($0.name) = \($0.value.inOneLine(atMost: 60))" }.joined(separator: ", ")
    var lines = [
      "\(isFirst ? "profile   " : "          ")\(profile.name) (\(profile.file)): \(candidate.verdict.text)",
      "            by \(candidate.template.text)\(captures.isEmpty ? "" : ", with \(captures)"), priority \(profile.priority)",
    ]
    lines += candidate.conditions.map { "            \($0.text)" }
    return lines
  }

  // MARK: Records

  private func lines(of record: Record) -> [String] {
    var lines = record.place.isEmpty ? [] : ["record    \(record.place.inOneLine(atMost: 200))"]
    lines.append("device    \(record.device.text.map { $0.inOneLine(atMost: 256) } ?? "none")")
    lines += record.device.parts.map { "            \($0)" }
    lines.append("time      \(record.time.text)")
    lines += record.time.looks.map { "            \($0.text)" }
    for (index, tag) in record.tags.enumerated() {
      let value = tag.source.text.map { $0.inOneLine(atMost: 256) } ?? "none"
      let phrases = tag.source.parts.joined(separator: "; ")
      lines.append(
        "\(index == 0 ? "tags      " : "          ")\(tag.name) = \(value)\(phrases.isEmpty ? "" : ": \(phrases)")")
    }
    if let refusal = record.refusal { lines.append("values    \(refusal.reason.rawValue): \(refusal.detail)") }
    return lines + record.metrics.flatMap { self.lines(of: $0) }
  }

  private func lines(of found: MetricFound) -> [String] {
    if found.values.isEmpty {
      return ["metric    \(found.metric.name): not read"] + found.looks.map { "            \($0.text)" }
    }
    let missed = found.looks.filter { $0.found == nil }.map { "            \($0.text)" }
    return found.values.flatMap { value in
      let own =
        value.ownTime.map { [CivilTime($0, zoneOffset: 0).text].map { "            its own time is \($0)" } } ?? []
      return ["metric    \(found.metric.name): \(value.text)"] + missed
        + ["            \(value.place.inOneLine(atMost: 200)) is \(value.raw.text)"]
        + value.steps.map { "            \($0)" } + own
    }
  }
}

extension Explanation.Look {
  /// In one sentence.
  public var text: String {
    let place = place.inOneLine(atMost: 200)
    return found.map { "\(place) is \($0.text)" } ?? "\(place) is not there: \(deadEnd)"
  }
}

extension Explanation.ConditionFound {
  var text: String {
    let wanted = condition.values.map { $0.map { "'\($0)'" }.joined(separator: " or ") } ?? "anything"
    return "when \(condition.at.text) is \(wanted): \(holds ? "yes" : "no"), \(look.text)"
  }
}

extension Explanation.Candidate.Verdict {
  var text: String {
    switch self {
    case .decodes: "decodes it"
    case .refuses(let refusal): "refuses it: \(refusal.reason.rawValue)"
    case .passesOn: "its conditions do not hold"
    case .notAsked: "not asked"
    }
  }
}

extension Explanation.Moment {
  var text: String {
    switch time {
    case .ofReceipt: "that of the receipt (\(note))"
    case .at(let moment): "\(CivilTime(moment, zoneOffset: 0).text) (\(note))"
    case .sinceReceipt(let duration): "\(duration) from the receipt (\(note))"
    case .refused(let refusal): "none: \(refusal.detail)"
    }
  }
}

extension Explanation.ValueFound {
  init(_ traced: RecordTrace.Value, of metric: Metric, at place: String) {
    let steps = NormalizationSteps(traced.raw, remark: traced.remark, unit: traced.unit, of: metric)
    self.init(
      place: place, raw: traced.raw, steps: steps.sentences, stepsResult: (steps.quality, steps.number),
      decoded: traced.decoded, ownTime: traced.ownTime, metric: metric)
  }
}

extension MessageDecoder.Heard {
  /// It has values: those that stand now, or those that are stale.
  var hasValues: Bool {
    switch outcome {
    case .values, .birth, .death: true
    case .nothing, .refused: false
    }
  }

  /// What stands is told again.
  var isRetelling: Bool {
    switch outcome {
    case .birth, .death: true
    case .values, .nothing, .refused: false
    }
  }

  /// What it made of the message, in words.
  var text: String {
    let who = topic.device.map { "the device \($0) of the node \(topic.name.text)" } ?? "the node \(topic.name.text)"
    return switch outcome {
    case .values: "data of \(who), read by what its births said"
    case .birth: "a birth of \(who): what stands now, without amounts that happened before"
    case .death(let devices, _): "a death: \(who) says no more; \(counted(devices.count, "device")) with stale values"
    case .nothing: "about the session of \(who), or one that is over; no values"
    case .refused(let refusal): "of \(who), refused: \(refusal.reason.rawValue)"
    }
  }
}
