import Simulator
import Storage
import Telemetry

/// Where a store differs from an oracle: a sentence for each window; empty where they are equal.
///
/// Counts, minimum, maximum, first and last must be equal bit for bit, sums to 1e-12 relative; what happened between the
/// readings to 1e-9, for it is added up in another order where late ones came.
public func differences(between oracle: Oracle, and reader: StoreReader) throws -> [String] {
  try reader.readNow { try differences(between: oracle, and: $0) }
}

/// The same of a moment of a store.
///
/// - Parameters:
///   - keptFrom: minutes that start before it, in seconds since 1970, have been let go.
///   - metrics: those that the oracle knows nothing of.
public func differences(
  between oracle: Oracle, and snapshot: StoreSnapshot, keptFrom: Int64 = .min, leaving metrics: Set<String> = []
) throws -> [String] {
  let stored = try storedWindows(snapshot).filter { !metrics.contains($0.key.metric) }
  var found: [String] = []
  for (key, window) in oracle.windows where key.windowStart >= keptFrom {
    guard let aggregate = stored[key]?.aggregate else {
      found.append("\(key): is missing")
      continue
    }
    found += differences(window, aggregate, stored[key]?.stateNames ?? [:]).map { "\(key): \($0)" }
    if let rule = stored[key]?.rule, !aggregate.isInexact, found.isEmpty {
      found += courseDifferences(window, aggregate, stored[key]?.stateNames ?? [:], rule).map { "\(key): \($0)" }
    }
  }
  found += stored.keys.filter {
    $0.windowStart >= keptFrom && oracle.windows[$0] == nil && oracle.totals[$0.ofSeries] == nil
  }.map { "\($0): is not in the oracle" }
  return (found + totalDifferences(oracle, stored)).sorted()
}

/// Series that are timed by the receipt: in which windows their readings are, only the gateway knows.
private func totalDifferences(_ oracle: Oracle, _ stored: [Oracle.Key: StoredWindow]) -> [String] {
  var totals: [Oracle.Series: Oracle.Total] = [:]
  for (key, window) in stored where oracle.totals[key.ofSeries] != nil {
    totals[key.ofSeries, default: Oracle.Total()].goodCount += Int(window.aggregate.count)
    totals[key.ofSeries, default: Oracle.Total()].badCount += Int(window.aggregate.badCount)
  }
  return oracle.totals.filter { totals[$0.key] != $0.value }.map { series, known in
    "\(series): all windows have \(totals[series] ?? Oracle.Total()), the oracle has \(known)"
  }
}

extension Oracle.Key {
  fileprivate var ofSeries: Oracle.Series { Oracle.Series(device: device, metric: metric) }
}

private struct StoredWindow {
  let aggregate: Aggregate
  let rule: SeriesRule
  /// Empty for series that are no states.
  let stateNames: [Int64: String]
}

private func storedWindows(_ snapshot: StoreSnapshot) throws -> [Oracle.Key: StoredWindow] {
  let devices = try snapshot.devices().reduce(into: [Int64: String]()) { $0[$1.id] = $1.name }
  let series = try snapshot.series().reduce(into: [SeriesID: SeriesRecord]()) { $0[$1.id] = $1 }
  let states = try snapshot.stateNames()
  var stored: [Oracle.Key: StoredWindow] = [:]
  try snapshot.forEachWindow(length: .minute, starts: .min ..< .max) { key, state in
    guard let record = series[key.series], let device = devices[record.deviceID] else { return }
    stored[Oracle.Key(device: device, metric: record.metric, windowStart: key.start)] = StoredWindow(
      aggregate: state.aggregate, rule: record.rule, stateNames: record.kind == .state ? states : [:])
  }
  return stored
}

/// Between the first and the last reading, from all readings in their order.
private func courseDifferences(
  _ window: Oracle.Window, _ stored: Aggregate, _ states: [Int64: String], _ rule: SeriesRule
) -> [String] {
  let numbers = Dictionary(uniqueKeysWithValues: states.map { ($0.value, Double($0.key)) })
  let samples = window.good.map { reading in
    let value: Double =
      switch reading.value {
      case .number(let number): number
      case .state(let name): numbers[name] ?? -1
      case .bad: -1
      }
    return (time: reading.time.microseconds, value: value)
  }.sorted { $0.time < $1.time }
  var increase = 0.0
  var integral = 0.0
  var times: [Double: Int64] = [:]
  for (from, to) in zip(samples, samples.dropFirst()) {
    let held = min(to.time - from.time, rule.holdMicroseconds)
    increase += to.value >= from.value ? to.value - from.value : max(0, to.value)
    integral += from.value * Double(held) / 1e6
    if held > 0 { times[from.value, default: 0] += held }
  }
  let stored = stored.course
  switch rule.kind {
  case .counter where !isClose(increase, stored.increase):
    return ["increase is \(stored.increase), the oracle has \(increase)"]
  case .gauge where !isClose(integral, stored.integral):
    return ["integral is \(stored.integral), the oracle has \(integral)"]
  case .state where times != Dictionary(uniqueKeysWithValues: stored.states.entries.map { ($0.state, $0.microseconds) }):
    return ["state times are \(stored.states.entries), the oracle has \(times)"]
  default: return []
  }
}

