import Storage
import Synchronization
import Telemetry

/// What readings are of: series, devices, their tags through time and the names of states. One for all streams.
///
/// Invariants
/// - It is read from the store once, behind the moment from which changes are handed over, and follows these. A change
///   that comes twice changes nothing.
/// - Only clients wait for its lock; the pipeline leaves changes at the hub.
final class StreamDirectory: Sendable {
  /// What a reading is of.
  struct Subject: Sendable {
    let series: SeriesRecord
    let device: DeviceRecord
    /// Of this device alone.
    let history: TagHistory
    let stateNames: [Int64: String]
  }

  fileprivate struct Tables: Sendable {
    var epoch: Int
    var devices: [Int64: DeviceRecord]
    var tags: [Int64: [TagRecord]]
    var series: [SeriesID: SeriesRecord]
    var stateNames: [Int64: String]
  }

  fileprivate struct State {
    var tables: Tables?
    /// Another one where what was said of a subject holds no longer.
    var edition = 0
  }

  private let hub: StreamHub
  private let reader: StoreReader
  private let state = Mutex(State())

  init(_ hub: StreamHub, _ reader: StoreReader) {
    self.hub = hub
    self.reader = reader
  }

  /// Takes over what has changed. To be called behind taking readings, before they are looked up.
  ///
  /// - Returns: its edition: with another one all that was looked up has to be looked up again.
  func follow() async throws -> Int {
    while true {
      let (edition, missing): (Int, Int?) = state.withLock { state in
        let (epoch, changes) = hub.takeChanges(after: state.tables?.epoch)
        guard state.tables?.epoch == epoch else { return (state.edition, epoch) }
        for change in changes { state.apply(change) }
        return (state.edition, nil)
      }
      guard let epoch = missing else { return edition }
      let tables = try await load(epoch)
      state.withLock { state in
        guard state.tables?.epoch != epoch else { return }
        state.tables = tables
        state.edition += 1
      }
    }
  }

  private func load(_ epoch: Int) async throws -> Tables {
    try await reader.read { snapshot in
      Tables(
        epoch: epoch, devices: try snapshot.devices().reduce(into: [:]) { $0[$1.id] = $1 },
        tags: Dictionary(grouping: try snapshot.tags(), by: \.deviceID),
        series: try snapshot.series().reduce(into: [:]) { $0[$1.id] = $1 }, stateNames: try snapshot.stateNames())
    }
  }

  /// What a reading is of; nil for a series that is not known.
  func subject(of series: SeriesID) -> Subject? {
    state.withLock { state in
      guard let tables = state.tables, let record = tables.series[series],
        let device = tables.devices[record.deviceID]
      else { return nil }
      return Subject(
        series: record, device: device, history: TagHistory(tables.tags[device.id] ?? []),
        stateNames: record.kind == .state ? tables.stateNames : [:])
    }
  }
}

extension StreamDirectory.State {
  fileprivate mutating func apply(_ change: DeviceRegistry.Unsaved) {
    guard var tables else { return }
    // Held once, so that it is changed in its place.
    self.tables = nil
    defer { self.tables = tables }
    var isOther = !change.states.isEmpty
    let added = Set(change.devices.map(\.id)).filter { tables.devices[$0] == nil }
    for device in change.devices {
      isOther = isOther || tables.devices[device.id] != nil
      let listing = tables.devices[device.id]?.listing
      tables.devices[device.id] = device
      if device.listing == nil { tables.devices[device.id]?.listing = listing }
    }
    for (device, listing) in change.listings {
      tables.devices[device]?.listing = listing
      isOther = true
    }
    for tag in change.tags {
      // Of one that has just come nothing has been looked up.
      isOther = isOther || !added.contains(tag.deviceID)
      tables.tags[tag.deviceID, default: []].put(tag)
    }
    for record in change.series { tables.series[record.id] = record }
    for (id, name) in change.states { tables.stateNames[id] = name }
    if isOther { edition += 1 }
  }
}

extension [TagRecord] {
  /// Keeps the order: oldest first within a tag.
  fileprivate mutating func put(_ tag: TagRecord) {
    if let index = firstIndex(where: { $0.name == tag.name && $0.validFrom == tag.validFrom }) {
      self[index] = tag
      return
    }
    let index = firstIndex { $0.name == tag.name && tag.validFrom < $0.validFrom } ?? endIndex
    insert(tag, at: index)
  }
}
