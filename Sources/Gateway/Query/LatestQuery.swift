import Foundation
import Storage
import Telemetry

/// `GET /api/v1/latest` and `ganglion query latest`.
struct LatestQuery {
  static let parameters = ["metric", "device", "code", "tag.*", "format", "limit"]

  let metrics: [String]
  let devices: DeviceChoice
  let tags: [(name: String, value: String)]
  let zone: TimeZone
  let limit: Int

  init(_ parameters: QueryParameters, zone: TimeZone) throws(QueryError) {
    try parameters.requireKnown(Self.parameters)
    metrics = parameters.words("metric")
    devices = DeviceChoice(parameters)
    tags = parameters.tagFilters
    self.zone = zone
    limit = try parameters.count("limit", in: 1...1_000_000) ?? 10_000
  }

  func answer(_ snapshot: StoreSnapshot) throws -> LatestAnswer {
    let names = try snapshot.devices().filter(devices.includes).reduce(into: [:]) { $0[$1.id] = $1.name }
    let history = TagHistory(try snapshot.tags())
    let stateNames = try snapshot.stateNames()
    var readings: [LatestAnswer.Reading] = []
    for series in try snapshot.series(metrics: metrics.isEmpty ? nil : metrics) {
      guard let device = names[series.deviceID] else { continue }
      let current = history.current(of: series.deviceID)
      guard tags.allSatisfy({ current[$0.name] == $0.value }), let latest = try snapshot.latest(of: series.id) else {
        continue
      }
      guard readings.count < limit else {
        throw QueryError("the answer has more than \(limit) readings: name metrics, devices or tags, or raise 'limit'")
      }
      readings.append(
        LatestAnswer.Reading(series, latest, device: device, tags: current, stateNames: stateNames, zone: zone))
    }
    return LatestAnswer(readings: readings.sorted { ($0.device, $0.metric) < ($1.device, $1.metric) })
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
