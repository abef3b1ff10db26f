import Foundation
import Storage
import Telemetry

/// `GET /api/v1/latest` and `ganglion query latest`.
struct LatestQuery {
  static let parameters =
    [Parameter("metric", .names, "names of metrics, parted by commas; of all where none is named", mayRepeat: true)]
    + Parameter.devices + [
      Parameter.tags, Parameter.format,
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
    let names = try snapshot.devices().filter(devices.includes).reduce(into: [:]) { $0[$1.id] = $1.name }
    let history = TagHistory(try snapshot.tags())
    let stateNames = try snapshot.stateNames()
    var wanted: [Wanted] = []
    for series in try snapshot.series(metrics: metrics.isEmpty ? nil : metrics) {
      guard let device = names[series.deviceID] else { continue }
      let entry = Wanted(series: series, device: device)
      guard cursor.map({ Wanted.isOrdered($0.key, entry.key) }) ?? true else { continue }
      let current = history.current(of: series.deviceID)
      if scope.includes(current), tags.allSatisfy({ current[$0.name] == $0.value }) { wanted.append(entry) }
    }
    var readings: [LatestAnswer.Reading] = []
    var last: Wanted?
    for entry in wanted.sorted(by: { Wanted.isOrdered($0.key, $1.key) }) {
      guard let latest = try snapshot.latest(of: entry.series.id) else { continue }
      // What it measured before it came into the scope is not the caller's.
      let minute = Timestamp(seconds: WindowLength.minute.start(of: latest.time))
      guard scope.includes(entry.series.deviceID, history, at: minute) else { continue }
      if readings.count == limit, let last {
        return LatestAnswer(readings: readings, next: PageCursor(now, key: last.key).text)
      }
      last = entry
      readings.append(
        LatestAnswer.Reading(
          entry.series, latest, device: entry.device, tags: history.current(of: entry.series.deviceID),
          stateNames: stateNames, zone: zone))
    }
    return LatestAnswer(readings: readings, next: nil)
  }

  /// A series whose newest reading is asked for.
  private struct Wanted {
    let series: SeriesRecord
    let device: String
    /// What answers are ordered by.
    let key: [String?]

    init(series: SeriesRecord, device: String) {
      self.series = series
      self.device = device
      key = [device, series.metric, series.kind.rawValue, series.unit]
    }

    static func isOrdered(_ left: [String?], _ right: [String?]) -> Bool {
      for (a, b) in zip(left, right) {
        let (a, b) = (a ?? "", b ?? "")
        if !a.utf8.elementsEqual(b.utf8) { return a.precedes(b) }
      }
      return false
    }
  }
}

/// The answer to `LatestQuery`.
struct LatestAnswer: Encodable, Sendable {
  struct Reading: Encodable, Sendable {
    let device: String
    let metric: String
    let kind: MetricKind
    /// Null where the quality is bad.
    let value: AnswerValue
    let unit: String?
    let time: String
    let receivedAt: String
    let quality: String
    /// Why the quality is bad.
    let reason: String?
    let tags: [String: String]

    private enum CodingKeys: String, CodingKey {
      case device, metric, kind, value, unit, time
      case receivedAt = "received_at"
      case quality, reason, tags
    }

    func encode(to encoder: any Encoder) throws {
      var container = encoder.container(keyedBy: CodingKeys.self)
      try container.encode(device, forKey: .device)
      try container.encode(metric, forKey: .metric)
      try container.encode(kind, forKey: .kind)
      try container.encode(value, forKey: .value)
      try container.encode(unit, forKey: .unit)
      try container.encode(time, forKey: .time)
      try container.encode(receivedAt, forKey: .receivedAt)
      try container.encode(quality, forKey: .quality)
      try container.encodeIfPresent(reason, forKey: .reason)
      try container.encode(tags, forKey: .tags)
    }

    init(
      _ series: SeriesRecord, _ latest: LatestReading, device: String, tags: [String: String],
      stateNames: [Int64: String], zone: TimeZone
    ) {
      let isGood = latest.quality == .good
      self.device = device
      metric = series.metric
      kind = series.kind
      value =
        !isGood
        ? .null : series.kind == .state ? .text(stateNames[Int64(latest.value)] ?? "?") : .number(latest.value)
      unit = series.unit.isEmpty ? nil : series.unit
      time = QueryTime.text(latest.time, in: zone)
      receivedAt = QueryTime.text(latest.receivedAt, in: zone)
      quality = isGood ? "good" : "bad"
      reason = isGood ? nil : latest.quality.reason
      self.tags = tags
    }
  }

  let readings: [Reading]
  /// Where the next page begins; null behind the last one.
  let next: String?

  private enum CodingKeys: CodingKey { case readings, next }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(readings, forKey: .readings)
    try container.encode(next, forKey: .next)
  }
}

extension LatestAnswer: TabularAnswer {
  private var tagNames: [String] { Set(readings.flatMap(\.tags.keys)).sorted() }

  var columns: [String] {
    ["device", "metric", "kind", "value", "unit", "time", "received_at", "quality", "reason"]
      + tagNames.map { "tag.\($0)" }
  }

  var rows: [[AnswerValue]] {
    let tagNames = tagNames
    return readings.map { reading in
      [
        .text(reading.device), .text(reading.metric), .text(reading.kind.rawValue), reading.value,
        AnswerValue(reading.unit), .text(reading.time), .text(reading.receivedAt), .text(reading.quality),
        AnswerValue(reading.reason),
      ] + tagNames.map { AnswerValue(reading.tags[$0]) }
    }
  }
}
