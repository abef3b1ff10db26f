import Telemetry

/// Readings: the quiet ones, and those that rules look at.
extension AlertEngine {
  /// Takes the readings of a message in.
  ///
  /// - Parameters:
  ///   - samples: of series that have been bound; others are passed over, and repeats.
  ///   - isLive: false where they are never live: retained, or of a letter that is read again.
  ///   - stepping: false where the states that were restored have taken them in already: then they are remembered, and
  ///     step nothing.
  public mutating func observe(
    _ samples: UnsafeBufferPointer<Sample>, receivedAt: Timestamp, sequence: UInt64, isLive: Bool = true,
    stepping: Bool = true
  ) {
    let moment = stepping ? axis(receivedAt.microseconds) : receivedAt.microseconds &+ shift
    if stepping {
      if !isDeaf, moment >= deadlines.earliest { advance(to: moment) }
      clock = moment
    }
    let message = Message(
      receivedAt: receivedAt.microseconds, moment: moment, sequence: sequence, isLive: isLive, isStepping: stepping)
    var place = 0
    while true {
      if isLive, stepping { place = passQuiet(samples, from: place, message) }
      guard place < samples.count else { return }
      consider(samples[place], message)
      place += 1
    }
  }

  /// A prime, so that no length of cells brings series together.
  private static let phaseStepMicroseconds: Int64 = 1_000_003

  /// What the readings of one message have in common.
  struct Message {
    var receivedAt: Int64
    /// The same on the axis of deadlines.
    var moment: Int64
    var sequence: UInt64
    var isLive: Bool
    var isStepping: Bool
  }

  /// Stores readings as long as they are quiet.
  ///
  /// - Returns: the place of the first one that is not; their count without any.
  private mutating func passQuiet(_ samples: UnsafeBufferPointer<Sample>, from start: Int, _ message: Message) -> Int {
    hot.withUnsafeMutableBufferPointer { series in
      var place = start
      while place < samples.count {
        let sample = samples[place]
        let index = Int(sample.series.rawValue)
        guard index < series.count, sample.quality == .good, !sample.isRepeat,
          series[index].takeQuiet(sample.value, at: sample.time.microseconds, message)
        else { return place }
        place += 1
      }
      return place
    }
  }

  private mutating func consider(_ sample: Sample, _ message: Message) {
    let index = Int(sample.series.rawValue)
    guard index < records.count, !sample.isRepeat, records[index].plan > 0 else { return }
    guard hot[index].isNewest(sample.time.microseconds, message) else { return }
    hot[index].newest = sample.time.microseconds
    hot[index].sequence = message.sequence
    let plan = records[index].plan
    let isGood = sample.quality == .good
    if isGood { rememberRates(sample.value, at: sample.time, index) } else { settleRates(index) }
    let age = message.receivedAt - sample.time.microseconds
    guard message.isLive, age <= plans.all[plan].widestLiveLimit else { return }
    if isGood { hot[index].hear(sample.value, at: sample.time.microseconds, message) }
    records[index].isKnown = isGood
    let input = AlertMachine.Input(
      time: sample.time, receivedAt: Timestamp(microseconds: message.moment), sequence: message.sequence,
      value: isGood ? sample.value : hot[index].value)
    for check in plans.all[plan].checks where age <= check.liveLimit {
      say(check, isGood: isGood, input, series: index, isStepping: message.isStepping)
    }
    settle(index)
  }

  /// What rates remember of a series.
  ///
  /// Neighbours keep their entries at moments that lie apart.
  mutating func rememberRates(_ value: Double, at time: Timestamp, _ index: Int) {
    let plan = plans.all[records[index].plan]
    guard plan.rateCount > 0 else { return }
    for check in plan.checks where check.form == .rate {
      let isChanged = records[index].rates[check.slot].add(
        value, at: time, spanMicroseconds: check.span, kind: plan.kind, modulus: plan.modulus,
        phase: Int64(index) * Self.phaseStepMicroseconds)
      if isChanged { noteRateChange(index) }
    }
  }

  private mutating func settleRates(_ index: Int) {
    for slot in records[index].rates.indices where records[index].rates[slot].settle() { noteRateChange(index) }
  }

