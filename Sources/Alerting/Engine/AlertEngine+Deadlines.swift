import Telemetry

/// Deadlines of series and groups, each with at most one entry that counts.
extension AlertEngine {
  /// What a series waits for.
  private enum Wait {
    case silence
    /// By its place among the instances.
    case span(Int32)
    case absence(Check)
  }

  /// Reaches all deadlines up to a moment, in their order.
  mutating func advance(to moment: Int64) {
    while deadlines.earliest <= moment {
      let entry = deadlines.pop()
      // What follows from it follows at its moment.
      clock = max(clock, entry.due)
      switch entry.kind {
      case .series: reach(series: Int(entry.index), entry.due)
      case .group: reach(group: Int(entry.index), entry.due)
      case .window: closeWindows(entry.due)
      }
    }
  }

  private mutating func reach(series index: Int, _ due: Int64) {
    guard index < records.count, records[index].armed == due else { return }
    records[index].armed = .max
    guard let next = next(series: index) else { return }
    if next.due <= due { reach(next.wait, series: index, due: next.due) }
    settle(index)
  }

  private mutating func reach(group index: Int, _ due: Int64) {
    guard index < groups.all.count, groups.all[index].armed == due else { return }
    groups.all[index].armed = .max
    let found = groups.all[index].firstInstance
    guard found >= 0, let next = deadline(of: found) else { return }
    if next <= due { pass(found, due: next) }
    arm(group: index)
  }

  private mutating func reach(_ wait: Wait, series index: Int, due: Int64) {
    switch wait {
    case .silence: silence(index, due: due)
    case .span(let instance): pass(instance, due: due)
    case .absence(let check):
      let value = hot[index].value
      let deadline = deadline(of: index, after: check.span, due: due)
      change(.series(index), check, isNeeded: true) { $0.absent(deadline, lastValue: value) }
    }
  }

  private mutating func pass(_ instance: Int32, due: Int64) {
    let spans = instances[instance].spans
    if case .series(let index) = instances[instance].owner { instances[instance].machine.value = hot[index].value }
    change(instance) { $0.deadlineReached(due: Timestamp(microseconds: due), spans) }
  }

  /// A series has said nothing for too long.
  private mutating func silence(_ index: Int, due: Int64) {
    records[index].isKnown = false
    let plan = plans.all[records[index].plan]
    let (deadline, value) = (deadline(of: index, after: plan.silence ?? 0, due: due), hot[index].value)
    for check in plan.checks where check.form == .threshold || check.form == .rate {
      change(.series(index), check, isNeeded: false) {
        // Quiet readings have told the machine nothing.
        $0.value = value
        return $0.silent(deadline)
      }
    }
    silenceParts(index, due: due)
  }

  /// A series that parts of joined rules look at has said nothing for too long.
  mutating func silenceParts(_ index: Int, due: Int64) {
    let record = records[index]
    guard record.parts.contains(where: { $0.truth != .unknown }) else { return }
    forgetParts(index)
    let deadline = deadline(of: index, after: plans.all[record.plan].silence ?? 0, due: due)
    for group in Set(record.parts.map(\.group)).sorted() { silence(group: group, deadline) }
  }

  private func deadline(of index: Int, after span: Int64, due: Int64) -> AlertMachine.Deadline {
    AlertMachine.Deadline(
      time: Timestamp(microseconds: hot[index].heardTime + span), due: Timestamp(microseconds: due),
      heardAt: receipt(hot[index].heardAt).microseconds)
  }

  private mutating func silence(group index: Int, _ deadline: AlertMachine.Deadline) {
    let group = groups.all[index]
    guard group.truth == .unknown else { return }
    change(.group(index), group.check, isNeeded: false) { $0.silent(deadline) }
  }

  // MARK: Which is next

  /// Notes when a series has to be looked at, where that is sooner than noted.
  mutating func arm(series index: Int) {
    guard records[index].plan > 0, let next = next(series: index), next.due < records[index].armed else { return }
    records[index].armed = next.due
    push(DeadlineHeap.Entry(due: next.due, kind: .series, index: Int32(index)))
  }

  mutating func arm(group index: Int) {
    let found = groups.all[index].firstInstance
    guard found >= 0, let due = deadline(of: found), due < groups.all[index].armed else { return }
    groups.all[index].armed = due
    push(DeadlineHeap.Entry(due: due, kind: .group, index: Int32(index)))
  }

  private func deadline(of instance: Int32) -> Int64? {
    instances[instance].machine.deadline(
      instances[instance].spans, listeningSince: Timestamp(microseconds: listens))?.microseconds
  }

  private func next(series index: Int) -> (due: Int64, wait: Wait)? {
    let record = records[index]
    var next: (due: Int64, wait: Wait)?
    func consider(_ due: Int64, _ wait: Wait) {
      if next.map({ due < $0.due }) ?? true { next = (due, wait) }
    }
    let plan = plans.all[record.plan]
    let isHeard = hot[index].heardAt != never
    let base = max(hot[index].heardAt, listens)
    if isHeard, let silence = plan.silence, canBeLost(record) {
      consider(base + silence, .silence)
    }
    var instance = record.firstInstance
    while instance >= 0 {
      if let due = deadline(of: instance) { consider(due, .span(instance)) }
      instance = instances[instance].next
    }
    if plan.hasAbsence, isHeard {
      for check in plan.checks where check.form == .absence && said(check.level, .series(index)) != .yes {
        consider(base + check.span, .absence(check))
      }
    }
    return next
  }

  /// A silence would change something.
  private func canBeLost(_ record: SeriesRecord) -> Bool {
    if record.parts.contains(where: { $0.truth != .unknown }) { return true }
    var instance = record.firstInstance
    while instance >= 0 {
      let form = instances[instance].form
      if form == .threshold || form == .rate, instances[instance].machine.phase != .lost { return true }
      instance = instances[instance].next
    }
    return false
  }

  // MARK: Bounds

  /// Adds an entry; where too many of those that are there do not count any more, they are sorted out.
  mutating func push(_ entry: DeadlineHeap.Entry) {
    deadlines.push(entry)
    guard deadlines.count > 4 * (records.count + groups.all.count) + 4096 else { return }
    deadlines.removeAll()
    for (index, record) in records.enumerated() {
      guard record.armed != .max else { continue }
      deadlines.push(DeadlineHeap.Entry(due: record.armed, kind: .series, index: Int32(index)))
    }
    for (index, group) in groups.all.enumerated() where group.armed != .max {
      deadlines.push(DeadlineHeap.Entry(due: group.armed, kind: .group, index: Int32(index)))
    }
    for moment in closings.moments { deadlines.push(DeadlineHeap.Entry(due: moment, kind: .window, index: 0)) }
  }
}
