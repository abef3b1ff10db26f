import Storage
import Telemetry

/// The devices of a store with their tags, series and states, as questions look at them.
///
/// It is made once, and used by all questions until one of them changes.
struct Directory: Sendable {
  /// By number.
  let devices: [DeviceRecord]
  let history: TagHistory
  /// By number.
  let series: [SeriesRecord]
  /// By name.
  let metricNumbers: [String: Int64]
  /// By number.
  let stateNames: [Int64: String]
  /// Of devices that have never spoken.
  let unheard: UnheardSeries
  /// What was made of their windows.
  let closedGroups = ClosedGroups()
  private let placesByName: [String: Int]
  private let seriesByMetric: [String: [SeriesRecord]]

  init(_ snapshot: StoreSnapshot) throws {
    devices = try snapshot.devices()
    history = TagHistory(try snapshot.tags())
    series = try snapshot.series()
    metricNumbers = try snapshot.metricNumbers()
    stateNames = try snapshot.stateNames()
    unheard = UnheardSeries(try snapshot.profileMetrics())
    placesByName = devices.enumerated().reduce(into: [:]) { $0[$1.element.name] = $1.offset }
    seriesByMetric = Dictionary(grouping: series, by: \.metric)
  }

  /// The devices that a question names, by number.
  func devices(_ choice: DeviceChoice) -> [DeviceRecord] {
    if choice.isOpen { return devices }
    guard let names = choice.namesAlone else { return devices.filter(choice.includes) }
    return names.compactMap { placesByName[$0] }.sorted().map { devices[$0] }
  }

  /// The series of some metrics, by number.
  func series(metrics: [String]) -> [SeriesRecord] {
    let found = Set(metrics).compactMap { seriesByMetric[$0] }
    return found.count == 1 ? found[0] : found.joined().sorted { $0.id.rawValue < $1.id.rawValue }
  }
}

extension StoreSnapshot {
  /// The devices as they are in this snapshot.
  func directory() throws -> Directory { try made(ofDirectory: { try Directory(self) }) }
}
