import Telemetry

/// Series come, change and go; states are put back.
extension AlertEngine {
  /// Makes a series known, or what has changed about it: its tags, its interval.
  ///
  /// Alerts of rules that do not apply any more are withdrawn.
  public mutating func bind(_ binding: SeriesBinding) {
    let index = Int(binding.series.rawValue)
    guard index < names.count, names[index] != nil else { return enrol(binding) }
    let former = records[index].plan
    let rates = rateMemories(of: index)
    leaveGroups(index)
    names[index] = binding
    enter(index)
    put(rates, index)
    withdrawStrays(of: index, former: plans.all[former])
    settle(index)
  }

  /// What it knows of a series; nil for one that is none of its.
  public func binding(of series: SeriesID) -> SeriesBinding? {
    let index = Int(series.rawValue)
    return index < names.count ? names[index] : nil
  }

  /// Makes a series known that is new to the engine, or to its rules.
  mutating func enrol(_ binding: SeriesBinding) {
    let index = Int(binding.series.rawValue)
    grow(through: index)
    if names[index] == nil {
      names[index] = binding
      if let latest = binding.latest { remember(latest, index) }
    }
    enter(index)
    if let latest = binding.latest, records[index].plan > 0, hot[index].newest == latest.time.microseconds {
      hearAgain(latest, index)
    }
    speakUp(index)
    settle(index)
  }

  private mutating func grow(through index: Int) {
    guard index >= records.count else { return }
    let missing = index + 1 - records.count
    hot.append(contentsOf: repeatElement(HotSeries(), count: missing))
    records.append(contentsOf: repeatElement(SeriesRecord(), count: missing))
    names.append(contentsOf: repeatElement(nil, count: missing))
  }

  /// Finds the rules of a series, and the groups that it is in.
  private mutating func enter(_ index: Int) {
    let names = names[index]!
    records[index].plan = plans.plan(for: names)
    let plan = plans.all[records[index].plan]
    records[index].rates = Array(repeating: RateMemory(), count: plan.rateCount)
    records[index].parts = []
    for check in plan.checks where check.form == .part {
      guard case .joined(let joined) = rules.rules[check.rule].subject else { continue }
      let group = groups.group(of: check, joined, names)
      records[index].parts.append(PartState(group: group, truth: .unknown))
      groups.enter(group, part: check.part, series: index, .unknown)
    }
  }

  private mutating func remember(_ latest: LatestReading, _ index: Int) {
    hot[index].newest = latest.time.microseconds
    hot[index].value = latest.value
  }

  /// The newest reading that the store has says something where it was good and live. Silence counts from it anyway:
  /// nobody knows the last one that was.
  private mutating func hearAgain(_ latest: LatestReading, _ index: Int) {
    hot[index].heardTime = latest.time.microseconds
    hot[index].heardAt = latest.receivedAt.microseconds &+ shift
    let age = latest.receivedAt.microseconds - latest.time.microseconds
    records[index].isKnown = latest.quality == .good && age <= plans.all[records[index].plan].widestLiveLimit
  }

  /// Lets the parts of joined rules say what they think of the last reading.
  private mutating func speakUp(_ index: Int) {
    let record = records[index]
    guard record.isKnown, !isOutdated(index) else { return }
    for check in plans.all[record.plan].checks where check.form == .part {
      setPart(check, series: index, check.threshold.holds(for: hot[index].value, former: .no))
    }
  }

  private mutating func leaveGroups(_ index: Int) {
    let record = records[index]
    for check in plans.all[record.plan].checks where check.form == .part {
      let state = record.parts[check.slot]
      groups.leave(state.group, part: check.part, series: index, state.truth)
      guard groups.all[state.group].firstInstance >= 0 else { continue }
      // What it said is no reading: the others are asked anew.
      doubt(group: state.group)
    }
  }

  // MARK: Withdrawal

  private mutating func withdrawStrays(of index: Int, former: SeriesPlan) {
    let plan = plans.all[records[index].plan]
    for check in former.checks + former.windows where check.form != .part {
      if plan.check(check.level)?.fingerprint != check.fingerprint { withdraw(check.level, .series(index)) }
    }
    respan(index)
    for group in groups.all.indices where groups.all[group].isBroken && groups.all[group].firstInstance >= 0 {
      withdraw(groups.all[group].check.level, .group(group))
    }
  }

  /// Spans may be others than before.
  private mutating func respan(_ index: Int) {
    var instance = records[index].firstInstance
    while instance >= 0 {
      if let check = plans.all[records[index].plan].check(instances[instance].level) {
        instances[instance].spans = check.spans
      }
      instance = instances[instance].next
    }
  }

  private mutating func withdraw(_ level: UInt64, _ owner: Owner) {
    let found = instances.find(level, from: first(owner))
    guard found >= 0 else { return }
    let since = instances[found].machine.since
    let moment = Timestamp(microseconds: clock == never ? since.microseconds + shift : clock)
    let at = receipt(moment.microseconds)
    change(found) { $0.withdraw(at: at, receivedAt: moment) }
  }

  // MARK: States

