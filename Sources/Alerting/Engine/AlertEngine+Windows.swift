import Telemetry

/// A stored window of one series that has changed.
public struct WindowChange: Sendable {
  /// Whose window it is.
  public var series: SeriesID
  /// A minute, an hour or a day.
  public var length: WindowLength
  /// Seconds since 1970.
  public var start: Int64
  /// The first second after it; a day may have 23 or 25 hours.
  public var end: Int64
  /// What is in it now.
  public var aggregate: Aggregate

  public init(series: SeriesID, length: WindowLength, start: Int64, end: Int64, aggregate: Aggregate) {
    self.series = series
    self.length = length
    self.start = start
    self.end = end
    self.aggregate = aggregate
  }
}

/// Rules about windows.
///
/// What is remembered of a window is its figure, until it is closed; a start has to tell the open ones again. Whatever
/// changes a window that is closed fires nothing.
extension AlertEngine {
  /// Of a series: the lengths of windows that rules look at.
  public func windowLengths(of series: SeriesID) -> [WindowLength] {
    let index = Int(series.rawValue)
    guard index < records.count else { return [] }
    return Set(plans.all[records[index].plan].windowConditions.map(\.length)).sorted { $0.seconds < $1.seconds }
  }

  /// Takes in how windows stand now.
  public mutating func windows(changed: [WindowChange]) {
    for change in changed {
      let index = Int(change.series.rawValue)
      guard index < records.count, records[index].plan > 0 else { continue }
      let plan = records[index].plan
      for check in plans.all[plan].windows {
        let window = plans.all[plan].windowConditions[check.window]
        if window.length == change.length { take(change, check, window, index) }
      }
    }
  }

  private mutating func take(_ change: WindowChange, _ check: Check, _ window: WindowCondition, _ index: Int) {
    let closing = closingMoment(end: change.end)
    guard closing > clock else { return }
    let plan = plans.all[records[index].plan]
    let value = window.value(of: change.aggregate, seconds: change.end - change.start, number: plan.number)
    let key = ClosingWindows.Key(series: index, level: check.level, start: change.start)
    if closings.set(ClosingWindows.Figure(value: value, end: change.end), key, closing: closing) { wait(closing) }
    guard let value, window.isDecidedEarly(kind: plan.kind) else { return }
    let truth = check.threshold.holds(for: value, former: .no)
    judge(check, index, change.start, truth, value, isClosed: false, at: change.aggregate.lastAt)
  }

  private func closingMoment(end: Int64) -> Int64 { (end + WindowState.secondsUntilClosed) * 1_000_000 + shift }

  private mutating func wait(_ closing: Int64) { push(DeadlineHeap.Entry(due: closing, kind: .window, index: 0)) }

  mutating func closeWindows(_ closing: Int64) {
    for (key, figure) in closings.take(closing: closing) {
      let plan = plans.all[records[key.series].plan]
      guard let check = plan.windows.first(where: { $0.level == key.level }),
        figure.value != nil || isMissing(key.start, check, key.series)
      else { continue }
      let truth = figure.value.map { check.threshold.holds(for: $0, former: said(check.level, .series(key.series))) }
      judge(
        check, key.series, key.start, truth ?? .unknown, figure.value ?? 0, isClosed: true,
        at: Timestamp(seconds: figure.end))
      expectNext(check, key.series, from: figure.end)
    }
  }

  private mutating func judge(
    _ check: Check, _ index: Int, _ start: Int64, _ truth: Truth, _ value: Double, isClosed: Bool, at: Timestamp
  ) {
    let moment = Timestamp(microseconds: clock)
    change(.series(index), check, isNeeded: truth == .yes) {
      $0.judge(windowStart: start, truth, value: value, isClosed: isClosed, at: at, receivedAt: moment)
    }
  }

  // MARK: Windows in which nothing comes

  private func length(_ check: Check, _ index: Int) -> Int64 {
    plans.all[records[index].plan].windowConditions[check.window].length.seconds
  }

  /// Nothing has been said of a window, nor of one that begins near it: days are not all of one length.
  private func isMissing(_ start: Int64, _ check: Check, _ index: Int) -> Bool {
    let found = instances.find(check.level, from: records[index].firstInstance)
    guard found >= 0 else { return false }
    return instances[found].machine.turnedAt.seconds + length(check, index) / 2 < start
  }

  /// Of an alert that was put back: the next window that is not over is looked at, whether or not anything comes in it.
  mutating func expectWindow(after machine: AlertMachine, _ check: Check, _ index: Int, at now: Timestamp) {
    let length = length(check, index)
    let next = machine.turnedAt.seconds + length
    let passed = max(0, now.seconds - next) / length
    // Its start is known to a second: it is looked at behind the one that begins there.
    expectNext(check, index, from: next + passed * length, slack: 2)
  }

  /// While an alert is open its next window is looked at even if nothing comes in it: then nobody knows.
  private mutating func expectNext(_ check: Check, _ index: Int, from start: Int64, slack: Int64 = 0) {
    guard instances.find(check.level, from: records[index].firstInstance) >= 0 else { return }
    // A day in which clocks change has an hour more.
    let length = length(check, index)
    let end = start + length + slack + (length == WindowLength.day.seconds ? 3600 : 0)
    let key = ClosingWindows.Key(series: index, level: check.level, start: start)
    let closing = closingMoment(end: end)
    if closings.expect(key, end: end, closing: closing) { wait(closing) }
  }
}
