import Storage
import Telemetry

/// The groups of a question, by metric and by the device or the tags that were in force at a window's start.
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
  private let devices: [Int64: DeviceRecord]
  private let history: TagHistory
  private var numbers: [Key: Int] = [:]
  /// By number.
  private(set) var keys: [Key] = []

  /// - Parameter filter: tags that a device must have.
  init(
    groupBy: [String], filter: [(name: String, value: String)], devices: [Int64: DeviceRecord], history: TagHistory
  ) {
    self.groupBy = groupBy
    self.filter = filter
    self.devices = devices
    self.history = history
  }

  /// The number of a series' group in the window that starts at a second; nil where the filter leaves it out.
  mutating func group(of series: SeriesRecord, at start: Int64) -> Int? {
    let moment = Timestamp(seconds: start)
    let device = series.deviceID
    guard filter.allSatisfy({ history.value(of: $0.name, device: device, at: moment) == $0.value }) else { return nil }
    let values = groupBy.map { name in
      name == "device" ? devices[device]?.name : history.value(of: name, device: device, at: moment)
    }
    let key = Key(metric: series.metric, kind: series.kind, unit: series.unit, values: values)
    if let number = numbers[key] { return number }
    numbers[key] = keys.count
    keys.append(key)
    return keys.count - 1
  }

  /// The pieces of a span in which a series belongs to one group; without those that the filter leaves out.
  ///
  /// - Parameters: seconds since 1970; the pieces begin and end at minutes, as windows count under the tags at their start.
  mutating func spans(of series: SeriesRecord, from: Int64, to: Int64) -> [(span: Range<Int64>, group: Int)] {
    guard from < to else { return [] }
    let changes = history.changes(of: series.deviceID).map { $0.nextMinute }.filter { $0 > from && $0 < to }
    let borders = [from] + Set(changes).sorted() + [to]
    var spans: [(span: Range<Int64>, group: Int)] = []
    for (start, end) in zip(borders, borders.dropFirst()) {
      if let group = group(of: series, at: start) { spans.append((start..<end, group)) }
    }
    return spans
  }
}

/// The windows that an answer has points for, by group: a span of years costs no more than the points that lie in it.
struct WindowStarts {
  private var grid: WindowGrid
  private let starts: [Int: [Int64]]

  init(_ keys: some Sequence<PointKey>, of grid: WindowGrid) {
    self.grid = grid
    starts = Dictionary(grouping: keys, by: \.group).mapValues { $0.map(\.start).sorted() }
  }

  /// The windows of a group that share seconds with a span, and how many.
  mutating func windows(in span: Range<Int64>, of group: Int) -> [(start: Int64, seconds: Int64)] {
    guard let starts = starts[group] else { return [] }
    let first = grid.start(of: span.lowerBound)
    var low = 0
    var high = starts.count
    while low < high {
      let middle = (low + high) / 2
      if starts[middle] < first { low = middle + 1 } else { high = middle }
    }
    return starts[low...].prefix { $0 < span.upperBound }.map { ($0, grid.seconds(of: span, inWindow: $0)) }
  }
}

extension Timestamp {
  /// The start of the minute that holds this moment, in seconds since 1970.
  var minute: Int64 { WindowLength.minute.start(of: self) }

  /// The first minute that starts at this moment or later, in seconds since 1970.
  fileprivate var nextMinute: Int64 {
    guard microseconds > .min + 120_000_000 else { return .min }
    return Timestamp(microseconds: microseconds + 59_999_999).minute
  }
}
