import Telemetry

@testable import Alerting

/// What one machine should have done, found by going through all that ever happened second by second.
struct Reference {
  let key: AlertKey
  private let rule: AlertRule
  private let members: [ModelWorld.Series]
  private var machine: SlowMachine
  /// By series: its newest reading, and what was heard of it.
  private var tracks: [UInt32: Track] = [:]
  private var listens: Int64?
  private var isDeaf = false
  /// What the gateway's clock is behind the axis of deadlines.
  private var behind: Int64 = 0

  private struct Track {
    var newest: (time: Int64, sequence: UInt64)?
    /// Newer than all before it, and good; live or not.
    var good: [(time: Int64, value: Double)] = []
    var heard: (time: Int64, moment: Int64, value: Double)?
    /// The last live reading was good, and it is not silent.
    var isKnown = false
  }

  static func lines(of key: AlertKey, _ events: [ModelEvent], listens: Int64?) -> [ModelLine] {
    var reference = Reference(key)
    reference.listens = listens
    var second = events.first?.moment ?? 0
    for event in events {
      while second <= event.moment {
        reference.pass(second)
        second += 1
      }
      reference.take(event)
    }
    return reference.machine.lines
  }

  private init(_ key: AlertKey) {
    self.key = key
    let rule = ModelWorld.rules.first { $0.id == key.rule }!
    let members: [ModelWorld.Series]
    let all = ModelWorld.series.filter { rule.metrics.contains($0.metric) }
    switch key.target {
    case .series(let device, let metric):
      members = all.filter { $0.device == device && $0.metric == metric }
    case .device(let device): members = all.filter { $0.device == device }
    case .tag(let name, let value): members = all.filter { $0.tags[name] == value }
    }
    var spans = rule.spans
    if case .series(let subject) = rule.subject,
      let override = subject.overrides.first(where: { $0.filter.device == members[0].device })
    {
      spans.for = override.for ?? spans.for
    }
    (self.rule, self.members) = (rule, members)
    machine = SlowMachine(for: spans.for.microseconds / 1_000_000, keep: spans.keep.microseconds / 1_000_000)
  }

  // MARK: Time

  /// One second: who is silent by now, and what has lasted long enough.
  private mutating func pass(_ second: Int64) {
    guard !isDeaf else { return }
    for series in members {
      guard let interval = series.interval, let heard = tracks[series.number]?.heard,
        !isJoined || tracks[series.number]!.isKnown,
        second == max(heard.moment, listens ?? .min) + 3 * interval
      else { continue }
      miss(series, heard.time + 3 * interval, heard.value)
    }
    if machine.due(listens: listens) == second {
      machine.becomeDue(value: isJoined ? nil : tracks[members[0].number]?.heard?.value)
    }
    if let absence, machine.says != true, let heard = tracks[members[0].number]?.heard,
      second == max(heard.moment, listens ?? .min) + absence
    {
      machine.miss(heard.time + absence, heardAt: heard.moment - behind, value: heard.value)
    }
  }

  private mutating func miss(_ series: ModelWorld.Series, _ deadline: Int64, _ value: Double) {
    tracks[series.number]!.isKnown = false
    guard absence == nil, !isJoined || (parts == nil && !machine.isIdle) else { return }
    let heardAt = (tracks[series.number]!.heard!.moment - behind) * 1_000_000
    machine.lose(.deadline(at(deadline), of: UInt64(heardAt)), deadline, value: isJoined ? nil : value)
  }

  private var isJoined: Bool { key.target.metric == nil }

  /// Seconds; nil for rules that are not about silence.
  private var absence: Int64? {
    guard case .absent(let limit) = condition else { return nil }
    return switch limit {
    case .intervals(let count): members[0].interval.map { $0 * Int64(count) } ?? .max / 4
    case .span(let span): span.microseconds / 1_000_000
    }
  }

  /// Nil for joined rules, and where an override leaves the severity out.
  private var condition: Condition? {
    guard case .series(let subject) = rule.subject else { return nil }
    let override = subject.overrides.first { $0.filter.device == members[0].device }
    return (override?.levels ?? subject.levels).first { $0.severity == key.severity }?.condition
  }

  // MARK: Inputs

