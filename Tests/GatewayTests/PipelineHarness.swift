import Alerting
import DeviceCatalog
import Foundation
import Ingest
import Logging
import Storage
import Telemetry
import TestSupport

@testable import Gateway
@testable import Ingest

/// Journal, store and pipeline without broker, threads or clock.
struct PipelineHarness {
  static let profile = """
    profile: probe
    topics: ["a/{site}/{device}"]
    payload: json
    device: "{device}"
    time: { at: /ts, as: unix-s }
    interval: 10s
    tags: { site: "{site}", line: /line }
    metrics:
      - { name: temperature, at: /t, kind: gauge, unit: Cel, range: [-50, 100] }
      - { name: weight, at: /w, kind: event, unit: kg }
      - { name: mode, at: /m, kind: state, states: [OFF, ON] }
    """

  /// A second of the tests' day: 2025-11-21T04:40:00Z.
  static let noon: Int64 = 1_763_700_000

  let scratch: ScratchDirectory
  var configuration: GatewayConfiguration
  var rules = RuleSet()
  /// The pipeline's clock.
  var clock: @Sendable () -> Timestamp = { .now }

  init(profiles: [String: String] = ["probe.yaml": Self.profile]) throws {
    scratch = try ScratchDirectory()
    let devices = try scratch.directory("devices")
    for (name, text) in profiles { try scratch.file("devices/\(name)", text) }
    configuration = GatewayConfiguration(
      gateway: "test", timeZone: TimeZone(identifier: "Asia/Shanghai")!, data: try scratch.directory("data"),
      mqtt: GatewayConfiguration.MQTT(host: "127.0.0.1", port: 1, usesTLS: false, clientID: "test"))
    configuration.devices = devices
  }

  func openJournal() throws -> Journal { try Journal(directory: configuration.data) }

  func openStore() throws -> Store {
    try Store(directory: configuration.data, zone: configuration.timeZone, limits: configuration.storeLimits)
  }

  /// Starts as the gateway does: joins, replays, and gives the pipeline.
  func start(_ journal: Journal, _ store: Store) throws -> Pipeline {
    let files = try CatalogueFiles.forDirectory(configuration.devices)
    let log = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
    return try StartUp(
      configuration: configuration, catalogue: Catalogue(files), rules: rules, files: files, journal: journal,
      store: store,
      room: StartRoom(ballast: .none, log: log), log: log, now: clock
    ).makePipeline()
  }

  struct Message {
    var topic: String
    var payload: [UInt8]
    var receivedAt: Timestamp
    var flags: MessageFrame.Flags

    init(
      topic: String = "a/north/probe-1", payload: String,
      receivedAt: Timestamp = Timestamp(seconds: PipelineHarness.noon),
      flags: MessageFrame.Flags = .qos1
    ) {
      self.init(topic: topic, bytes: Array(payload.utf8), receivedAt: receivedAt, flags: flags)
    }

    init(
      topic: String, bytes: [UInt8], receivedAt: Timestamp = Timestamp(seconds: PipelineHarness.noon),
      flags: MessageFrame.Flags = .qos1
    ) {
      self.topic = topic
      payload = bytes
      self.receivedAt = receivedAt
      self.flags = flags
    }
  }

  /// Commits messages to the journal, without a pipeline.
  func journal(_ messages: [Message], to journal: Journal, applied: UInt64 = 0) throws {
    let ring = MessageRing(capacity: 4096, arenaBytes: 1 << 20, trailingBytes: DecoderSet.padding)
    append(messages, to: ring)
    _ = try journal.commit(ring.unpublishedRuns(), applied: applied)
  }

  /// Commits messages and takes them through the pipeline; the caller checkpoints.
  func ingest(_ messages: [Message], _ journal: Journal, _ pipeline: Pipeline) throws {
    let ring = MessageRing(capacity: 4096, arenaBytes: 1 << 20, trailingBytes: DecoderSet.padding)
    append(messages, to: ring)
    ring.publish(firstSequence: try journal.commit(ring.unpublishedRuns(), applied: pipeline.applied.sequence))
    for index in ring.readable() { try pipeline.process(ring.message(at: index)) }
  }

  private func append(_ messages: [Message], to ring: MessageRing) {
    for message in messages {
      let topic = Array(message.topic.utf8)
      topic.withUnsafeBytes { topic in
        message.payload.withUnsafeBytes { payload in
          let hash = ContentHash.of(topic)
          ring.append(
            IncomingMessage(
              topic: topic, payload: payload, receivedAt: message.receivedAt,
              contentHash: ContentHash.of(payload, seed: hash), packetID: 0, flags: message.flags), topicHash: hash)
        }
      }
    }
  }

  /// The answer to a question, decoded.
  func ask(
    _ path: (QueryParameters) -> Question, _ parameters: [(name: String, value: String)], now: Int64 = noon
  ) throws -> JSON {
    let reader = try StoreReader(directory: configuration.data, readers: 1)
    let now = Timestamp(seconds: now)
    let data = try reader.readNow {
      try path(QueryParameters(parameters)).answer($0, .whole, rules: rules, zone: configuration.timeZone, now: now)
        .body
    }
    return try JSONDecoder().decode(JSON.self, from: data)
  }

  func ledger(_ journal: Journal) throws -> Ledger {
    let reader = try StoreReader(directory: configuration.data, readers: 1)
    return try reader.readNow { try $0.ledger { journal.head } }
  }
}

/// Any JSON value, for looking into answers.
enum JSON: Decodable, Equatable {
  case null
  case bool(Bool)
  case number(Double)
  case text(String)
  case list([JSON])
  case object([String: JSON])

  init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if container.decodeNil() {
      self = .null
    } else if let value = try? container.decode(Bool.self) {
      self = .bool(value)
    } else if let value = try? container.decode(Double.self) {
      self = .number(value)
    } else if let value = try? container.decode(String.self) {
      self = .text(value)
    } else if let value = try? container.decode([JSON].self) {
      self = .list(value)
    } else {
      self = .object(try container.decode([String: JSON].self))
    }
  }

  subscript(key: String) -> JSON {
    if case .object(let fields) = self { fields[key] ?? .null } else { .null }
  }

  subscript(index: Int) -> JSON {
    if case .list(let items) = self, items.indices.contains(index) { items[index] } else { .null }
  }

  /// Without the fields of a name, at any depth.
  func without(_ key: String) -> JSON {
    switch self {
    case .list(let items): .list(items.map { $0.without(key) })
    case .object(let fields): .object(fields.filter { $0.key != key }.mapValues { $0.without(key) })
    default: self
    }
  }

  /// The places at which two values differ, each with what stands there.
  func differences(from other: JSON, at place: String = "") -> [String] {
    switch (self, other) {
    case (.list(let ours), .list(let theirs)) where ours.count == theirs.count:
      zip(ours, theirs).enumerated().flatMap { $1.0.differences(from: $1.1, at: "\(place)/\($0)") }
    case (.object(let ours), .object(let theirs)):
      Set(ours.keys).union(theirs.keys).sorted().flatMap {
        (ours[$0] ?? .null).differences(from: theirs[$0] ?? .null, at: "\(place)/\($0)")
      }
    default: self == other ? [] : ["\(place): \(self), not \(other)"]
    }
  }

  var count: Int { if case .list(let items) = self { items.count } else { 0 } }
}
