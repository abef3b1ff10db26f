import Foundation
import Telemetry

/// Looks whether a store says the same everywhere: its hours and days are what their parts come to, and its levels hold
/// together.
public struct StoreCheck {
  /// What was found.
  public struct Report: Sendable {
    /// Longer windows that were made anew and compared.
    public var windowsCompared = 0
    /// A sentence each; empty where all is right. At most `faultsTold`, and a last one that says so.
    public var faults: [String] = []
  }

  static let faultsTold = 20

  private let snapshot: StoreSnapshot
  private let zone: TimeZone

  public init(_ snapshot: StoreSnapshot, zone: TimeZone) {
    self.snapshot = snapshot
    self.zone = zone
  }

  public func run() throws -> Report {
    var report = Report()
    let series = try snapshot.series().reduce(into: [SeriesID: SeriesRecord]()) { $0[$1.id] = $1 }
    let current = try currentVersions()
    let levels = try snapshot.levels()
    var rollups = try Rollups(days: ZoneDays(zone), snapshot.db)
    for (level, part) in [(levels.hour, levels.minute), (levels.day, levels.hour)] {
      // Where parts have gone there is nothing to compare with; they go by whole longer windows.
      let from = max(level.keptFrom, part.keptFrom)
      guard from < level.madeThrough else { continue }
      var keys: Set<WindowKey> = []
      try snapshot.forEachWindow(length: level.length, starts: from..<level.madeThrough) { key, stored in
        report.windowsCompared += 1
        let made = try rollups.made(key, level.length, snapshot.db)
        if let problem = Self.difference(stored, made, isOfFormerProfile: !current.contains(stored.profileVersion)) {
          report.tell("\(level.length.name) of \(describe(key, series[key.series])): \(problem)")
        }
        keys.insert(key)
      }
      try snapshot.forEachWindow(length: part.length, starts: from..<level.madeThrough) { key, _ in
        let start = rollups.start(of: key.start, level.length)
        if keys.insert(WindowKey(start: start, series: key.series)).inserted {
          report.tell("\(level.length.name) of \(describe(key, series[key.series])): is missing")
        }
      }
    }
    return report
  }

  private func currentVersions() throws -> Set<UInt32> {
    var last: [String: UInt32] = [:]
    for version in try snapshot.profileVersions() { last[version.profile] = version.id }
    return Set(last.values).union([0])
  }

  /// - Parameter isOfFormerProfile: its interval may have been another one then, and with it how long values last.
  private static func difference(_ stored: WindowState, _ made: WindowState?, isOfFormerProfile: Bool) -> String? {
    guard var made else { return "its parts are missing" }
    if isOfFormerProfile { made.aggregate.course = stored.aggregate.course }
    if stored.tellsTheSame(as: made) { return nil }
    let (left, right) = (stored.aggregate, made.aggregate)
    if left.count != right.count { return "count is \(left.count), its parts come to \(right.count)" }
    if left.sum != right.sum { return "sum is \(left.sum), its parts come to \(right.sum)" }
    return "it differs from what its parts come to"
  }

  private func describe(_ key: WindowKey, _ record: SeriesRecord?) -> String {
    "series \(key.series.rawValue) (\(record?.metric ?? "unknown")) from \(CivilTime(Timestamp(seconds: key.start), zoneOffset: 0).text)"
  }
}

extension StoreCheck.Report {
  fileprivate mutating func tell(_ fault: String) {
    if faults.count < StoreCheck.faultsTold {
      faults.append(fault)
    } else if faults.count == StoreCheck.faultsTold {
      faults.append("and more")
    }
  }
}
