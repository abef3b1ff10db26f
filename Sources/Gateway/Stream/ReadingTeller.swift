import Foundation
import Storage
import Telemetry

/// Says of readings whether a client is told them, and how.
///
/// Invariants
/// - A reading counts under the tags at the start of its minute, as its window does: by them it is filtered, by them it
///   is in the client's scope or not, and they are what is told of its device.
struct ReadingTeller {
  private struct Known {
    let subject: StreamDirectory.Subject
    /// Seconds since 1970 in which what follows holds.
    let span: Range<Int64>
    /// Nil where its readings are not told.
    let device: ToldReading.Device?
  }

  private let metrics: Set<String>
  private let devices: DeviceChoice
  private let filter: [(name: String, value: String)]
  private let scope: TagScope
  private let directory: StreamDirectory
  private var edition = -1
  private var known: [SeriesID: Known] = [:]
  private var clock: ZoneClock

  init(_ query: StreamQuery, _ scope: TagScope, _ directory: StreamDirectory) {
    metrics = Set(query.parameters.words("metric"))
    devices = DeviceChoice(query.parameters)
    filter = query.parameters.tagFilters
    self.scope = scope
    self.directory = directory
    clock = ZoneClock(query.zone)
  }

  /// To be called behind taking readings, before they are told.
  mutating func follow() async throws {
    let edition = try await directory.follow()
    if edition != self.edition { known.removeAll(keepingCapacity: true) }
    self.edition = edition
  }

  /// The reading as `/api/v1/latest` has it; nil where the client is not told.
  mutating func tell(_ reading: StreamedReading) throws -> Data? {
    let minute = WindowLength.minute.start(of: reading.time)
    if known[reading.series]?.span.contains(minute) != true {
      known[reading.series] = look(up: reading.series, at: minute)
    }
    guard let entry = known[reading.series], let device = entry.device else { return nil }
    let latest = LatestReading(
      time: reading.time, receivedAt: reading.receivedAt, quality: reading.quality, value: reading.value)
    var text = JSONText()
    ToldReading(
      device: device, series: entry.subject.series, latest: latest, stateNames: entry.subject.stateNames
    ).write(to: &text, &clock)
    return Data(text.bytes)
  }

  private func look(up series: SeriesID, at minute: Int64) -> Known? {
    guard let subject = directory.subject(of: series) else { return nil }
    guard metrics.isEmpty || metrics.contains(subject.series.metric),
      let seen = scope.view(of: subject.device, subject.history), devices.includes(seen)
    else { return Known(subject: subject, span: .min..<Int64.max, device: nil) }
    let device = subject.device.id
    let tags = subject.history.values(of: device, at: Timestamp(seconds: minute))
    let isTold = scope.includes(tags) && filter.allSatisfy { tags[$0.name] == $0.value }
    return Known(
      subject: subject, span: subject.history.unchangedSpan(of: device, around: minute),
      device: isTold ? ToldReading.Device(name: subject.device.name, tags: tags) : nil)
  }
}
