import DeviceCatalog
import StrictYAML
import Telemetry
import Testing

/// What LoRaWAN network servers hand on: decoded objects, or bytes with a layout.
@Suite
struct NetworkServerTests {
  private func profile(_ payload: String, _ rest: String) -> String {
    """
    profile: probe
    topics: ["lora/{site}/up"]
    payload: \(payload)
    metrics:
      - { name: temperature, at: /t, kind: gauge, unit: Cel, scale: 0.1 }
      - { name: battery, at: /b, kind: gauge, unit: "%" }
    \(rest)
    """
  }

  private static let layout = """
    layout:
      ports:
        0: [{ name: b, type: uint8 }]
        2:
          - { name: b, type: uint8 }
          - { name: t, type: int16, missing: [0x7FFF] }
    """

  private static let things =
    #"{"end_device_ids":{"device_id":"bin-7","dev_eui":"0004A30B001C0530"},"received_at":"2025-11-21T04:40:01Z","uplink_message":{"f_port":2,"frm_payload":"WgDX","decoded_payload":{"t":215,"b":null},"received_at":"2025-11-21T04:40:00.250000001Z"}}"#
  private static let stack =
    #"{"deduplicationId":"d","time":"2025-11-21T04:40:00.25+00:00","deviceInfo":{"devEui":"a84041"},"fPort":2,"data":"WgDX","object":{"t":215}}"#

  @Test("The Things Stack 3: the decoded object without a layout, the bytes with one")
  func theThingsStack() throws {
    #expect(
      try OneProfile(profile("ttn-v3", "")).readings(of: Self.things)
        == ["bin-7 temperature 21.5 1763700000", "bin-7 battery !missing 1763700000"])
    let bytes = try OneProfile(profile("ttn-v3", Self.layout))
    #expect(bytes.readings(of: Self.things) == ["bin-7 temperature 21.5 1763700000", "bin-7 battery 90 1763700000"])
    // A port of 0 is left out.
    #expect(
      bytes.readings(of: Self.things.replacing(#""f_port":2,"#, with: "")) == ["bin-7 battery 90 1763700000"])
    #expect(bytes.readings(of: Self.things.replacing("f_port\":2", with: "f_port\":9")) == ["refused: malformed"])
    #expect(bytes.readings(of: Self.things.replacing("WgDX", with: "Wg*X")) == ["refused: malformed"])
    #expect(bytes.readings(of: Self.things.replacing("frm_payload", with: "x")) == ["refused: no-metric"])
  }

  @Test("ChirpStack 4: the object, or the bytes; a message id tells repeats")
  func chirpStack() throws {
    let object = try OneProfile(profile("chirpstack-v4", ""))
    #expect(object.readings(of: Self.stack) == ["a84041 temperature 21.5 1763700000"])
    #expect(object.decoder.messageIdentity(of: object.decoder.records[0]) != nil)
    #expect(
      try OneProfile(profile("chirpstack-v4", Self.layout)).readings(of: Self.stack)
        == ["a84041 temperature 21.5 1763700000", "a84041 battery 90 1763700000"])
  }

  @Test("Bytes of any other server, in hexadecimal digits; rounds of a history count from the message's time")
  func otherServer() throws {
    let text = profile(
      "json",
      """
      device: /id
      time: { at: /ts, as: unix-s }
      bytes: { at: /hex, as: hex }
      layout:
        fields:
          - repeat: end
            each: record
            every: 10m
            first: newest
            fields: [{ name: b, type: uint8 }]
      """)
    #expect(
      try OneProfile(text).readings(of: #"{"id":"x","ts":1763700000,"hex":"5a59"}"#)
        == ["x battery 90 1763700000", "x battery 89 1763699400"])
  }

  @Test(
    "A profile of the user's is asked before the built-in one of its server, and one with conditions leaves it the rest"
  )
  func userFirst() throws {
    let own = profile("ttn-v3", "").replacing("lora/{site}/up", with: "v3/{site}/devices/{device}/up")
    let conditioned = "when: { /end_device_ids/application_ids/application_id: own }\n" + own
    for (text, profile) in [(own, "probe"), (conditioned, "ttn-v3")] {
      let file = CatalogueFiles.File(name: "mine.yaml", text: text, isBuiltIn: false)
      let decoder = MessageDecoder(try Catalogue(CatalogueFiles(CatalogueFiles.builtIn.all + [file])), zone: .utc)
      let payload = Self.things.replacing(#""t":215,"b":null"#, with: #""t":215,"temperature":20"#)
      let message = decoder.decode(topic: Array("v3/city/devices/bin-7/up".utf8), payload: Array(payload.utf8))
      #expect(try message.get().profile.name == profile)
    }
  }

  @Test("Binary payloads need their layout, and other formats take none")
  func refused() throws {
    #expect(throws: YAMLError.self) { try OneProfile(profile("binary", "device: x")) }
    #expect(throws: YAMLError.self) { try OneProfile(profile("value", "device: x\n" + Self.layout)) }
    #expect(throws: YAMLError.self) {
      try OneProfile(profile("json", "device: x\nbytes: { at: /a, as: hex }"))
    }
  }
}