  /// Lets one check look at a live reading.
  private mutating func say(
    _ check: Check, isGood: Bool, _ input: AlertMachine.Input, series index: Int, isStepping: Bool
  ) {
    switch check.form {
    case .part:
      let isKnown = isGood && !isOutdated(index)
      let truth = isKnown ? check.threshold.holds(for: input.value, former: .no) : .unknown
      setPart(check, series: index, truth)
      if isStepping { judge(group: records[index].parts[check.slot].group, input) }
    case .absence:
      if isStepping, isGood { step(.series(index), check, .no, input) }
    case .threshold, .rate:
      guard isStepping else { return }
      let truth = isGood ? truth(check, input.value, series: index) : .unknown
      step(.series(index), check, truth, input)
    case .window: break
    }
  }

  private func truth(_ check: Check, _ value: Double, series index: Int) -> Truth {
    let former = said(check.level, .series(index))
    guard check.form == .rate else { return check.threshold.holds(for: value, former: former) }
    guard let rate = records[index].rates[check.slot].rate(perMicroseconds: check.span) else { return .unknown }
    return check.threshold.holds(for: rate, former: former)
  }

  /// Notes what a part says of a series.
  mutating func setPart(_ check: Check, series index: Int, _ truth: Truth) {
    let state = records[index].parts[check.slot]
    guard state.truth != truth else { return }
    records[index].parts[check.slot].truth = truth
    groups.change(state.group, part: check.part, from: state.truth, to: truth)
  }

  /// Makes a series' quiet band and deadline fit what its rules say now.
  mutating func settle(_ index: Int) {
    refreshBand(index)
    // What is noted already is due no later, unless a machine waits or it is the first note.
    if records[index].armed == .max || records[index].firstInstance >= 0 { arm(series: index) }
  }

  mutating func refreshBand(_ index: Int) {
    let record = records[index]
    guard record.plan > 0 else {
      (hot[index].low, hot[index].high) = (-.infinity, .infinity)
      return
    }
    // The first reading is looked at: from then on deadlines are waited for.
    let isQuiet = hot[index].heardAt != never && plans.all[record.plan].rateCount == 0
    var band = isQuiet ? Band.everything : .nothing
    for check in plans.all[record.plan].checks where band.low <= band.high {
      band = band.intersection(quietBand(check, record, hot[index].value))
    }
    (hot[index].low, hot[index].high) = (band.low, band.high)
    hot[index].liveLimit = plans.all[record.plan].strictestLiveLimit
  }

  private func quietBand(_ check: Check, _ record: SeriesRecord, _ value: Double) -> Band {
    if check.form == .part {
      let truth = record.parts[check.slot].truth
      // A part has no hysteresis: what it says of a value does not rest on what it said before.
      return check.threshold.quietBand(around: value, former: truth)
    }
    let found = instances.find(check.level, from: record.firstInstance)
    let phase = found < 0 ? .ok : instances[found].machine.phase
    switch (check.form, phase) {
    case (.rate, _): return .nothing
    case (.absence, .ok): return .everything
    case (.threshold, .ok): return check.threshold.quietBand(around: value, former: .no)
    case (.threshold, .firing): return check.threshold.quietBand(around: value, former: .yes)
    default: return .nothing
    }
  }
}

extension HotSeries {
  /// Stores a good reading if it is quiet.
  @inline(__always)
  fileprivate mutating func takeQuiet(_ value: Double, at time: Int64, _ message: AlertEngine.Message) -> Bool {
    guard value >= low, value <= high, time > newest, message.receivedAt &- time <= liveLimit else { return false }
    newest = time
    sequence = message.sequence
    hear(value, at: time, message)
    return true
  }

  @inline(__always)
  fileprivate mutating func hear(_ value: Double, at time: Int64, _ message: AlertEngine.Message) {
    heardTime = time
    heardAt = message.moment
    self.value = value
  }

  /// Of readings of one time the last message's is the newest; of one message the first, so that a message's sequence
  /// and a time name one reading.
  fileprivate func isNewest(_ time: Int64, _ message: AlertEngine.Message) -> Bool {
    time > newest || (time == newest && message.sequence != sequence)
  }
}
