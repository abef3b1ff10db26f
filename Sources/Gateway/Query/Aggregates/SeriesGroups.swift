import Storage
import Telemetry

/// The groups of a question, by metric and by the device, its code, or the tags that were in force at a stored window's start.
struct SeriesGroups {
  struct Key: Hashable {
    let metric: String
    let kind: MetricKind
    let unit: String
    /// In the order of `group_by`; nil for a tag that is missing.
    let values: [String?]
  }

  private let groupBy: [String]
  private let filter: [(name: String, value: String)]
  private let scope: TagScope
  private let devices: [Int64: DeviceRecord]
  private let history: TagHistory
  private var numbers: [Key: Int] = [:]
  /// By number.
  private(set) var keys: [Key] = []
  /// By the place of the series in the question: its group looked up last, and the seconds in which it holds.
  private var known: [(span: Range<Int64>, group: Int?)]

  /// - Parameters:
  ///   - filter: tags that a device must have.
  ///   - scope: of who asks.
  ///   - seriesCount: how many series the question has.
  init(
    groupBy: [String], filter: [(name: String, value: String)], scope: TagScope, devices: [Int64: DeviceRecord],
    history: TagHistory, seriesCount: Int
  ) {
    self.groupBy = groupBy
    self.filter = filter
    self.scope = scope
    self.devices = devices
    self.history = history
    known = Array(repeating: (0..<0, nil), count: seriesCount)
  }

  /// The number of a series' group in a stored window; nil where the filter leaves it out.
  ///
  /// - Parameters:
  ///   - place: of the series in the question.
  ///   - start: of the stored window, in seconds since 1970.
  mutating func group(of series: SeriesRecord, place: Int, at start: Int64) -> Int? {
    if known[place].span.contains(start) { return known[place].group }
    let group = look(up: series, at: start)
    known[place] = (history.unchangedSpan(of: series.deviceID, around: start), group)
    return group
  }

  private mutating func look(up series: SeriesRecord, at start: Int64) -> Int? {
    let moment = Timestamp(seconds: start)
    let device = series.deviceID
    guard scope.includes(device, history, at: moment),
      filter.allSatisfy({ history.value(of: $0.name, device: device, at: moment) == $0.value })
    else { return nil }
    let values = groupBy.map { name in
      switch name {
      case "device": devices[device]?.name
      case "code": devices[device]?.listing?.code ?? history.value(of: name, device: device, at: moment)
      default: history.value(of: name, device: device, at: moment)
      }
    }
    return number(of: Key(metric: series.metric, kind: series.kind, unit: series.unit, values: values))
  }

  /// The number of a group; a new one where it has none.
  mutating func number(of key: Key) -> Int {
    if let number = numbers[key] { return number }
    numbers[key] = keys.count
    keys.append(key)
    return keys.count - 1
  }

  /// The pieces of a span in which a series belongs to one group; without those that the filter leaves out.
  ///
  /// - Parameters:
  ///   - from, to: seconds since 1970.
  ///   - grid: pieces begin and end where its stored windows do, as those count under the tags at their start.
  mutating func spans(
    of series: SeriesRecord, place: Int, from: Int64, to: Int64, grid: inout WindowGrid
  ) -> [(span: Range<Int64>, group: Int)] {
    guard from < to else { return [] }
    let first = grid.levelStart(of: from)
    let only = group(of: series, place: place, at: first)
    if known[place].span.lowerBound <= first, to <= known[place].span.upperBound {
      return only.map { [(from..<to, $0)] } ?? []
    }
    var changes: Set<Int64> = []
    for change in history.changes(of: series.deviceID) where change.microseconds > from * 1_000_000 {
      let second = (change.microseconds + 999_999) / 1_000_000
      guard second < to else { continue }
      let window = grid.levelWindow(of: second)
      // The next stored window is the first one that counts under the new value.
      let border = window.lowerBound == second ? second : window.upperBound
      if border > from, border < to { changes.insert(border) }
    }
    let borders = [from] + changes.sorted() + [to]
    var spans: [(span: Range<Int64>, group: Int)] = []
    for (start, end) in zip(borders, borders.dropFirst()) {
      if let group = group(of: series, place: place, at: grid.levelStart(of: start)) {
        spans.append((start..<end, group))
      }
    }
    return spans
  }
}
