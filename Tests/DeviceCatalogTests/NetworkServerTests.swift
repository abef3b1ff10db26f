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

  // One frame of CJ/T 188 of 2025-11-21T12:40:00 in China; the same without a clock.
  private static let frame = "aBBEMyIRADN4gRYfkABWNBIALAAAEgAsAEASIRElIAAA4hY="
  private static let meter = """
    metrics:
      - { name: totaliser, at: [/volume_m3, /total], kind: counter, unit: m3 }
      - { name: valve, at: /valve, kind: state, states: [open, closed, fault] }
    """

  @Test("Bytes that are a frame of a format: its own time goes before the server's, which counts where it has none")
  func framedBytes() throws {
    let stack = "profile: m\ntopics: [\"m/up\"]\npayload: chirpstack-v4\nbytes: { format: cjt188 }\n" + Self.meter
    let message = Self.stack.replacing("WgDX", with: Self.frame).replacing("40:00.25", with: "45:00.25")
    #expect(
      try OneProfile(stack).readings(of: message)
        == ["a84041 totaliser 1234.56 1763700000", "a84041 valve open 1763700000"])
    let clockless = message.replacing(Self.frame, with: "aBBEMyIRADN4gRYfkABWNBIALAAAEgAs/////////wAAEhY=")
    #expect(
      try OneProfile(stack).readings(of: clockless)
        == ["a84041 totaliser 1234.56 1763700300", "a84041 valve open 1763700300"])
    #expect(try OneProfile(stack).readings(of: message.replacing("NBIA", with: "NBIB")) == ["refused: checksum"])
    let plain =
      "profile: m\ntopics: [\"m/{device}\"]\npayload: json\nbytes: { at: /b, as: hex, format: cjt188 }\ndevice: /id\n"
      + Self.meter
    let hex = "68104433221100337881161F9000563412002C000012002C004012211125200000E216"
    let own = try OneProfile(plain)
    #expect(
      own.readings(of: #"{"id":"x","b":"\#(hex)"}"#) == ["x totaliser 1234.56 1763700000", "x valve open 1763700000"])
    #expect(own.profile.identity == .time)
  }

  @Test(
    "What cannot be said of a message's bytes is refused at its line",
    arguments: [
      ("payload: chirpstack-v4\nbytes: { format: cjt18 }", 4, "did you mean 'cjt188'?"),
      ("payload: chirpstack-v4\nbytes: { at: /b, format: cjt188 }", 4, "unknown key 'at'"),
      ("payload: json\ndevice: /id\nbytes: { at: /b, as: hex }", 5, "bytes need a 'format', or the 'layout'"),
      ("payload: json\ndevice: /id\nbytes: { as: hex, format: cjt188 }", 5, "the key 'at' is missing"),
      (
        "payload: ttn-v3\nbytes: { format: cjt188 }\nlayout: { fields: [{ name: b, type: uint8 }] }", 4,
        "a 'format' or a 'layout', not both"
      ),
      ("payload: csv\ndevice: /id\nbytes: { format: cjt188 }", 5, "'bytes' is for payloads that are json"),
    ])
  func refusedBytes(keys: String, line: Int, message: String) {
    let text = "profile: m\ntopics: [\"m/{device}\"]\n\(keys)\n" + Self.meter
    let error = #expect(throws: YAMLError.self) { try OneProfile(text) }
    #expect(error?.line == line)
    #expect(error?.description.contains(message) == true, "\(error?.description ?? "")")
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
