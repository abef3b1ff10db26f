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
    let names = directory.devices(devices).reduce(into: [:]) { $0[$1.id] = $1.name }
    let (history, stateNames) = (directory.history, directory.stateNames)
    let wanted = metrics.isEmpty ? nil : Set(metrics)
    var clock = ZoneClock(zone)
    let lookup = try snapshot.latestLookup()
    var tagNames: Set<String> = []
    var readings: [LatestAnswer.Reading] = []
    var page: [String?] = []
    var isMore = false
    var device: Asked?
    for series in directory.seriesInOrder(devices) where wanted?.contains(series.metric) ?? true {
      // Series of one device stand side by side.
      if device?.id != series.deviceID { device = asked(series.deviceID, names, history, scope) }
      guard let device, let tags = device.tags else { continue }
      tagNames.formUnion(tags.values.keys)
      let key = [device.name, series.metric, series.kind.rawValue, series.unit]
      guard !isMore, cursor.map({ PageCursor.isOrdered($0.key, key) }) ?? true,
        let latest = try lookup.reading(of: series.id),
        // What it measured before it came into the scope is not the caller's.
        scope.includes(
          series.deviceID, history, at: Timestamp(seconds: WindowLength.minute.start(of: latest.time)))
      else { continue }
      guard readings.count < limit else {
        isMore = true
        continue
      }
      page = key
      readings.append(
        LatestAnswer.Reading(series, latest, device: device.name, tags: tags, stateNames: stateNames, clock: &clock))
    }
    return LatestAnswer(
      readings: readings, next: isMore ? PageCursor(now, key: page).text : nil, tagNames: tagNames.sorted())
  }

  /// A device whose series are looked at.
  private struct Asked {
    let id: Int64
    let name: String
    /// As they are now; nil for a device that is not asked for.
    let tags: LatestAnswer.Tags?
  }

  private func asked(_ id: Int64, _ names: [Int64: String], _ history: TagHistory, _ scope: TagScope) -> Asked {
    guard let name = names[id] else { return Asked(id: id, name: "", tags: nil) }
    let current = history.current(of: id)
    let isAsked = scope.includes(current) && tags.allSatisfy { current[$0.name] == $0.value }
    return Asked(id: id, name: name, tags: isAsked ? LatestAnswer.Tags(current) : nil)
  }
}

/// The answer to `LatestQuery`.
struct LatestAnswer: Sendable {
  /// The tags of a device, which all its readings have.
  struct Tags: Sendable {
    let values: [String: String]
    /// Written once.
    fileprivate let json: [UInt8]

    init(_ values: [String: String]) {
      self.values = values
      var text = JSONText()
      text.value(.object(values.mapValues { .text($0) }))
      json = text.bytes
    }
  }

  struct Reading: JSONWritable {
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
    let tags: Tags

    init(
      _ series: SeriesRecord, _ latest: LatestReading, device: String, tags: Tags,
      stateNames: [Int64: String], clock: inout ZoneClock
    ) {
      let isGood = latest.quality == .good
      self.device = device
      metric = series.metric
      kind = series.kind
      value =
        !isGood
        ? .null : series.kind == .state ? .text(stateNames[Int64(latest.value)] ?? "?") : .number(latest.value)
      unit = series.unit.isEmpty ? nil : series.unit
      time = clock.text(latest.time)
      receivedAt = clock.text(latest.receivedAt)
      quality = isGood ? "good" : "bad"
      reason = isGood ? nil : latest.quality.reason
      self.tags = tags
    }
  }

  let readings: [Reading]
  /// Where the next page begins; null behind the last one.
  let next: String?
  /// Of all devices that are asked for, in this page or another.
  let tagNames: [String]
}

extension LatestAnswer.Reading: Encodable {
  /// In the order of their names; nil for the tags, which are written already.
  private var fields: [(name: String, value: AnswerValue?)] {
    [("device", .text(device)), ("kind", .text(kind.rawValue)), ("metric", .text(metric)), ("quality", .text(quality))]
      + (reason.map { [("reason", .text($0))] } ?? []) + [
        ("received_at", .text(receivedAt)), ("tags", nil), ("time", .text(time)), ("unit", AnswerValue(unit)),
        ("value", value),
      ]
  }

  func write(to text: inout JSONText) {
    text.object { text in
      for (name, value) in fields {
        text.key(name)
        if let value { text.value(value) } else { text.written(tags.json) }
      }
    }
  }

  func encode(to encoder: any Encoder) throws {
    let tags = AnswerValue.object(tags.values.mapValues { .text($0) })
    let pairs = fields.map { ($0.name, $0.value ?? tags) }
    try AnswerValue.object(Dictionary(uniqueKeysWithValues: pairs)).encode(to: encoder)
  }
}

extension LatestAnswer: JSONWritable {
  func write(to text: inout JSONText) {
    text.object { text in
      text.field("next", AnswerValue(next))
      text.key("readings")
      text.list(readings) { $1.write(to: &$0) }
    }
  }
}

extension LatestAnswer: TabularAnswer {
  var items: [Reading] { readings }

  var columns: [String] {
    ["device", "metric", "kind", "value", "unit", "time", "received_at", "quality", "reason"]
      + tagNames.map { "tag.\($0)" }
  }

  var rows: [[AnswerValue]] {
    readings.map { reading in
      [
        .text(reading.device), .text(reading.metric), .text(reading.kind.rawValue), reading.value,
        AnswerValue(reading.unit), .text(reading.time), .text(reading.receivedAt), .text(reading.quality),
        AnswerValue(reading.reason),
      ] + tagNames.map { AnswerValue(reading.tags.values[$0]) }
    }
  }
}