private func differences(_ window: Oracle.Window, _ stored: Aggregate, _ states: [Int64: String]) -> [String] {
  var found: [String] = []
  func check(_ name: String, _ known: some Equatable, _ got: some Equatable, _ isEqual: Bool) {
    if !isEqual { found.append("\(name) is \(got), the oracle has \(known)") }
  }
  check("count", window.good.count, stored.count, window.good.count == Int(stored.count))
  check("bad_count", window.badCount, stored.badCount, window.badCount == Int(stored.badCount))
  guard stored.count > 0, !window.good.isEmpty else { return found }
  let numbers = window.good.compactMap { reading -> Double? in
    if case .number(let number) = reading.value { number } else { nil }
  }
  if let least = numbers.min(), let greatest = numbers.max() {
    check("min", least, stored.min, least == stored.min)
    check("max", greatest, stored.max, greatest == stored.max)
    let sum = numbers.reduce(0, +)
    let scale = numbers.reduce(0) { $0 + abs($1) }
    check("sum", sum, stored.sum, abs(sum - stored.sum) <= 1e-12 * max(scale, .leastNormalMagnitude))
  }
  for (name, known, got) in [("first", window.first, stored.first), ("last", window.last, stored.last)] {
    switch known {
    case .number(let number): check(name, number, got, number == got)
    case .state(let state): check(name, state, states[Int64(got)] ?? "?", states[Int64(got)] == state)
    case .bad, nil: break
    }
  }
  return found
}

/// Where the hours of a store differ from an oracle in what does not rest on order: for minutes that have been let go.
///
/// - Parameter second: of hours before it, in seconds since 1970; the store's zone has whole hours.
public func hourDifferences(
  between oracle: Oracle, and snapshot: StoreSnapshot, before second: Int64
) throws -> [String] {
  guard second > 0 else { return [] }
  let devices = try snapshot.devices().reduce(into: [Int64: String]()) { $0[$1.id] = $1.name }
  let series = try snapshot.series().reduce(into: [SeriesID: SeriesRecord]()) { $0[$1.id] = $1 }
  var stored: [Oracle.Key: Aggregate] = [:]
  try snapshot.forEachWindow(length: .hour, starts: 0..<second) { key, state in
    guard let record = series[key.series], let device = devices[record.deviceID] else { return }
    stored[Oracle.Key(device: device, metric: record.metric, windowStart: key.start)] = state.aggregate
  }
  var known: [Oracle.Key: (count: Int, bad: Int, sum: Double)] = [:]
  for (key, window) in oracle.windows where key.windowStart < second {
    let hour = Oracle.Key(device: key.device, metric: key.metric, windowStart: key.windowStart / 3600 * 3600)
    known[hour, default: (0, 0, 0)].count += window.good.count
    known[hour]?.bad += window.badCount
    for reading in window.good {
      if case .number(let number) = reading.value { known[hour]?.sum += number }
    }
  }
  var found = stored.keys.filter { known[$0] == nil }.map { "hour \($0): is not in the oracle" }
  for (key, hour) in known {
    guard let aggregate = stored[key] else {
      found.append("hour \(key): is missing")
      continue
    }
    // A repeat of what has been let go cannot be told.
    if aggregate.isInexact { continue }
    if aggregate.count != hour.count || aggregate.badCount != hour.bad {
      found.append(
        "hour \(key): \(aggregate.count) good and \(aggregate.badCount) bad, the oracle has \(hour.count), \(hour.bad)")
    } else if series.values.first(where: { $0.metric == key.metric })?.kind != .state,
      !isClose(aggregate.sum, hour.sum, scale: abs(hour.sum))
    {
      found.append("hour \(key): sum is \(aggregate.sum), the oracle has \(hour.sum)")
    }
  }
  return found.sorted()
}
