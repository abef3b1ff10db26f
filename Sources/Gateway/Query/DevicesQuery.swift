import Foundation
import Storage
import Telemetry

/// `GET /api/v1/devices` and `ganglion devices list`.
struct DevicesQuery {
  static let parameters = ["device", "profile", "tag.*", "format", "limit"]

  let names: [String]
  let profiles: [String]
  let tags: [(name: String, value: String)]
  let zone: TimeZone
  let limit: Int

  init(_ parameters: QueryParameters, zone: TimeZone) throws(QueryError) {
    try parameters.requireKnown(Self.parameters)
    names = parameters.all("device")
    profiles = parameters.words("profile")
    tags = parameters.tagFilters
    self.zone = zone
    limit = try parameters.count("limit", in: 1...1_000_000) ?? 10_000
  }

  func answer(_ snapshot: StoreSnapshot) throws -> DevicesAnswer {
    let history = TagHistory(try snapshot.tags())
    let receipts = try snapshot.lastReceipts()
    let series = try snapshot.series().reduce(into: [Int64: [SeriesRecord]]()) {
      $0[$1.deviceID, default: []].append($1)
    }
    var devices: [DevicesAnswer.Device] = []
    for record in try snapshot.devices() {
      guard names.isEmpty || names.contains(record.name), profiles.isEmpty || profiles.contains(record.profile) else {
        continue
      }
      let current = history.current(of: record.id)
      guard tags.allSatisfy({ current[$0.name] == $0.value }) else { continue }
      guard devices.count < limit else {
        throw QueryError("the answer has more than \(limit) devices: name profiles or tags, or raise 'limit'")
      }
      devices.append(
        DevicesAnswer.Device(
          record, tags: current, series: series[record.id] ?? [], lastReceivedAt: receipts[record.id], zone: zone))
    }
    return DevicesAnswer(devices: devices.sorted { $0.device < $1.device })
  }
}

/// The answer to `DevicesQuery`.
struct DevicesAnswer: Encodable, Sendable {
  struct Device: Encodable, Sendable {
    let device: String
    /// The profile of its first message.
    let profile: String
    let firstSeenAt: String
    let lastReceivedAt: String?
    /// Seconds between its reports, by its profile; the shortest where it has several.
    let interval: Double?
    let metrics: [String]
    let tags: [String: String]

    private enum CodingKeys: String, CodingKey {
      case device, profile
      case firstSeenAt = "first_seen_at"
      case lastReceivedAt = "last_received_at"
      case interval = "interval_s"
      case metrics, tags
    }

    init(
      _ record: DeviceRecord, tags: [String: String], series: [SeriesRecord], lastReceivedAt: Timestamp?,
      zone: TimeZone
    ) {
      device = record.name
      profile = record.profile
      firstSeenAt = QueryTime.text(record.firstSeenAt, in: zone)
      self.lastReceivedAt = lastReceivedAt.map { QueryTime.text($0, in: zone) }
      interval = series.compactMap { $0.interval?.seconds }.min()
      metrics = Set(series.map(\.metric)).sorted()
      self.tags = tags
    }

    func encode(to encoder: any Encoder) throws {
      var container = encoder.container(keyedBy: CodingKeys.self)
      try container.encode(device, forKey: .device)
      try container.encode(profile, forKey: .profile)
      try container.encode(firstSeenAt, forKey: .firstSeenAt)
      try container.encode(lastReceivedAt, forKey: .lastReceivedAt)
      try container.encode(interval, forKey: .interval)
      try container.encode(metrics, forKey: .metrics)
      try container.encode(tags, forKey: .tags)
    }
  }

  let devices: [Device]
}

extension DevicesAnswer: TabularAnswer {
  private var tagNames: [String] { Set(devices.flatMap(\.tags.keys)).sorted() }

  var columns: [String] {
    ["device", "profile", "first_seen_at", "last_received_at", "interval_s", "metrics"] + tagNames.map { "tag.\($0)" }
  }

  var rows: [[AnswerValue]] {
    let tagNames = tagNames
    return devices.map { device in
      [
        .text(device.device), .text(device.profile), .text(device.firstSeenAt), AnswerValue(device.lastReceivedAt),
        AnswerValue(device.interval), .text(device.metrics.joined(separator: " ")),
      ] + tagNames.map { AnswerValue(device.tags[$0]) }
    }
  }
}

/// `GET /api/v1/devices/{id}`: one device with its tags through time, its account and its newest readings.
struct DeviceAnswer: Encodable, Sendable {
  struct Tag: Encodable, Sendable {
    let name: String
    let value: String
    /// Null: for all time before the next value.
    let from: String?

    private enum CodingKeys: CodingKey { case name, value, from }

    func encode(to encoder: any Encoder) throws {
      var container = encoder.container(keyedBy: CodingKeys.self)
      try container.encode(name, forKey: .name)
      try container.encode(value, forKey: .value)
      try container.encode(from, forKey: .from)
    }
  }

  let about: DevicesAnswer.Device
  let tagHistory: [Tag]
  let account: LedgerAnswer.Side
  let latest: [LatestAnswer.Reading]

  private enum CodingKeys: String, CodingKey {
    case tagHistory = "tag_history"
    case account, latest
  }

  /// - Throws: `QueryError` for a device that the gateway has not seen.
  init(_ name: String, _ snapshot: StoreSnapshot, zone: TimeZone) throws {
    let found = try DevicesQuery(QueryParameters([("device", name)]), zone: zone).answer(snapshot).devices.first
    guard let found, let record = try snapshot.devices().first(where: { $0.name == name }) else {
      throw QueryError("the gateway knows no device '\(name)'", isNotFound: true)
    }
    about = found
    tagHistory = try snapshot.tags().filter { $0.deviceID == record.id }.map { tag in
      Tag(
        name: tag.name, value: tag.value,
        from: tag.validFrom.microseconds == .min ? nil : QueryTime.text(tag.validFrom, in: zone))
    }
    account = LedgerAnswer.Side(try snapshot.readingAccounts()[record.id] ?? Account())
    latest = try LatestQuery(QueryParameters([("device", name)]), zone: zone).answer(snapshot).readings
  }

  func encode(to encoder: any Encoder) throws {
    try about.encode(to: encoder)
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(tagHistory, forKey: .tagHistory)
    try container.encode(account, forKey: .account)
    try container.encode(latest, forKey: .latest)
  }
}
