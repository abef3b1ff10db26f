import DeviceCatalog
import Foundation
import Gateway
import Storage
import Telemetry

/// A store as a gateway has it that has run for a day, up to this minute: the five series of many devices that report
/// every few minutes, and of some that report every minute; hours are made.
///
/// Its devices, series and units are those of `BenchLoad`, so that the messages of a run go on where it ends.
struct QueryStore {
  let devices: Int
  /// Devices that have a row in each minute: those from 0 on.
  let everyMinute: Int
  /// The whole hours of a day, in seconds since 1970; rows begin with them, and go on until the start.
  let day: Range<Int64>
  private(set) var minuteRows = 0
  private(set) var hourRows = 0
  private(set) var bytes = 0
  private(set) var seconds = 0.0
  /// Of the metric of totals, in the whole hours of all devices.
  private(set) var total = 0.0

  static let metric = "temperature"
  private static let metricPlace = 0
  private static let mostEveryMinute = 100
  private static let minutesAtOnce: Int64 = 8
  private static let dayMinutes = 1440

  /// Makes it in `data` of a directory.
  ///
  /// - Parameter rows: minutes, of all series together.
  init(directory: String, devices: Int, rows: Int) throws {
    let began = ContinuousClock.now
    self.devices = devices
    let messages = rows / StoreFeed.metrics
    everyMinute = max(1, min(Self.mostEveryMinute, devices / 2, messages / 10 / Self.dayMinutes))
    let start = Timestamp.now.seconds
    let hour = start / 3600 * 3600
    day = hour - 86400..<hour
    try FileManager.default.createDirectory(atPath: "\(directory)/data", withIntermediateDirectories: true)
    let kind = try Self.kind(BenchGateway.writeProfile(directory))
    let feed = try StoreFeed(directory: "\(directory)/data", devices: devices, interval: 1, kind: kind)
    let end = start / 60 * 60
    let perMinute = Double(messages) / Double((end - day.lowerBound) / 60)
    try fill(feed, day.lowerBound..<end, perMinute: perMinute)
    try feed.keepUp(at: Timestamp.now.seconds)
    // Until now: the messages that come next leave no minute out.
    var next = end
    while next <= Timestamp.now.seconds {
      try fill(feed, next..<next + 60, perMinute: perMinute)
      next += 60
    }
    minuteRows = feed.windowsWritten
    hourRows = try feed.store.read { snapshot in
      var rows = 0
      try snapshot.forEachWindow(length: .hour, starts: .min ..< .max, sketch: false) { _, _ in rows += 1 }
      return rows
    }
    try feed.store.close()
    bytes = try FileManager.default.attributesOfItem(atPath: feed.store.path)[.size] as? Int ?? 0
    seconds = (.now - began) / .seconds(1)
  }

  private static func kind(_ profiles: String) throws -> StoreFeed.Kind {
    let catalogue = try Catalogue(.forDirectory(profiles))
    guard let profile = catalogue.profiles.first(where: { $0.name == "bench" }) else {
      throw explain("the bench's profile is gone", .unavailable)
    }
    var kind = StoreFeed.Kind()
    kind.zone = .gmt
    kind.metrics = profile.metrics.map { ($0.name, $0.kind, $0.canonicalUnit ?? "") }
    kind.tags = { [("site", "site-\($0 / 50)")] }
    // All of it is older than what samples are kept for.
    kind.windows.exactForMicroseconds = 0
    return kind
  }

  private mutating func fill(_ feed: StoreFeed, _ span: Range<Int64>, perMinute: Double) throws {
    var due = 0.0
    var next = everyMinute
    for minute in stride(from: span.lowerBound, to: span.upperBound, by: 60) {
      for device in 0..<everyMinute { try send(device, at: minute, feed) }
      due += perMinute - Double(everyMinute)
      while due >= 1 {
        try send(next, at: minute, feed)
        next = next + 1 < devices ? next + 1 : everyMinute
        due -= 1
      }
      if (minute / 60 + 1) % Self.minutesAtOnce == 0 { try feed.checkpoint() }
    }
    try feed.checkpoint()
  }

  private mutating func send(_ device: Int, at minute: Int64, _ feed: StoreFeed) throws {
    try feed.send(device: device, at: minute)
    if day.contains(minute) { total += feed.value(of: Self.metricPlace, device: device, at: minute) }
  }
}
