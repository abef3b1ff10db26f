import GRDB
import Telemetry

/// The tables of devices, of their tags through time, and of what the registry says. All devices of a registry are
/// written at once.
struct DeviceTables {
  private let db: Database

  init(_ db: Database) {
    self.db = db
  }

  func write(_ checkpoint: Checkpoint) throws {
    try write(checkpoint.devices)
    try write(checkpoint.listings)
    try write(checkpoint.tags)
    if let metrics = checkpoint.profileMetrics { try replace(with: metrics) }
  }

  private func write(_ devices: [DeviceRecord]) throws {
    guard !devices.isEmpty else { return }
    let statement = try HotStatement(
      db,
      """
      INSERT INTO device (id, name, profile, first_seen_at) VALUES (?, ?, ?, ?)
      ON CONFLICT (id) DO UPDATE SET profile = excluded.profile, first_seen_at = excluded.first_seen_at
      """)
    for device in devices {
      statement.bind(device.id, at: 1)
      statement.bind(device.name, at: 2)
      statement.bind(device.profile, at: 3)
      statement.bind(device.firstSeenAt?.microseconds, at: 4)
      try statement.run()
    }
  }

  private func write(_ listings: [(deviceID: Int64, listing: DeviceListing)]) throws {
    guard !listings.isEmpty else { return }
    let statement = try HotStatement(
      db,
      """
      INSERT OR REPLACE INTO listing
        (device_id, is_listed, listed_at, expected_until_at, name, code, longitude, latitude, interval_us)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
      """)
    for (deviceID, listing) in listings {
      statement.bind(deviceID, at: 1)
      statement.bind(listing.isListed ? 1 : 0 as Int64, at: 2)
      statement.bind(listing.listedAt.microseconds, at: 3)
      statement.bind(listing.expectedUntil?.microseconds, at: 4)
      statement.bind(listing.name, at: 5)
      statement.bind(listing.code, at: 6)
      statement.bind(listing.longitude, at: 7)
      statement.bind(listing.latitude, at: 8)
      statement.bind(listing.interval?.microseconds, at: 9)
      try statement.run()
    }
  }

  private func write(_ tags: [TagRecord]) throws {
    guard !tags.isEmpty else { return }
    let statement = try HotStatement(
      db, "INSERT OR REPLACE INTO device_tag (device_id, name, valid_from, value, is_listed) VALUES (?, ?, ?, ?, ?)")
    for tag in tags {
      statement.bind(tag.deviceID, at: 1)
      statement.bind(tag.name, at: 2)
      statement.bind(tag.validFrom.microseconds, at: 3)
      statement.bind(tag.value, at: 4)
      statement.bind(tag.isListed ? 1 : 0 as Int64, at: 5)
      try statement.run()
    }
  }

  private func replace(with metrics: [ProfileMetric]) throws {
    try db.execute(sql: "DELETE FROM profile_metric")
    for metric in metrics {
      try db.execute(
        sql: "INSERT INTO profile_metric (profile, metric, kind, unit, interval_us) VALUES (?, ?, ?, ?, ?)",
        arguments: [
          metric.profile, metric.metric, metric.kind.rawValue, metric.unit, metric.interval?.microseconds,
        ])
    }
  }

  // MARK: Reading

  /// Devices, by number.
  ///
  /// - Parameter name: of one; nil for all.
  func devices(named name: String? = nil) throws -> [DeviceRecord] {
    let row = try HotStatement(
      db,
      """
      SELECT id, device.name, profile, first_seen_at,
        listed_at, is_listed, expected_until_at, listing.name, code, longitude, latitude, interval_us
      FROM device LEFT JOIN listing ON device_id = id \(name == nil ? "" : "WHERE device.name = ?") ORDER BY id
      """)
    defer { row.reset() }
    if let name { row.bind(name, at: 1) }
    var devices: [DeviceRecord] = []
    var profile = ""
    while try row.next() {
      devices.append(
        DeviceRecord(
          id: row.integer(0), name: row.text(1), profile: row.text(2, repeating: &profile),
          firstSeenAt: Self.moment(row.optionalInteger(3)),
          listing: Self.moment(row.optionalInteger(4)).map { Self.listing(row, listedAt: $0) }))
    }
    return devices
  }

  private static func listing(_ row: HotStatement, listedAt: Timestamp) -> DeviceListing {
    var listing = DeviceListing(listedAt: listedAt)
    listing.isListed = row.integer(5) != 0
    listing.expectedUntil = moment(row.optionalInteger(6))
    listing.name = row.optionalText(7)
    listing.code = row.optionalText(8)
    listing.longitude = row.optionalReal(9)
    listing.latitude = row.optionalReal(10)
    listing.interval = row.optionalInteger(11).map { .microseconds($0) }
    return listing
  }

  private static func moment(_ microseconds: Int64?) -> Timestamp? {
    microseconds.map { Timestamp(microseconds: $0) }
  }

  /// By device and tag, oldest first.
  ///
  /// - Parameter device: of one; nil for those of all.
  func tags(of device: Int64? = nil) throws -> [TagRecord] {
    let row = try HotStatement(
      db,
      """
      SELECT device_id, name, value, valid_from, is_listed FROM device_tag \(device == nil ? "" : "WHERE device_id = ?")
      ORDER BY device_id, name, valid_from
      """)
    defer { row.reset() }
    if let device { row.bind(device, at: 1) }
    var tags: [TagRecord] = []
    var value = ""
    while try row.next() {
      tags.append(
        TagRecord(
          deviceID: row.integer(0), name: row.text(1), value: row.text(2, repeating: &value),
          validFrom: Timestamp(microseconds: row.integer(3)), isListed: row.integer(4) != 0))
    }
    return tags
  }

  /// By profile and metric.
  func profileMetrics() throws -> [ProfileMetric] {
    try Row.fetchAll(
      db, sql: "SELECT profile, metric, kind, unit, interval_us FROM profile_metric ORDER BY profile, metric"
    ).map { row in
      ProfileMetric(
        profile: row[0], metric: row[1], kind: try MetricKind(stored: row[2]), unit: row[3],
        interval: (row[4] as Int64?).map { .microseconds($0) })
    }
  }
}
