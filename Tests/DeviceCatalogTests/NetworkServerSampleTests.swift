import Foundation
import TestSupport
import Testing

/// What LoRaWAN network servers handed on, read by the built-in profiles and by profiles of a few lines.
@Suite(.enabled(if: conformanceFolder("lorawan") != nil, "shared/conformance/lorawan is absent"))
struct NetworkServerSampleTests {
  private let envelopes: [(topic: String, payload: String)]

  init() throws {
    envelopes = try Samples.lines("lorawan", "envelopes.jsonl").map { sample in
      let payload = try #require(sample["payload"] as? [String: Any])
      let text = String(decoding: try JSONSerialization.data(withJSONObject: payload), as: UTF8.self)
      let device = (payload["deviceInfo"] as? [String: Any])?["devEui"] as? String ?? ""
      let event = sample["event"] as? String ?? ""
      return (sample["topic"] as? String ?? "application/a/device/\(device)/event/\(event)", text)
    }
  }

  /// By the built-in profiles, in the order of the file.
  private static let builtIn = [
    "ttn-v3: dev1: temperature=1 at 2020-02-12T15:15:45.789585Z",
    // Its decoder puts the values one level lower; names that no built-in profile knows; no event of values.
    "refused: no-metric", "refused: no-metric", "refused: no-profile",
    // Bytes without a decoder.
    "refused: no-profile",
    "chirpstack-v4: a840415711866a85: temperature=26.6 probe_temperature!missing humidity=52.7 at 2024-02-29T16:01:18.118252Z",
    "refused: no-metric",
    // The version before.
    "refused: no-profile",
  ]

  @Test("Each envelope is read by a built-in profile, or is refused for what it lacks")
  func builtInProfiles() throws {
    let samples = try Samples()
    #expect(envelopes.count == Self.builtIn.count)
    for (envelope, expected) in zip(envelopes, Self.builtIn) {
      #expect(samples.outcome(envelope.topic, envelope.payload) == expected, "\(envelope.payload)")
    }
  }

  /// What a profile needs to read each of them: its format and metrics, and the readings.
  private static let own: [(format: String, metrics: String, readings: [String])] = [
    (
      "ttn-v3", "{ name: luminosity, at: /luminosity, kind: gauge, unit: klx }",
      ["dev1 luminosity 640 1581520545"]
    ),
    (
      "ttn-v3",
      "{ name: pressure, at: /decoded/Pressure, kind: gauge, unit: kPa }, { name: t, at: /decoded/Temperature, kind: gauge, unit: Cel }",
      ["eui-2cf7f12042004b8a pressure 100.34 1698597745", "eui-2cf7f12042004b8a t 23.75 1698597745"]
    ),
    (
      "ttn-v3",
      "{ name: relay, at: /relais3, kind: state, states: { \"1\": \"on\" } }, { name: level, at: /zisternenpegel, kind: gauge, unit: m }",
      ["eui-lobaro-modbus relay !missing 1705907185", "eui-lobaro-modbus level 2 1705907185"]
    ),
    (
      "json\ndevice: /deviceInfo/devEui\ntime: { at: /time, as: iso8601 }",
      "{ name: battery, at: /batteryLevel, kind: gauge, unit: \"%\" }", ["0101010101010101 battery 88.3 1658136906"]
    ),
    (
      "chirpstack-v4\nlayout: { ports: { 10: [{ name: kind, type: uint8 }, { skip: 2 }, { name: meter, type: hex, bytes: 3 }] } }",
      "{ name: kind, at: /kind, kind: gauge, unit: \"{#}\" }", ["8cc30232011a52cf kind 2 1700697961"]
    ),
    (
      "chirpstack-v4", "{ name: clock, at: /Systimestamp, kind: gauge, unit: s }",
      ["a840415711866a85 clock 1709222478 1709222478"]
    ),
    (
      "chirpstack-v4",
      "{ name: i, at: /ACI2_mA, kind: gauge, unit: mA }, { name: relay, at: /RO1_status, kind: state, states: { \"OFF\": \"off\" } }",
      ["a8404127a188d826 i 0 1706114821", "a8404127a188d826 relay off 1706114821"]
    ),
    (
      "json\ndevice: /dev_id\ntime: { at: /metadata/time, as: iso8601, else: receipt }\nbytes: { at: /payload_raw, as: base64, port: /port }\nlayout: { ports: { 1: [{ name: v, type: uint32 }] } }",
      "{ name: v, at: /v, kind: gauge, unit: \"{#}\" }", ["my-dev-id v 16909060 receipt"]
    ),
  ]

  @Test("Each envelope gives up device, time and values to a profile of its own")
  func ownProfiles() throws {
    #expect(envelopes.count == Self.own.count)
    for (envelope, expected) in zip(envelopes, Self.own) {
      // A device may have a clock of its own, which goes before the server's.
      let time = expected.metrics.contains("clock") ? "time: { at: /Systimestamp, as: unix-s }\n" : ""
      let profile = try OneProfile(
        "profile: p\ntopics: [a]\npayload: \(expected.format)\n\(time)metrics: [\(expected.metrics)]")
      #expect(profile.readings(of: envelope.payload) == expected.readings, "\(envelope.payload)")
    }
  }
}
