import StrictYAML
import Telemetry
import Testing

@testable import DeviceCatalog

/// What plain JSON in the field does otherwise than one would think. Traps that stand in a built-in profile's examples,
/// in `JSONEdgeTests` or in `RecordTests` are not here again.
@Suite
struct FieldTrapTests {
  /// - Parameter body: what stands behind the topics.
  private func profile(_ body: String) throws -> OneProfile {
    try OneProfile("profile: p\ntopics: [a]\npayload: json\n" + body)
  }

  private static let unit = """
    device: /id
    metrics:
      - { name: t, at: /t, kind: gauge, unit: Cel, unit_at: [/u/code, /u], scale: 0.1, range: [-40, 100], missing: [-999] }
      - { name: w, at: /w, text: quantity, kind: gauge, unit: kg, unit_at: /wu }
    """

  @Test(
    "A unit that stands in the message counts in place of the profile's, as UCUM, UN/CEFACT or people write it",
    arguments: [
      (#""t":215"#, "21.5"), (#""t":680,"u":"FAH""#, "20"), (#""t":680,"u":"[degF]""#, "20"),
      (#""t":680,"u":"F""#, "20"),
      (#""t":200,"u":{"code":"CEL"}"#, "20"), (#""t":200,"u":"°C""#, "20"), (#""t":215,"u":null"#, "21.5"),
      // No temperature, nothing at all, no text.
      (#""t":20,"u":"KGM""#, "!type"), (#""t":20,"u":"""#, "2"), (#""t":20,"u":7"#, "!type"),
      (#""t":null,"u":"KGM""#, "!missing"), (#""t":-999,"u":"F""#, "!missing"),
      // The range is in the profile's unit.
      (#""t":2130,"u":"F""#, "!range"), (#""t":2120,"u":"F""#, "100"),
    ])
  func units(json: String, value: String) throws {
    #expect(try profile(Self.unit).readings(of: #"{"id":"x",\#(json)}"#) == ["x t \(value) receipt"])
  }

  @Test("A unit beside the number goes before the message's, and that before the profile's")
  func unitOrder() throws {
    let profile = try profile(Self.unit)
    #expect(profile.readings(of: #"{"id":"x","w":"2 t","wu":"GRM"}"#) == ["x w 2000 receipt"])
    #expect(profile.readings(of: #"{"id":"x","w":"500","wu":"GRM"}"#) == ["x w 0.5 receipt"])
    #expect(profile.readings(of: #"{"id":"x","w":"500"}"#) == ["x w 500 receipt"])
  }

  @Test("A unit stands in a column too, and not in bytes or beside states")
  func unitPlaces() throws {
    let table = try OneProfile(
      """
      profile: p
      topics: [a]
      payload: csv
      device: /id
      metrics: [{ name: t, at: /value, kind: gauge, unit: Cel, unit_at: /unit }]
      """)
    #expect(
      table.readings(of: "id,value,unit\nx,68,F\ny,20,\nz,20,kg\n") == [
        "x t 20 receipt", "y t 20 receipt", "z t !type receipt",
      ])
    #expect(throws: YAMLError.self) {
      try profile("device: /id\nmetrics: [{ name: s, at: /s, unit_at: /u, kind: state, states: [a] }]")
    }
    #expect(throws: YAMLError.self) {
      try OneProfile(
        "profile: p\ntopics: [a]\npayload: ttn-v3\nlayout: { fields: [{ name: t, type: uint8 }] }\nmetrics: [{ name: t, kind: gauge, unit: Cel, unit_at: /u }]"
      )
    }
  }

  @Test("Local time without a zone is the gateway's, by the built-in profile of devices that write it")
  func localTime() throws {
    let payload = Array(#"{"Time":"2025-11-21T12:40:00","AM2301":{"Temperature":20}}"#.utf8)
    let decoder = MessageDecoder(try Catalogue(.builtIn), zone: Zone { _ in 8 * 3600 })
    let readings = try decoder.decode(topic: Array("tele/x/SENSOR".utf8), payload: payload).get().readings
    #expect(readings.map(\.time) == [Timestamp(seconds: 1_763_700_000)])
  }

  @Test("Thing model parameters: bare, wrapped, wrapped with a time, and structures of both kinds")
  func thingModel() throws {
    let profile = try profile(
      """
      device: x
      identity: /id
      named: { each: "/params/{name}", at: [/value, ""], time: { at: /time, as: unix-ms } }
      metrics:
        - { name: pressure, called: Press_In, kind: gauge, unit: kPa }
        - { name: red, at: [/params/RGBColor/value/Red, /params/RGBColor/Red], kind: gauge, unit: "{#}" }
      """)
    for (parameters, reading) in [
      (#""Press_In":256"#, "x pressure 256 receipt"), (#""Press_In":{"value":256}"#, "x pressure 256 receipt"),
      (#""Press_In":{"value":256,"time":1763700000000}"#, "x pressure 256 1763700000"),
      // A clock that is not set, and a value that is none.
      (#""Press_In":{"value":256,"time":90000}"#, "x pressure 256 receipt"),
      (#""Press_In":{"value":null}"#, "x pressure !missing receipt"),
      (#""Press_In":{"unit":"kPa"}"#, "x pressure !type receipt"),
      (#""RGBColor":{"Red":247,"Green":60}"#, "x red 247 receipt"),
      (#""RGBColor":{"value":{"Red":247},"time":1763700000000}"#, "x red 247 receipt"),
    ] {
      #expect(profile.readings(of: #"{"id":"1","params":{\#(parameters)}}"#) == [reading], "\(parameters)")
    }
  }

  @Test("An application's topic has a tenant or none")
  func tenants() throws {
    let payload = Array(
      #"{"end_device_ids":{"device_id":"bin-7"},"received_at":"2025-11-21T04:40:00.123456789Z","uplink_message":{"decoded_payload":{"temperature":20}}}"#
        .utf8)
    let decoder = MessageDecoder(try Catalogue(.builtIn), zone: .utc)
    for topic in ["v3/city@ttn/devices/bin-7/up", "v3/city/devices/bin-7/up"] {
      let readings = try decoder.decode(topic: Array(topic.utf8), payload: payload).get().readings
      // Without the time of its message that of the server counts.
      #expect(readings.map(\.time) == [Timestamp(microseconds: 1_763_700_000_123_456)])
    }
  }

  @Test("Of what a server leaves out since it is 0, empty or false, nothing is made up")
  func leftOut() throws {
    let text = """
      profile: p
      topics: [a]
      payload: ttn-v3
      metrics:
        - { name: level, at: /level, kind: gauge, unit: m }
        - { name: lid, at: /lid, kind: state, states: { "false": closed, "true": open } }
      """
    func uplink(_ decoded: String) -> String {
      #"{"end_device_ids":{"device_id":"x"},"uplink_message":{\#(decoded)"received_at":"2025-11-21T04:40:00Z"}}"#
    }
    let profile = try OneProfile(text)
    #expect(profile.readings(of: uplink(#""decoded_payload":{"lid":true},"#)) == ["x lid open 1763700000"])
    #expect(profile.readings(of: uplink(#""decoded_payload":{},"#)) == ["refused: no-metric"])
    #expect(profile.readings(of: uplink("")) == ["refused: no-metric"])
    #expect(
      profile.readings(of: uplink(#""decoded_payload":{"level":0,"lid":false},"#)) == [
        "x level 0 1763700000", "x lid closed 1763700000",
      ])
  }

  @Test("Sentinels are compared as numbers, whatever they are written like")
  func sentinels() throws {
    let profile = try profile(
      "device: /id\nmetrics: [{ name: t, at: /t, text: quantity, kind: gauge, unit: Cel, missing: [327.67, -999] }]")
    for raw in ["327.67", "327.670", "3.2767e2", "-999", "-999.0", #""327.67""#, #""-999 Cel""#] {
      #expect(profile.readings(of: #"{"id":"x","t":\#(raw)}"#) == ["x t !missing receipt"], "\(raw)")
    }
    #expect(profile.readings(of: #"{"id":"x","t":327.68}"#) == ["x t 327.68 receipt"])
  }
}
