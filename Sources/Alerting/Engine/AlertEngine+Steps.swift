import Telemetry

/// Steps of machines, and what comes of them.
extension AlertEngine {
  func first(_ owner: Owner) -> Int32 {
    switch owner {
    case .series(let index): records[index].firstInstance
    case .group(let index): groups.all[index].firstInstance
    }
  }

  /// What a machine said last; one that has no instance is `ok`.
  func said(_ level: UInt64, _ owner: Owner) -> Truth {
    let found = instances.find(level, from: first(owner))
    return found < 0 ? .no : instances[found].machine.said
  }

  /// Tells a machine what its check says of a reading.
  mutating func step(_ owner: Owner, _ check: Check, _ truth: Truth, _ input: AlertMachine.Input) {
    change(owner, check, isNeeded: truth == .yes) { $0.take(truth, input, check.spans) }
  }

  /// Changes a machine, which is made where it has none and needs one, and goes where it is `ok`.
  mutating func change(
    _ owner: Owner, _ check: Check, isNeeded: Bool, _ body: (inout AlertMachine) -> AlertMachine.Step?
  ) {
    let found = instances.find(check.level, from: first(owner))
    guard found < 0 else { return change(found, body) }
    guard isNeeded else { return }
    change(
      insert(
        Instance(
          machine: AlertMachine(), key: key(check, owner), owner: owner, level: check.level,
          fingerprint: check.fingerprint, form: check.form, spans: check.spans)), body)
  }

  mutating func change(_ index: Int32, _ body: (inout AlertMachine) -> AlertMachine.Step?) {
    let former = instances[index].machine
    if let step = body(&instances[index].machine) { tell(step, instances[index]) }
    let machine = instances[index].machine
    if machine.phase == .ok || machine.phase == .unknown {
      remove(index)
    } else if machine != former, machine.isToBeStored(after: former) {
      instances.noteChange(index)
    }
  }

  mutating func insert(_ instance: Instance) -> Int32 {
    switch instance.owner {
    case .series(let index): instances.insert(instance, first: &records[index].firstInstance)
    case .group(let index): instances.insert(instance, first: &groups.all[index].firstInstance)
    }
  }

  private mutating func remove(_ index: Int32) {
    switch instances[index].owner {
    case .series(let series): instances.remove(index, first: &records[series].firstInstance)
    case .group(let group): instances.remove(index, first: &groups.all[group].firstInstance)
    }
  }

  private func key(_ check: Check, _ owner: Owner) -> AlertKey {
    let target: AlertTarget =
      switch owner {
      case .series(let index):
        .series(device: names[index]!.device, metric: names[index]!.metric)
      case .group(let index): groups.all[index].target
      }
    return AlertKey(rule: rules.rules[check.rule].id, severity: check.severity, target: target)
  }

  private mutating func tell(_ step: AlertMachine.Step, _ instance: Instance) {
    var step = step
    step.receivedAt = receipt(step.receivedAt.microseconds)
    switch instance.owner {
    case .series(let index):
      let series = names[index]!
      // The figure of a window is a number, of states too.
      let isState = series.kind == .state && instance.form != .window
      transitions.append(
        AlertTransition(step, of: instance.key, unit: series.unit, isState: isState, tags: series.tags))
    case .group(let index):
      transitions.append(AlertTransition(step, of: instance.key, unit: nil, tags: groups.all[index].tags))
    }
  }

  // MARK: Joined rules

  /// Tells a group's machine where its parts say something else than it did last.
  ///
  /// Its readings come from many clocks. So only a change of what all parts say together is told, and its spans are
  /// waited for by deadline.
  mutating func judge(group index: Int, _ input: AlertMachine.Input) {
    let group = groups.all[index]
    let truth = group.truth
    guard truth != said(group.check.level, .group(index)) else { return }
    step(.group(index), group.check, truth, input)
    arm(group: index)
  }

  /// Forgets what all members of a group said in it: they are asked anew.
  mutating func doubt(group index: Int) {
    for series in groups.all[index].members.keys {
      forgetParts(series, of: index)
      refreshBand(series)
    }
  }

  /// Lets the parts of a series say that nobody knows.
  ///
  /// - Parameter group: nil for those in all groups.
  mutating func forgetParts(_ index: Int, of group: Int? = nil) {
    let record = records[index]
    guard !record.parts.isEmpty else { return }
    for check in plans.all[record.plan].checks where check.form == .part {
      if group == nil || record.parts[check.slot].group == group { setPart(check, series: index, .unknown) }
    }
  }
}

extension AlertMachine {
  /// More has changed than the value of the last reading, which is none of the state's.
  fileprivate func isToBeStored(after former: AlertMachine) -> Bool {
    var former = former
    former.value = value
    return self != former
  }
}
