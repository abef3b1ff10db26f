import Foundation
import StrictYAML
import Telemetry
import TestSupport
import Testing

@testable import DeviceCatalog

/// VDA 5050 in all its versions, by the built-in profiles.
@Suite
struct VehicleTests {
  private static let hasSamples = conformanceFolder("vda5050") != nil

  private let catalogue: Catalogue
  private let decoder: MessageDecoder

  init() throws {
    catalogue = try Catalogue(.builtIn)
    decoder = MessageDecoder(catalogue, zone: .utc)
  }

  private func decode(_ topic: String, _ payload: String) -> Result<MessageDecoder.Message, MessageDecoder.Refused> {
    decoder.decode(topic: Array(topic.utf8), payload: Array(payload.utf8))
  }

  private func metric(_ name: String, of profile: String) throws -> Metric {
    try #require(catalogue.profiles.first { $0.name == profile }?.metrics.first { $0.name == name })
  }

  // MARK: Topics

  @Test(
    "A vehicle is found behind an interface name of one to three levels, in every version",
    arguments: [
      "uagv/v1/acme/x/state", "uagv/v2/acme/x/state", "vda5050/v3/acme/x/state", "meili/v2/acme/x/state",
      "plant/uagv/v2/acme/x/state", "plant/hall-2/uagv/v2/acme/x/state",
    ])
  func prefixes(topic: String) throws {
    let message = try decode(topic, #"{"timestamp":"2025-11-21T04:40:00Z","driving":true}"#).get()
    #expect(message.profile.name == "vda5050-state")
    #expect(message.readings.map(\.device) == ["acme/x"])
    let connection = try decode(topic.replacing("/state", with: "/connection"), #"{"connectionState":"OFFLINE"}"#).get()
    #expect(connection.readings.map(\.value) == [.state("offline")])
  }

  @Test("Other topics of a vehicle, and longer ways to it, are of no built-in profile")
  func otherTopics() {
    for topic in ["uagv/v2/acme/x/visualization", "uagv/v2/acme/x/factsheet", "a/b/c/d/v2/acme/x/state"] {
      guard case .failure(let refused) = decode(topic, #"{"timestamp":"2025-11-21T04:40:00Z"}"#) else {
        Issue.record("\(topic)")
        continue
      }
      #expect(refused.refusal.reason == .noProfile)
    }
  }

  // MARK: Connection

  @Test("The last will, which has the time of the connection that it ends, counts when it came; so do all the others")
  func lastWill() throws {
    for state in ["ONLINE", "OFFLINE", "CONNECTIONBROKEN", "CONNECTION_BROKEN", "HIBERNATING"] {
      let payload = #"{"headerId":1,"timestamp":"2025-11-21T04:40:00Z","connectionState":"\#(state)"}"#
      let reading = try #require(try decode("uagv/v2/acme/x/connection", payload).get().readings.first)
      #expect(reading.quality == .good && reading.time == nil)
    }
    // Without a time of its own a retained one is ignored, and no reading repeats another.
    let profile = try #require(catalogue.profiles.first { $0.name == "vda5050-connection" })
    #expect(profile.time == nil && profile.identity == .none)
  }

  // MARK: State

  @Test(
    "Microseconds are kept, as digits behind the point and as a number since 1970; an uptime is no time",
    arguments: [
      (#""2025-11-21T04:40:00.123456Z""#, Int64?(1_763_700_000_123_456)), ("1763700000123456", 1_763_700_000_123_456),
      (#""1763700000123456""#, 1_763_700_000_123_456), ("1763700000123", 1_763_700_000_123_000),
      ("1763700000.5", 1_763_700_000_500_000), (#""1970-01-01T00:10:00Z""#, nil), ("86400000", nil), ("null", nil),
    ])
  func times(raw: String, microseconds: Int64?) throws {
    switch decode("uagv/v2/acme/x/state", #"{"timestamp":\#(raw),"driving":true}"#) {
    case .success(let message):
      #expect(message.readings.map(\.time) == [microseconds.map(Timestamp.init(microseconds:))])
    case .failure(let refused): #expect(microseconds == nil && refused.refusal.reason == .time)
    }
  }

  @Test("Loads that are left out are unknown, an empty list is none")
  func loads() throws {
    func loads(_ json: String) throws -> [MessageDecoder.Reading] {
      try decode("uagv/v2/acme/x/state", #"{"timestamp":"2025-11-21T04:40:00Z","driving":true\#(json)}"#).get().readings
        .filter { $0.metric.name == "loads" }
    }
    #expect(try loads("").isEmpty)
    #expect(try loads(#","loads":[]"#).map(\.value) == [.number(Number(0.0))])
    #expect(try loads(#","loads":[{},{"loadId":"p"}]"#).map(\.value) == [.number(Number(2.0))])
    #expect(try loads(#","loads":null"#).map(\.quality) == [.missing])
  }

  @Test("The map is a tag in all versions")
  func map() throws {
    for position in ["agvPosition", "mobileRobotPosition"] {
      let payload = #"{"timestamp":"2025-11-21T04:40:00Z","driving":true,"\#(position)":{"mapId":"hall"}}"#
      #expect(try decode("uagv/v2/acme/x/state", payload).get().readings[0].tags["map"] == "hall")
    }
  }

  @Test("Vehicles that write millimetres have a profile of their own, as the documentation shows")
  func millimetres() throws {
    let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("../..").standardized
    let article = try String(
      contentsOf: root.appendingPathComponent("Sources/Ganglion.docc/Devices.md"), encoding: .utf8)
    let block = try #require(article.firstMatch(of: /```yaml\n(profile: acme-vehicle[\s\S]*?)```/))
    let file = CatalogueFiles.File(name: "acme.yaml", text: String(block.output.1), isBuiltIn: false)
    let catalogue = try Catalogue(CatalogueFiles(CatalogueFiles.builtIn.all + [file]))
    let own = try #require(catalogue.profiles.last)
    #expect(own.examples.count == 1)
    for example in own.examples { #expect(ExampleRunner(catalogue).problems(of: example, in: own).isEmpty) }
    let others = MessageDecoder(catalogue, zone: .utc).decode(
      topic: Array("uagv/v2/other/x/state".utf8),
      payload: Array(#"{"timestamp":"2025-11-21T04:40:00Z","agvPosition":{"x":3}}"#.utf8))
    #expect(try others.get().profile.name == "vda5050-state")
  }

  // MARK: What others have written

  /// All values that the schemas of a folder allow for a property.
  private func allowed(_ property: String) throws -> Set<String> {
    let folder = try #require(conformanceFolder("vda5050")).appendingPathComponent("schemas")
    var values: Set<String> = []
    func walk(_ node: Any) {
      if let list = node as? [Any] { list.forEach(walk) }
      guard let members = node as? [String: Any] else { return }
      let choices = (members[property] as? [String: Any])?["enum"] as? [String]
      values.formUnion(choices ?? [])
      members.values.forEach(walk)
    }
    for version in ["2.0.0", "2.1.0", "3.0.0", "main-0b2ae43"] {
      for name in ["state", "connection"] {
        walk(
          try JSONSerialization.jsonObject(
            with: Data(contentsOf: folder.appendingPathComponent("\(version)/\(name).schema"))))
      }
    }
    return values
  }

  @Test(
    "The profiles know every name that a version's schema allows",
    .enabled(if: hasSamples, "shared/conformance/vda5050 is absent"),
    arguments: [
      ("operatingMode", "operating_mode", 8), ("eStop", "emergency_stop", 4),
      ("activeEmergencyStop", "emergency_stop", 3),
      ("connectionState", "connection", 5),
    ])
  func schemaNames(property: String, metric: String, count: Int) throws {
    let names = try allowed(property)
    #expect(names.count == count)
    let states = try self.metric(metric, of: property == "connectionState" ? "vda5050-connection" : "vda5050-state")
      .states
    for name in names { #expect(states.indices[name] != nil, "\(name)") }
  }

  @Test(
    "The profiles count every level of errors and every status of actions that a schema allows",
    .enabled(if: hasSamples, "shared/conformance/vda5050 is absent"))
  func schemaCounts() throws {
    func counted(_ metric: String) throws -> [String] {
      guard case .count(_, let conditions) = try self.metric(metric, of: "vda5050-state").source else { return [] }
      return conditions.flatMap { $0.values ?? [] }
    }
    let levels = try allowed("errorLevel")
    #expect(levels.count == 4)
    for level in levels { #expect(try counted("errors_\(level.lowercased())") == [level]) }
    #expect(try Set(counted("actions_left") + counted("actions_failed") + ["FINISHED"]) == allowed("actionStatus"))
  }

  /// What of the samples is no good reading, by something that stands in them.
  private static let bad: [(text: String, metrics: [String])] = [
    // An angle of 30 rad and a score of 95 of 1.
    (#""localizationScore":95"#, ["heading", "localization_score"])
  ]

  @Test(
    "Samples of vehicles are read in every version", .enabled(if: hasSamples, "shared/conformance/vda5050 is absent"))
  func samples() throws {
    var outcomes: [String: Int] = [:]
    let file = try #require(conformanceFolder("vda5050")).appendingPathComponent("samples.jsonl")
    for line in try String(contentsOf: file, encoding: .utf8).split(separator: "\n") {
      let sample = try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
      var payload = try #require(sample["payload"] as? [String: Any])
      let topic = sample["topic"] as? String ?? "uagv/v2/maker/serial/state"
      outcomes[outcome(topic, payload), default: 0] += 1
      guard topic.hasSuffix("/state") else { continue }
      // With a time stamp there is nothing else wrong with those that lack one.
      payload["timestamp"] = "2025-11-21T04:40:00Z"
      #expect(outcome(topic, payload) == "read")
    }
    // Positions for displays are left alone, since the state has them too. Two samples have the time 1970, two none.
    #expect(outcomes == ["read": 4, "no-profile": 4, "time": 4])
  }

  private func outcome(_ topic: String, _ payload: [String: Any]) -> String {
    guard let bytes = try? JSONSerialization.data(withJSONObject: payload) else { return "no JSON" }
    let text = String(decoding: bytes, as: UTF8.self)
    switch decode(topic, text) {
    case .failure(let refused): return refused.refusal.reason.rawValue
    case .success(let message):
      let bad = message.readings.filter { $0.quality != .good }.map(\.metric.name)
      #expect(bad == Self.bad.first { text.contains($0.text) }?.metrics ?? [], "\(text)")
      #expect(message.readings.allSatisfy { $0.device == topic.split(separator: "/")[2...3].joined(separator: "/") })
      return "read"
    }
  }
}
