import Storage
import Telemetry

/// A reading as the newest ones and the stream are told.
struct ToldReading: Sendable {
  /// One for all of a device's readings.
  final class Device: Sendable {
    let name: String
    let tags: [String: String]
    /// Written once.
    fileprivate let tagsJSON: [UInt8]

    init(name: String, tags: [String: String]) {
      self.name = name
      self.tags = tags
      var text = JSONText()
      text.value(.object(tags.mapValues { .text($0) }))
      tagsJSON = text.bytes
    }
  }

  let device: Device
  let series: SeriesRecord
  let latest: LatestReading
  let stateNames: [Int64: String]

  /// Null where the quality is bad.
  private var value: AnswerValue {
    guard latest.quality == .good else { return .null }
    return series.kind == .state ? .text(stateNames[Int64(latest.value)] ?? "?") : .number(latest.value)
  }

  private var unit: String? { series.unit.isEmpty ? nil : series.unit }
  private var qualityWord: String { latest.quality == .good ? "good" : "bad" }
  /// Why the quality is bad.
  private var reason: String? { latest.quality == .good ? nil : latest.quality.reason }

  /// About how many bytes one takes.
  static let usualBytes = 256

  /// A city has tens of thousands of them: the fields are written without a list of them.
  func write(to text: inout JSONText, _ clock: inout ZoneClock) {
    text.object { text in
      text.field(plain: "device", device.name)
      text.field(plain: "kind", series.kind.rawValue)
      text.field(plain: "metric", series.metric)
      text.field(plain: "quality", qualityWord)
      if let reason { text.field(plain: "reason", reason) }
      text.field(plain: "received_at", clock.civil(latest.receivedAt))
      text.key("tags")
      text.written(device.tagsJSON)
      text.field(plain: "time", clock.civil(latest.time))
      text.field(plain: "unit", unit)
      text.field("value", value)
    }
  }

  /// Without its tags.
  static let columns = ["device", "metric", "kind", "value", "unit", "time", "received_at", "quality", "reason"]

  func cells(_ clock: inout ZoneClock) -> [AnswerValue] {
    [
      .text(device.name), .text(series.metric), .text(series.kind.rawValue), value, AnswerValue(unit),
      .text(clock.text(latest.time)), .text(clock.text(latest.receivedAt)), .text(qualityWord), AnswerValue(reason),
    ]
  }
}