  /// Puts back the states that a store has, after all series have been bound and before any reading. What no rule or
  /// series is there for any more, or whose condition is another, is withdrawn.
  ///
  /// - Parameters:
  ///   - storedAt: the engine's time as they were stored; its deadlines up to then have been reached.
  ///   - now: when what has to be is withdrawn.
  public mutating func restore(_ states: [AlertState], storedAt: Timestamp, now: Timestamp) {
    clock = max(clock, storedAt.microseconds)
    put(states, at: now)
  }

  mutating func put(_ states: [AlertState], at now: Timestamp, isReplacing: Bool = false) {
    let devices = Set(states.compactMap { $0.key.target.metric == nil ? nil : $0.key.target.device })
    var series: [AlertTarget: Int] = [:]
    for (index, names) in names.enumerated() {
      guard let names, devices.contains(names.device) else { continue }
      series[.series(device: names.device, metric: names.metric)] = index
    }
    var numbers: [String: Int] = [:]
    for (number, rule) in rules.rules.enumerated() { numbers[rule.id] = number }
    for state in states.sorted(by: Self.comesBefore) { put(state, series, numbers, at: now, isReplacing) }
  }

  /// So that the same states give the same order of what is withdrawn.
  private static func comesBefore(_ left: AlertState, _ right: AlertState) -> Bool {
    let (a, b) = (left.key.alertID(firedBy: .withdrawal), right.key.alertID(firedBy: .withdrawal))
    return (left.machine?.since ?? 0, a) < (right.machine?.since ?? 0, b)
  }

  private mutating func put(
    _ state: AlertState, _ series: [AlertTarget: Int], _ numbers: [String: Int], at now: Timestamp,
    _ isReplacing: Bool
  ) {
    guard var machine = state.machine.flatMap(AlertMachine.init) else { return }
    machine.turnReceivedAt.microseconds &+= shift
    guard let (owner, check) = place(of: state, series, numbers) else {
      let step = machine.withdraw(at: now, receivedAt: now)
      if let step { transitions.append(AlertTransition(step, of: state.key, unit: nil, tags: tags(of: state.key))) }
      return instances.noteGone(state.key)
    }
    let index = insert(
      Instance(
        machine: machine, key: state.key, owner: owner, level: check.level, fingerprint: check.fingerprint,
        form: check.form, spans: check.spans))
    if isReplacing { instances.noteChange(index) }
    switch owner {
    case .series(let series):
      settle(series)
      if check.form == .window { expectWindow(after: machine, check, series, at: now) }
    case .group(let group): arm(group: group)
    }
  }

  private func place(
    of state: AlertState, _ series: [AlertTarget: Int], _ numbers: [String: Int]
  ) -> (Owner, Check)? {
    guard let number = numbers[state.key.rule] else { return nil }
    let level = StableHash(state.key.rule, state.key.severity.word).value
    if state.key.target.metric != nil {
      guard let index = series[state.key.target], let check = plans.all[records[index].plan].check(level),
        check.form != .part, check.fingerprint == state.fingerprint
      else { return nil }
      return (.series(index), check)
    }
    guard let group = groups.number(rule: number, target: state.key.target), !groups.all[group].isBroken,
      groups.all[group].check.level == level, groups.all[group].check.fingerprint == state.fingerprint
    else { return nil }
    return (.group(group), groups.all[group].check)
  }

  private func tags(of key: AlertKey) -> [String: String] {
    if case .tag(let name, let value) = key.target { return [name: value] }
    return names.lazy.compactMap { $0 }.first { $0.device == key.target.device }?.tags ?? [:]
  }

  // MARK: Rates

  /// What rates remember of the series of which that has changed since this was asked last. To be kept with a checkpoint
  /// of the readings.
  public mutating func drainRates() -> [RateState] {
    defer { rateChanges.removeAll(keepingCapacity: true) }
    return rateChanges.flatMap { index in
      records[index].hasRateChange = false
      guard let series = names[index]?.series else { return [RateState]() }
      return rateMemories(of: index).map { RateState(series: series, level: $0.level, bytes: $0.memory.bytes) }
    }
  }

  mutating func noteRateChange(_ index: Int) {
    guard !records[index].hasRateChange else { return }
    records[index].hasRateChange = true
    rateChanges.append(index)
  }

  /// By the level of their check.
  typealias RateMemories = [(level: UInt64, memory: RateMemory)]

  func rateMemories(of index: Int) -> RateMemories {
    let record = records[index]
    guard !record.rates.isEmpty else { return [] }
    return plans.all[record.plan].checks.filter { $0.form == .rate }.map { ($0.level, record.rates[$0.slot]) }
  }

  /// Puts memories back where the rules still ask for them.
  mutating func put(_ memories: RateMemories, _ index: Int) {
    for (level, memory) in memories {
      guard let check = plans.all[records[index].plan].check(level), check.form == .rate else { continue }
      records[index].rates[check.slot] = memory
    }
  }

  /// Puts back what rates remember, after all series have been bound. What fits no rule is passed over.
  public mutating func restore(_ rates: [RateState]) {
    for state in rates {
      let index = Int(state.series.rawValue)
      guard index < records.count, let memory = RateMemory(bytes: state.bytes) else { continue }
      put([(state.level, memory)], index)
    }
    // The newest of all may have come behind what was kept.
    for index in records.indices {
      guard let latest = names[index]?.latest, latest.quality == .good else { continue }
      rememberRates(latest.value, at: latest.time, index)
    }
  }
}
