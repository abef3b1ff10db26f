import Foundation
import Storage
import Telemetry

/// `GET /api/v1/devices` and `ganglion devices list`.
struct DevicesQuery {
  static let parameters =
    Parameter.devices + [
      Parameter("profile", .names, "names of profiles, parted by commas", mayRepeat: true), Parameter.tags,
      Parameter.format, Parameter.language,
    ] + Parameter.page(of: "devices", standard: 10_000)

  let devices: DeviceChoice
  let profiles: [String]
  let tags: [(name: String, value: String)]
  let zone: TimeZone
  let now: Timestamp
  let limit: Int
  private let cursor: PageCursor?

  init(_ parameters: QueryParameters, zone: TimeZone, now: Timestamp) throws(QueryError) {
    try parameters.requireKnown(Self.parameters)
    devices = DeviceChoice(parameters)
    profiles = parameters.words("profile")
    tags = parameters.tagFilters
    self.zone = zone
    self.now = now
    limit = try parameters.count("limit", in: 1...1_000_000) ?? 10_000
    cursor = try parameters.cursor(keyCount: 1)
  }

  func answer(_ snapshot: StoreSnapshot, _ scope: TagScope) throws -> DevicesAnswer {
    let directory = try snapshot.directory()
    let history = directory.history
    let receipts = try snapshot.lastReceipts()
    let series = directory.series.reduce(into: [Int64: [SeriesRecord]]()) {
      $0[$1.deviceID, default: []].append($1)
    }
    let unheard = directory.unheard
    var found: [DevicesAnswer.Device] = []
    var isMore = false
    var tagNames: Set<String> = []
    let after = cursor?.key.first ?? nil
    for record in directory.devicesByName where devices.includes(record) {
      guard profiles.isEmpty || profiles.contains(record.profile) else { continue }
      let current = history.current(of: record.id)
      guard scope.includes(current), tags.allSatisfy({ current[$0.name] == $0.value }) else { continue }
      tagNames.formUnion(current.keys)
      guard after.map({ $0.precedes(record.name) }) ?? true else { continue }
      guard found.count < limit else {
        isMore = true
        continue
      }
      let intervals = (series[record.id] ?? unheard.series(of: record)).compactMap(\.interval)
      found.append(
        DevicesAnswer.Device(
          record, tags: current, interval: record.listing?.interval ?? intervals.min(),
          metrics: Set((series[record.id] ?? []).map(\.metric)).sorted(), lastReceivedAt: receipts[record.id],
          zone: zone))
    }
    let next = isMore ? found.last.map { PageCursor(now, key: [$0.device]).text } : nil
    return DevicesAnswer(devices: found, next: next, tagNames: tagNames.sorted())
  }
}

/// The answer to `DevicesQuery`.
struct DevicesAnswer: Encodable, JSONWritable {
  struct Device: Encodable, JSONWritable {
    let device: String
    /// What people call it.
    let name: String?
    /// The city's identification code.
    let code: String?
    /// That of the registry, else that of its first message.
    let profile: String
    /// In the registry now.
    let isListed: Bool
    let listedAt: String?
    /// In degrees.
    let longitude: Double?
    let latitude: Double?
    /// Null for one that has never spoken, as is the next.
    let firstSeenAt: String?
    let lastReceivedAt: String?
    /// Seconds between its reports, by the registry or its profile; the shortest where it has several.
    let interval: Double?
    let metrics: [String]
    let tags: [String: String]

    private enum CodingKeys: String, CodingKey {
      case device, name, code, profile
      case isListed = "listed"
      case listedAt = "listed_at"
      case longitude, latitude
      case firstSeenAt = "first_seen_at"
      case lastReceivedAt = "last_received_at"
      case interval = "interval_s"
      case metrics, tags
    }

    init(
      _ record: DeviceRecord, tags: [String: String], interval: Duration?, metrics: [String],
      lastReceivedAt: Timestamp?, zone: TimeZone
    ) {
      let listing = record.listing
      device = record.name
      name = listing?.name
      code = listing?.code
      isListed = listing?.isListed ?? false
      listedAt = listing.flatMap { $0.isListed ? QueryTime.text($0.listedAt, in: zone) : nil }
      longitude = listing?.longitude
      latitude = listing?.latitude
      profile = record.profile
      firstSeenAt = record.firstSeenAt.map { QueryTime.text($0, in: zone) }
      self.lastReceivedAt = lastReceivedAt.map { QueryTime.text($0, in: zone) }
      self.interval = interval?.seconds
      self.metrics = metrics
      self.tags = tags
    }

    func encode(to encoder: any Encoder) throws {
      var container = encoder.container(keyedBy: CodingKeys.self)
      try container.encode(device, forKey: .device)
      try container.encode(name, forKey: .name)
      try container.encode(code, forKey: .code)
      try container.encode(isListed, forKey: .isListed)
      try container.encode(listedAt, forKey: .listedAt)
      try container.encode(longitude, forKey: .longitude)
      try container.encode(latitude, forKey: .latitude)
      try container.encode(profile, forKey: .profile)
      try container.encode(firstSeenAt, forKey: .firstSeenAt)
      try container.encode(lastReceivedAt, forKey: .lastReceivedAt)
      try container.encode(interval, forKey: .interval)
      try container.encode(metrics, forKey: .metrics)
      try container.encode(tags, forKey: .tags)
    }
  }

  let devices: [Device]
  /// Where the next page begins; null behind the last one.
  let next: String?
  /// Of all devices that are asked for, in this page or another.
  let tagNames: [String]

  private enum CodingKeys: CodingKey { case devices, next }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(devices, forKey: .devices)
    try container.encode(next, forKey: .next)
  }
}

extension DevicesAnswer: TabularAnswer {
  var items: [Device] { devices }

  private static let columns = [
    "device", "profile", "first_seen_at", "last_received_at", "interval_s", "metrics", "name", "code", "longitude",
    "latitude", "listed", "listed_at",
  ]

  var columns: [String] { Self.columns + tagNames.map { "tag.\($0)" } }

  var rows: [[AnswerValue]] {
    devices.map { device in
      [
        .text(device.device), .text(device.profile), AnswerValue(device.firstSeenAt),
        AnswerValue(device.lastReceivedAt), AnswerValue(device.interval),
        .text(device.metrics.joined(separator: " ")), AnswerValue(device.name), AnswerValue(device.code),
        AnswerValue(device.longitude), AnswerValue(device.latitude), .bool(device.isListed),
        AnswerValue(device.listedAt),
      ] + tagNames.map { AnswerValue(device.tags[$0]) }
    }
  }
}
