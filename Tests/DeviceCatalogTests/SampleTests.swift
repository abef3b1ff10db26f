import DeviceCatalog
import Foundation
import Telemetry
import TestSupport
import Testing

/// What devices really sent, read by the built-in profiles. The samples are not the project's: without them these tests
/// are skipped, and each profile's own examples stand.
@Suite
struct SampleTests {
  private static let hasMisc = conformanceFolder("mqtt-misc") != nil

  private func samples(_ folder: String) throws -> [[String: Any]] {
    let file = try #require(conformanceFolder(folder)).appendingPathComponent("samples.jsonl")
    return try String(contentsOf: file, encoding: .utf8).split(separator: "\n").map { line in
      try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
    }
  }

  private func decode(
    _ payload: [UInt8], topic: String, by profile: String
  ) throws -> Result<MessageDecoder.Message, MessageDecoder.Refused> {
    let catalogue = try Catalogue(.builtIn)
    let given = try #require(catalogue.profiles.first { $0.name == profile })
    return MessageDecoder(catalogue, zone: .utc).decode(topic: Array(topic.utf8), payload: payload, profile: given)
  }

  /// The profile for a format of the samples, and a topic of it.
  private static let profiles: [String: (profile: String, topic: String)] = [
    "tasmota": ("tasmota", "tele/x/SENSOR"), "tasmota-zigbee": ("tasmota", "tele/x/SENSOR"),
    "zigbee2mqtt": ("zigbee2mqtt", "zigbee2mqtt/x"),
    "shelly-gen3": ("shelly-status", "shellies/x/status/em1:0"),
    "neuron-values": ("neuron", "/neuron/g/d/grp"),
    "alink": ("alink", "/sys/p/d/thing/event/property/post"), "onenet": ("alink", "$sys/p/d/thing/property/post"),
    "thingsboard-gateway": ("thingsboard-gateway", "v1/gateway/telemetry"),
    "thingsboard-device": ("thingsboard-device", "v1/devices/me/telemetry"),
    "opcua-pubsub-json": ("opcua-json", "opcua/json/data/p/g/w"),
  ]

  /// Parts of samples that hold none of a profile's metrics, or are not the profile's message.
  private static let refused: [(text: String, reason: DeadLetterReason)] = [
    // Tags without units: nobody knows what they measure.
    (#""tag0": 123"#, .noMetric), (#""RGBColor""#, .noMetric), (#""Payload": null"#, .noMetric),
    // An event's shape under the topic of a status.
    (#""method":"NotifyStatus""#, .noMetric),
  ]

  @Test(
    "Samples of plain JSON devices are read, or are refused for what is wrong with them",
    .enabled(if: hasMisc, "shared/conformance/mqtt-misc is absent"))
  func plainJSON() throws {
    var read = 0
    for sample in try samples("mqtt-misc") {
      let format = try #require(sample["format"] as? String)
      guard let (profile, topic) = Self.profiles[format] else { continue }
      let raw = try #require(sample["raw"] as? String)
      let isValid = try #require(sample["validJSON"] as? Bool)
      switch try decode(Array(raw.utf8), topic: topic, by: profile) {
      case .success(let message):
        #expect(isValid && !message.readings.isEmpty, "\(raw)")
        read += 1
      case .failure(let failure):
        let reason = isValid ? Self.refused.first { raw.contains($0.text) }?.reason : .malformed
        #expect(failure.refusal.reason == reason, "\(format): \(failure.refusal.detail): \(raw)")
      }
    }
    #expect(read >= 10)
  }
}
