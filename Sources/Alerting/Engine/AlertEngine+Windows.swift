import Telemetry

/// A stored window of one series that has changed.
public struct WindowChange: Sendable {
  public var series: SeriesID
  public var length: WindowLength
  /// Seconds since 1970.
  public var start: Int64
  /// The first second after it; a day may have 23 or 25 hours.
  public var end: Int64
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
    guard index < records.count, let plan = records[index]?.plan else { return [] }
    return Set(plans.all[plan].windows.compactMap { $0.window?.length }).sorted { $0.seconds < $1.seconds }
  }

  /// Takes in how windows stand now.
  public mutating func windows(changed: [WindowChange]) {
    for change in changed {
      let index = Int(change.series.rawValue)
      guard index < records.count, let plan = records[index]?.plan, plan > 0 else { continue }
      for check in plans.all[plan].windows where check.window?.length == change.length {
        take(change, check, index, plan)
      }
    }
  }

  private mutating func take(_ change: WindowChange, _ check: Check, _ index: Int, _ plan: Int) {
    let closing = closingMoment(end: change.end)
    guard closing > clock, let window = check.window else { return }
    let value = window.value(
      of: change.aggregate, seconds: change.end - change.start, number: plans.all[plan].number)
    let key = ClosingWindows.Key(series: index, level: check.level, start: change.start)
    if closings.set(ClosingWindows.Figure(value: value, end: change.end), key, closing: closing) { wait(closing) }
    guard let value, window.isDecidedEarly(kind: plans.all[plan].kind) else { return }
    let truth = check.threshold.holds(for: value, former: .no)
    judge(check, index, change.start, truth, value, isClosed: false, at: change.aggregate.lastAt)
  }

  private func closingMoment(end: Int64) -> Int64 { (end + WindowState.secondsUntilClosed) * 1_000_000 + shift }

  private mutating func wait(_ closing: Int64) { push(DeadlineHeap.Entry(due: closing, kind: .window, index: 0)) }

  mutating func closeWindows(_ closing: Int64) {
    for (key, figure) in closings.take(closing: closing) {
      guard let plan = records[key.series]?.plan,
        let check = plans.all[plan].windows.first(where: { $0.level == key.level })
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

  /// Of an alert that was put back: the window that is open now is looked at, whether or not anything comes in it.
  mutating func expectWindow(_ check: Check, _ index: Int, at now: Timestamp) {
    guard let length = check.window?.length else { return }
    expectNext(check, index, from: length.start(of: now))
  }

  /// While an alert is open its next window is looked at even if nothing comes in it: then nobody knows.
  private mutating func expectNext(_ check: Check, _ index: Int, from start: Int64) {
    guard let length = check.window?.length,
      instances.find(check.level, from: records[index]!.firstInstance) >= 0
    else { return }
    // A day in which clocks change has an hour more.
    let end = start + length.seconds + (length == .day ? 3600 : 0)
    let key = ClosingWindows.Key(series: index, level: check.level, start: start)
    let closing = closingMoment(end: end)
    if closings.expect(key, end: end, closing: closing) { wait(closing) }
  }
}
