import Foundation
import Storage
import Telemetry

/// `GET /api/v1/devices/{id}`: one device with its tags through time, its account and its newest readings.
struct DeviceAnswer: Encodable, Sendable {
  struct Tag: Encodable, Sendable {
    let name: String
    /// Null: none from then on.
    let value: String?
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
  /// Null for a caller with a scope: it counts what the device measured elsewhere too.
  let account: LedgerAnswer.Side?
  let latest: [LatestAnswer.Item]

  private enum CodingKeys: String, CodingKey {
    case tagHistory = "tag_history"
    case account, latest
  }

  /// - Parameter id: the device's, or the code of one.
  /// - Throws: `QueryError` for a device that the gateway has not seen.
  init(_ id: String, _ snapshot: StoreSnapshot, _ scope: TagScope, zone: TimeZone, now: Timestamp) throws {
    let directory = try snapshot.directory()
    let history = directory.history
    let seen = directory.devices.filter { scope.includes(history.current(of: $0.id)) }
    let record = seen.device(called: id)
    let named = QueryParameters([("device", record?.name ?? id)])
    guard let record, let about = try DevicesQuery(named, zone: zone, now: now).answer(snapshot, scope).devices.first
    else {
      throw QueryError("the gateway knows no device '\(id)', and none of that code", isNotFound: true)
    }
    self.about = about
    // Where it was while it was not in the scope is not the caller's.
    let tags = try snapshot.tags().filter { $0.deviceID == record.id }
    let told = scope.isWhole ? tags : tags.filter { scope.includes(record.id, history, at: $0.validFrom) }
    tagHistory = told.map { tag in
      Tag(
        name: tag.name, value: tag.value.isEmpty ? nil : tag.value,
        from: tag.validFrom.microseconds == .min ? nil : QueryTime.text(tag.validFrom, in: zone))
    }
    account = scope.isWhole ? LedgerAnswer.Side(try snapshot.readingAccounts()[record.id] ?? Account()) : nil
    latest = try LatestQuery(named, zone: zone, now: now).answer(snapshot, scope).items
  }

  func encode(to encoder: any Encoder) throws {
    try about.encode(to: encoder)
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(tagHistory, forKey: .tagHistory)
    try container.encode(account, forKey: .account)
    try container.encode(latest, forKey: .latest)
  }
}
