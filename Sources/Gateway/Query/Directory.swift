import Storage
import Telemetry

/// The devices of a store with their tags, series and states, as questions look at them.
///
/// It is made once, and used by all questions until one of them changes.
struct Directory: Sendable {
  /// By number.
  let devices: [DeviceRecord]
  let history: TagHistory
  /// By number: as they are told, with the tags that they have now.
  let told: [Int64: ToldReading.Device]
  /// By the bytes of their names.
  let devicesByName: [DeviceRecord]
  /// By number.
  let series: [SeriesRecord]
  /// In the order of answers: by the bytes of device, metric, kind and unit.
  private let seriesByName: [SeriesRecord]
  /// By the device's number: where its series stand among them.
  private let placesByDevice: [Int64: Range<Int>]
  /// By name.
  let metricNumbers: [String: Int64]
  /// By number.
  let stateNames: [Int64: String]
  /// Of devices that have never spoken.
  let unheard: UnheardSeries
  /// What was made of their windows.
  let closedGroups = ClosedGroups()
  private let placesByName: [String: [Int]]
  private let seriesByMetric: [String: [SeriesRecord]]

  init(_ snapshot: StoreSnapshot) throws {
    devices = try snapshot.devices()
    let history = TagHistory(try snapshot.tags())
    self.history = history
    told = devices.reduce(into: [:]) {
      $0[$1.id] = ToldReading.Device(name: $1.name, tags: history.current(of: $1.id))
    }
    series = try snapshot.series()
    metricNumbers = try snapshot.metricNumbers()
    stateNames = try snapshot.stateNames()
    unheard = UnheardSeries(try snapshot.profileMetrics())
    let devicesByName = devices.sorted { $0.name.precedes($1.name) }
    self.devicesByName = devicesByName
    let ranks = devicesByName.enumerated().reduce(into: [Int64: Int]()) { $0[$1.element.id] = $1.offset }
    let seriesByName = series.sorted { left, right in
      guard left.deviceID == right.deviceID else {
        return (ranks[left.deviceID] ?? .max, left.id.rawValue) < (ranks[right.deviceID] ?? .max, right.id.rawValue)
      }
      return PageCursor.isOrdered(left.orderKey, right.orderKey)
    }
    self.seriesByName = seriesByName
    var places: [Int64: Range<Int>] = [:]
    for (place, series) in seriesByName.enumerated() {
      places[series.deviceID] = (places[series.deviceID]?.lowerBound ?? place)..<place + 1
    }
    placesByDevice = places
    placesByName = devices.enumerated().reduce(into: [:]) { $0[$1.element.name, default: []].append($1.offset) }
    seriesByMetric = Dictionary(grouping: series, by: \.metric)
  }

  /// The devices that a question names, by number.
  func devices(_ choice: DeviceChoice) -> [DeviceRecord] {
    if choice.isOpen { return devices }
    guard let names = choice.namesAlone else { return devices.filter(choice.includes) }
    return names.flatMap { placesByName[$0] ?? [] }.sorted().map { devices[$0] }
  }

  /// The series of the devices that a question names, in the order of answers.
  func seriesInOrder(_ choice: DeviceChoice) -> [SeriesRecord] {
    if choice.isOpen { return seriesByName }
    return devices(choice).sorted { $0.name.precedes($1.name) }
      .flatMap { placesByDevice[$0.id].map { seriesByName[$0] } ?? [] }
  }

  /// The series of some metrics, by number.
  func series(metrics: [String]) -> [SeriesRecord] {
    let found = Set(metrics).compactMap { seriesByMetric[$0] }
    return found.count == 1 ? found[0] : found.joined().sorted { $0.id.rawValue < $1.id.rawValue }
  }
}

extension SeriesRecord {
  /// What series of one device are ordered by.
  fileprivate var orderKey: [String?] { [metric, kind.rawValue, unit] }
}

extension StoreSnapshot {
  /// The devices as they are in this snapshot.
  func directory() throws -> Directory { try made(ofDirectory: { try Directory(self) }) }
}
