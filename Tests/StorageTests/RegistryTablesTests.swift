import Foundation
import GRDB
import Telemetry
import TestSupport
import Testing

@testable import DurableSQLite
@testable import Storage

/// What the store keeps of the registry.
@Suite
struct RegistryTablesTests {
  private let scratch: ScratchDirectory

  init() throws {
    scratch = try ScratchDirectory()
  }

  @Test("A store of the version before keeps its devices, tags and series, and none is listed")
  func migrated() throws {
    let queue = try DatabaseQueue(path: CheckedPages.name(of: "\(scratch.path)/store.db"))
    try StoreSchema.upTo("4 formats").migrate(queue)
    try queue.write { db in
      try db.execute(
        sql: """
          INSERT INTO device VALUES (1, 'bin-1', 'bin', 5);
          INSERT INTO device_tag VALUES (1, 'site', 3, 'north');
          INSERT INTO series (id, device_id, metric, kind, unit) VALUES (1, 1, 'weight', 'event', 'kg');
          """)
    }
    try queue.close()
    let store = try Store(directory: scratch.path, zone: .gmt)
    try store.read { snapshot throws in
      let device = DeviceRecord(id: 1, name: "bin-1", profile: "bin", firstSeenAt: Timestamp(microseconds: 5))
      #expect(try snapshot.devices() == [device])
      #expect(
        try snapshot.tags() == [
          TagRecord(deviceID: 1, name: "site", value: "north", validFrom: Timestamp(microseconds: 3))
        ])
      #expect(try snapshot.series().map(\.deviceID) == [1])
      #expect(try snapshot.profileMetrics().isEmpty)
    }
    // Series still need their device.
    var orphan = Checkpoint()
    orphan.appliedSequence = 1
    orphan.series = [SeriesRecord(id: SeriesID(rawValue: 2), deviceID: 9, metric: "m", kind: .gauge, unit: "")]
    #expect(throws: DatabaseFailure.self) { try store.write(orphan) }
  }

  @Test("Listings, tags and what profiles want are read as they were written, and written over")
  func written() throws {
    let store = try Store(directory: scratch.path, zone: .gmt)
    var listing = DeviceListing(listedAt: Timestamp(seconds: 4))
    listing.expectedUntil = Timestamp(seconds: 9)
    listing.name = "Gate"
    listing.code = "C-1"
    listing.longitude = 118.5
    listing.latitude = -24.25
    listing.interval = .seconds(300)
    var checkpoint = Checkpoint()
    checkpoint.appliedSequence = 1
    checkpoint.devices = [DeviceRecord(id: 1, name: "bin-1", profile: "bin", firstSeenAt: nil)]
    checkpoint.listings = [(1, listing)]
    checkpoint.tags = [
      TagRecord(deviceID: 1, name: "site", value: "n", validFrom: Timestamp(microseconds: .min), isListed: true)
    ]
    checkpoint.profileMetrics = [
      ProfileMetric(profile: "bin", metric: "lid", kind: .state, unit: "", interval: nil),
      ProfileMetric(profile: "bin", metric: "weight", kind: .event, unit: "kg", interval: .seconds(60)),
    ]
    try store.write(checkpoint)
    try store.read { snapshot throws in
      #expect(try snapshot.devices().map(\.listing) == [listing])
      #expect(try snapshot.devices()[0].expectedFrom == listing.listedAt)
      #expect(try snapshot.tags() == checkpoint.tags)
      #expect(try snapshot.profileMetrics() == checkpoint.profileMetrics)
    }
    checkpoint.devices[0].firstSeenAt = Timestamp(seconds: 2)
    checkpoint.listings = [(1, DeviceListing(listedAt: Timestamp(seconds: 4)))]
    checkpoint.profileMetrics = []
    try store.write(checkpoint)
    try store.read { snapshot throws in
      let device = try snapshot.devices()[0]
      #expect(device.listing == DeviceListing(listedAt: Timestamp(seconds: 4)))
      #expect(device.firstSeenAt == Timestamp(seconds: 2) && device.expectedFrom == Timestamp(seconds: 2))
      #expect(try snapshot.profileMetrics().isEmpty)
    }
  }
}
