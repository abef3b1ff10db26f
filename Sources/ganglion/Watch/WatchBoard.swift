import DeviceCatalog
import Foundation
import Gateway
import Sparkplug
import Telemetry

/// What `watch` knows of the topics that it has heard: how often, by which profile, the last reading, the last error.
///
/// At most `longest` topics are kept; messages of further ones are counted together.
struct WatchBoard: Sendable {
  struct Topic: Encodable, Sendable {
    let topic: String
    var messages = 0
    /// Messages a second over the last ten seconds.
    var rate = 0.0
    /// The profile that claims it; nil where none does.
    let profile: String?
    /// The nearest topic of a profile and what differs, where no profile claims it.
    let nearest: String?
    var lastReading: String?
    var lastError: String?
    var lastHeardAt: String

    private enum CodingKeys: String, CodingKey {
      case topic, messages
      case rate = "messages_per_s"
      case profile, nearest
      case lastReading = "last_reading"
      case lastError = "last_error"
      case lastHeardAt = "last_heard_at"
    }
  }

  private struct Heard {
    var about: Topic
    /// Messages in each of the last ten seconds, by second.
    var seconds: [Int64: Int] = [:]
  }

  private static let longest = 10_000
  private static let longestTopicBytes = 4096
  private static let rateSeconds: Int64 = 10

  private let catalogue: Catalogue
  private let decoder: MessageDecoder
  private var host = HostApplication()
  private let beganAt: Timestamp
  private var heard: [[UInt8]: Heard] = [:]
  private(set) var messages = 0
  private(set) var messagesOfOthers = 0

  init(_ catalogue: Catalogue, decoder: MessageDecoder, beganAt: Timestamp) {
    self.catalogue = catalogue
    self.beganAt = beganAt
    self.decoder = decoder
  }

  mutating func take(topic: [UInt8], payload: [UInt8], at now: Timestamp) {
    messages += 1
    guard heard[topic] != nil || heard.count < Self.longest && topic.count <= Self.longestTopicBytes else {
      messagesOfOthers += 1
      return
    }
    let outcome = decoder.decode(topic: topic, payload: payload, host: &host)
    var entry = heard[topic] ?? Heard(about: about(topic, outcome))
    entry.about.messages += 1
    entry.about.lastHeardAt = CivilTime(now, zoneOffset: 0).text
    entry.seconds[now.seconds, default: 0] += 1
    entry.seconds = entry.seconds.filter { $0.key > now.seconds - Self.rateSeconds }
    switch outcome {
    case .success(let message):
      if let reading = message.readings.last {
        let text = ReadingLine(reading, receivedAt: now).valueText
        entry.about.lastReading = "\(reading.metric.name) of \(reading.device): \(text)"
      }
      if let bad = message.readings.first(where: { $0.reason != nil }) {
        entry.about.lastError = "\(bad.metric.name) is bad: \(bad.reason ?? "")"
      }
    case .failure(let refused):
      if refused.refusal.reason != .noProfile {
        entry.about.lastError = "\(refused.refusal.reason.rawValue): \(refused.refusal.detail)"
      }
    }
    heard[topic] = entry
  }

  private func about(_ topic: [UInt8], _ outcome: Result<MessageDecoder.Message, MessageDecoder.Refused>) -> Topic {
    let text = String(decoding: topic, as: UTF8.self)
    let profile: String? =
      switch outcome {
      case .success(let message): message.profile.name
      case .failure(let refused): refused.profile?.name
      }
    let nearest = profile == nil ? NearestTopic.find(text, in: catalogue).first : nil
    return Topic(
      topic: text, profile: profile,
      nearest: nearest?.text, lastHeardAt: "")
  }

  /// All topics, the busiest first.
  func topics(at now: Timestamp) -> [Topic] {
    let span = Double(min(Self.rateSeconds, max(1, now.seconds - beganAt.seconds)))
    return heard.values.map { entry in
      var topic = entry.about
      let recent = entry.seconds.filter { $0.key > now.seconds - Self.rateSeconds }.values.reduce(0, +)
      topic.rate = Double(recent) / span
      return topic
    }.sorted { ($1.rate, $1.messages, $0.topic) < ($0.rate, $0.messages, $1.topic) }
  }

  /// A table of the busiest topics, and how many more there are.
  func table(rows: Int, at now: Timestamp) -> String {
    let all = topics(at: now)
    let lines = all.prefix(rows).map { topic in
      [
        topic.topic.shown(atMost: 48), "\(topic.messages)", Table.number(topic.rate, decimals: 1),
        topic.profile ?? "none", (topic.lastReading ?? "").shown(atMost: 44),
        (topic.lastError ?? topic.nearest.map { "nearest: \($0)" } ?? "").shown(atMost: 90),
      ]
    }
    let more = all.count - lines.count
    return Table(["topic", "messages", "per s", "profile", "last reading", "last error"], lines).text
      + (more > 0 ? "\n… and \(more) more topics" : "")
      + (messagesOfOthers > 0 ? "\n… and \(messagesOfOthers) messages of topics beyond the first \(Self.longest)" : "")
  }
}
