import Telemetry

/// `device_share`: devices of which a condition on a function over the window holds ÷ devices that were heard, or listed.
extension KPIData {
  mutating func shares(of devices: KPICondition.Devices, where condition: KPICondition) throws -> KPICells {
    let measure = condition.measure
    let names = byDevice
    var cells = KPICells()
    // What came and was to come of the groups, silent devices included.
    for (group, point) in try points(of: measure.source, [measure.function]) {
      try cells.change(group.values, point.window) { $0.count(point) }
    }
    let listed = devices == .listed ? try listedDevices(measure.source.filter) : nil
    for (key, names) in listed?.names ?? [:] {
      try cells.change(key.values, listed!.windows[key]!) { $0.add(part: 0, whole: Double(names.count)) }
    }
    let found = try points(of: measure.source, [measure.function], groupBy: names.groupBy)
    // States and numbers apart: a metric that has become a state is one from then on.
    for isState in [false, true] {
      for (key, point) in folded(found.filter { ($0.group.kind == .state) == isState }, measure) {
        let value = value(measure, of: point, isState: isState)
        guard value != .null else { continue }
        let values = Array(key.values.prefix(query.base.groupBy.count))
        let holds = condition.holds(for: value)
        if let listed {
          let cell = KPICells.Key(values: values, start: key.start)
          guard holds, let name = key.values[names.place], listed.names[cell]?.contains(name) == true else { continue }
          try cells.change(values, point.window) { $0.add(part: 1, whole: 0) }
        } else {
          try cells.change(values, point.window) { $0.add(part: holds ? 1 : 0, whole: 1) }
        }
      }
    }
    return cells
  }
}

extension KPICell {
  mutating func add(part: Double, whole: Double) {
    self.part = (self.part ?? 0) + part
    self.whole = (self.whole ?? 0) + whole
  }
}
