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
    var wanted: [Wanted] = []
    var tagNames: Set<String> = []
    var last: (device: Int64, tags: [String: String]?)?
    for series in metrics.isEmpty ? directory.series : directory.series(metrics: metrics) {
      guard let device = names[series.deviceID] else { continue }
      // Series of one device stand side by side.
      if last?.device != series.deviceID { last = (series.deviceID, tags(of: series.deviceID, history, scope)) }
      guard let tags = last?.tags else { continue }
      tagNames.formUnion(tags.keys)
      let entry = Wanted(series: series, device: device, tags: tags)
      if cursor.map({ entry.isBehind($0) }) ?? true { wanted.append(entry) }
    }
    var answer = LatestAnswer(tagNames: tagNames.sorted())
    var clock = ZoneClock(zone)
    var page: Wanted?
    for entry in wanted.sorted() {
      guard let latest = try snapshot.latest(of: entry.series.id) else { continue }
      // What it measured before it came into the scope is not the caller's.
      let minute = Timestamp(seconds: WindowLength.minute.start(of: latest.time))
      guard scope.includes(entry.series.deviceID, history, at: minute) else { continue }
      if answer.readings.count == limit, let page {
        answer.next = PageCursor(now, key: page.key).text
        break
      }
      page = entry
      answer.readings.append(
        LatestAnswer.Reading(
          entry.series, latest, device: entry.device, tags: entry.tags, stateNames: stateNames, clock: &clock))
    }
    return answer
  }

  /// The tags of a device as they are now; nil for one that is not asked for.
  private func tags(of device: Int64, _ history: TagHistory, _ scope: TagScope) -> [String: String]? {
    let current = history.current(of: device)
    return scope.includes(current) && tags.allSatisfy { current[$0.name] == $0.value } ? current : nil
  }

  /// A series whose newest reading is asked for. Answers are ordered by the bytes of device, metric, kind and unit.
  private struct Wanted: Comparable {
    let series: SeriesRecord
    let device: String
    let tags: [String: String]

    var key: [String?] { [device, series.metric, series.kind.rawValue, series.unit] }

    static func == (left: Wanted, right: Wanted) -> Bool { left.series.id == right.series.id }

    static func < (left: Wanted, right: Wanted) -> Bool {
      if left.series.deviceID != right.series.deviceID { return left.device.precedes(right.device) }
      return isOrdered(left.key, right.key)
    }

    func isBehind(_ cursor: PageCursor) -> Bool { Self.isOrdered(cursor.key, key) }

    private static func isOrdered(_ left: [String?], _ right: [String?]) -> Bool {
      for (a, b) in zip(left, right) {
        let (a, b) = (a ?? "", b ?? "")
        if !a.utf8.elementsEqual(b.utf8) { return a.precedes(b) }
      }
      return false
    }
  }
}

/// The answer to `LatestQuery`.
struct LatestAnswer: Sendable {
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
    let tags: [String: String]

    init(
      _ series: SeriesRecord, _ latest: LatestReading, device: String, tags: [String: String],
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

  var readings: [Reading] = []
  /// Where the next page begins; null behind the last one.
  var next: String?
  /// Of all devices that are asked for, in this page or another.
  let tagNames: [String]

  init(tagNames: [String]) {
    self.tagNames = tagNames
  }
}

extension LatestAnswer.Reading: Encodable {
  /// In the order of their names.
  private var fields: [(name: String, value: AnswerValue)] {
    [("device", .text(device)), ("kind", .text(kind.rawValue)), ("metric", .text(metric)), ("quality", .text(quality))]
      + (reason.map { [("reason", .text($0))] } ?? []) + [
        ("received_at", .text(receivedAt)), ("tags", .object(tags.mapValues { .text($0) })), ("time", .text(time)),
        ("unit", AnswerValue(unit)), ("value", value),
      ]
  }

  func write(to text: inout JSONText) {
    text.object { text in for (name, value) in fields { text.field(name, value) } }
  }

  func encode(to encoder: any Encoder) throws {
    try AnswerValue.object(Dictionary(uniqueKeysWithValues: fields.map { ($0.name, $0.value) })).encode(to: encoder)
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
      ] + tagNames.map { AnswerValue(reading.tags[$0]) }
    }
  }
}
