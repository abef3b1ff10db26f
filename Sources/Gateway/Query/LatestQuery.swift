import Foundation
import Storage
import Telemetry

/// `GET /api/v1/latest` and `ganglion query latest`.
struct LatestQuery {
  static let parameters =
    [Parameter("metric", .names, "names of metrics, parted by commas; of all where none is named", mayRepeat: true)]
    + Parameter.devices + [
      Parameter.tags, Parameter.format, Parameter.language,
    ] + Parameter.page(of: "readings", standard: 10_000)

  let metrics: [String]
  let devices: DeviceChoice
  let tags: [(name: String, value: String)]
  let zone: TimeZone
  let now: Timestamp
  let limit: Int
  private let cursor: PageCursor?

  init(_ parameters: QueryParameters, zone: TimeZone, now: Timestamp) throws(QueryError) {
    try parameters.requireKnown(Self.parameters)
    metrics = parameters.words("metric")
    devices = DeviceChoice(parameters)
    tags = parameters.tagFilters
    self.zone = zone
    self.now = now
    limit = try parameters.count("limit", in: 1...1_000_000) ?? 10_000
    cursor = try parameters.cursor(keyCount: 4)
  }

  func answer(_ snapshot: StoreSnapshot, _ scope: TagScope) throws -> LatestAnswer {
    let directory = try snapshot.directory()
    let history = directory.history
    let wanted = metrics.isEmpty ? nil : Set(metrics)
    let lookup = try snapshot.latestLookup()
    var answer = LatestAnswer(zone: zone)
    var device: ToldReading.Device?
    var asked: Int64?
    for series in directory.seriesInOrder(devices) where wanted?.contains(series.metric) ?? true {
      // Series of one device stand side by side.
      if asked != series.deviceID {
        asked = series.deviceID
        device = directory.told[series.deviceID].flatMap { isAsked($0, scope) ? $0 : nil }
        if let device { answer.devices.append(device) }
      }
      guard let device, answer.next == nil, isBehindCursor(series, of: device),
        let latest = try lookup.reading(of: series.id),
        // What it measured before it came into the scope is not the caller's.
        scope.isWhole
          || scope.includes(
            series.deviceID, history, at: Timestamp(seconds: WindowLength.minute.start(of: latest.time)))
      else { continue }
      if answer.readings.count < limit {
        answer.readings.append(
          ToldReading(device: device, series: series, latest: latest, stateNames: directory.stateNames))
      } else if let last = answer.readings.last {
        answer.next = PageCursor(now, key: Self.key(of: last.series, of: last.device)).text
      }
    }
    return answer
  }

  private func isAsked(_ device: ToldReading.Device, _ scope: TagScope) -> Bool {
    scope.includes(device.tags) && tags.allSatisfy { device.tags[$0.name] == $0.value }
  }

  private func isBehindCursor(_ series: SeriesRecord, of device: ToldReading.Device) -> Bool {
    guard let cursor else { return true }
    return PageCursor.isOrdered(cursor.key, Self.key(of: series, of: device))
  }

  private static func key(of series: SeriesRecord, of device: ToldReading.Device) -> [String?] {
    [device.name, series.metric, series.kind.rawValue, series.unit]
  }
}

/// The answer to `LatestQuery`.
struct LatestAnswer: Sendable {
  fileprivate(set) var readings: [ToldReading] = []
  /// Where the next page begins; null behind the last one.
  fileprivate(set) var next: String?
  /// All that are asked for, in this page or another.
  fileprivate var devices: [ToldReading.Device] = []
  fileprivate let zone: TimeZone

  private var tagNames: [String] { devices.reduce(into: Set<String>()) { $0.formUnion($1.tags.keys) }.sorted() }
}

extension LatestAnswer: JSONWritable {
  func write(to text: inout JSONText) {
    var clock = ZoneClock(zone)
    text.object { text in
      text.field("next", AnswerValue(next))
      text.key("readings")
      text.reserve(readings.count * ToldReading.usualBytes)
      text.list(readings) { $1.write(to: &$0, &clock) }
    }
  }
}

extension LatestAnswer: TabularAnswer {
  /// A reading that is told by itself.
  struct Item: JSONWritable {
    fileprivate let reading: ToldReading
    fileprivate let zone: TimeZone

    func write(to text: inout JSONText) {
      var clock = ZoneClock(zone)
      reading.write(to: &text, &clock)
    }
  }

  var items: [Item] { readings.map { Item(reading: $0, zone: zone) } }

  var columns: [String] { ToldReading.columns + tagNames.map { "tag.\($0)" } }

  var rows: [[AnswerValue]] {
    var clock = ZoneClock(zone)
    let tagNames = tagNames
    return readings.map { reading in
      reading.cells(&clock) + tagNames.map { AnswerValue(reading.device.tags[$0]) }
    }
  }
}

extension LatestAnswer.Item: Encodable {
  /// For a few of them: which fields there are stands in one place.
  func encode(to encoder: any Encoder) throws {
    try JSONDecoder().decode(AnswerValue.self, from: json()).encode(to: encoder)
  }
}