  private mutating func take(_ event: ModelEvent) {
    switch event.input {
    case .tick(let receipt): behind = event.moment - receipt
    case .deaf: isDeaf = true
    case .listens:
      (isDeaf, listens) = (false, event.moment)
      for series in members where isJoined {
        guard let interval = series.interval, let heard = tracks[series.number]?.heard,
          heard.moment + 3 * interval <= event.moment, tracks[series.number]!.isKnown
        else { continue }
        miss(series, heard.time + 3 * interval, heard.value)
      }
    case .reading(let reading):
      if members.contains(where: { $0.number == reading.series }) { take(reading, event.moment) }
    }
  }

  private mutating func take(_ reading: ModelInput.Reading, _ moment: Int64) {
    var track = tracks[reading.series] ?? Track()
    if let newest = track.newest {
      guard reading.time > newest.time || (reading.time == newest.time && reading.sequence != newest.sequence)
      else { return }
    }
    track.newest = (reading.time, reading.sequence)
    if let value = reading.value, reading.time > track.good.last?.time ?? .min {
      track.good.append((reading.time, value))
    }
    let age = reading.receipt - reading.time
    let isHeard = reading.isLive && age <= 60
    if isHeard {
      track.isKnown = reading.value != nil
      if let value = reading.value { track.heard = (reading.time, moment, value) }
    }
    tracks[reading.series] = track
    let limit = rule.liveLimit.map { $0.microseconds / 1_000_000 } ?? 60
    guard isHeard, age <= limit else { return }
    let value = reading.value ?? track.heard?.value ?? 0
    if isJoined { return takeJoined(reading, moment, value) }
    guard let condition else { return }
    if absence != nil {
      if reading.value != nil, !machine.isIdle { machine.hear(false, reading, moment: moment, value: value) }
    } else {
      let says = reading.value.flatMap {
        Self.says(condition, $0, former: machine.says == true, track.good, members[0].kind)
      }
      machine.hear(says, reading, moment: moment, value: value)
    }
  }

  private mutating func takeJoined(_ reading: ModelInput.Reading, _ moment: Int64, _ value: Double) {
    let says = parts
    if says == machine.says || (says != true && machine.isIdle && machine.says != nil) { return }
    machine.hear(says, reading, moment: moment, value: value)
  }

  /// What the parts say together, in Kleene's logic.
  private var parts: Bool? {
    guard case .joined(let joined) = rule.subject else { return nil }
    let each = joined.parts.map { part -> Bool? in
      let truths = members.filter { $0.metric == part.metric }.map { series -> Bool? in
        guard let track = tracks[series.number], track.isKnown, let heard = track.heard else { return nil }
        return Self.says(part.condition, heard.value, former: false, [], series.kind)
      }
      if truths.contains(true) { return true }
      return truths.contains(nil) ? nil : false
    }
    if each.contains(false) { return false }
    return each.contains(nil) ? nil : true
  }

  // MARK: Conditions

  private static func says(
    _ condition: Condition, _ value: Double, former: Bool, _ past: [(time: Int64, value: Double)], _ kind: MetricKind
  ) -> Bool? {
    switch condition {
    case .value(.above(let limit, let clear)): return former ? value > clear : value > limit
    case .value(.below(let limit, let clear)): return former ? value < clear : value < limit
    case .value(.outside(let range, let clear)): return former ? !clear.contains(value) : !range.contains(value)
    case .equals(let state): return value == ModelWorld.states[state]
    case .rateAbove(let limit, let clear, let span):
      let rate = rate(past, span.microseconds / 1_000_000, kind)
      return rate.map { $0 > (former ? clear : limit) }
    case .absent, .window: return nil
    }
  }

  /// Over the newest of the first readings of each eighth of the span that lies far enough back.
  private static func rate(_ past: [(time: Int64, value: Double)], _ span: Int64, _ kind: MetricKind) -> Double? {
    let newest = past[past.count - 1].time
    var base: Int?
    for (place, reading) in past.enumerated() {
      let isFirst = place == 0 || past[place - 1].time / (span / 8) != reading.time / (span / 8)
      if isFirst, newest - reading.time >= span, newest - reading.time <= 2 * span { base = place }
    }
    guard let base else { return nil }
    var growth = 0.0
    for place in past.indices where place > base {
      let (from, to) = (past[place - 1].value, past[place].value)
      growth += kind == .counter && to < from ? max(to, 0) : to - from
    }
    return growth * Double(span) / Double(newest - past[base].time)
  }
}
