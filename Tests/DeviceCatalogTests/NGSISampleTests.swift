import Foundation
import TestSupport
import Testing

/// Entities of the smart data models in their four shapes: keys and values, and normalized, of NGSI v2 and NGSI-LD.
@Suite(
  .enabled(if: conformanceFolder("fiware-sensorthings") != nil, "shared/conformance/fiware-sensorthings is absent"))
struct NGSISampleTests {
  private let entities: [(name: String, payload: [UInt8])]

  init() throws {
    let folder = try #require(conformanceFolder("fiware-sensorthings"))
    let files = try ["WasteManagement", "WaterQuality", "Streetlighting"].flatMap { domain in
      try FileManager.default.contentsOfDirectory(
        at: folder.appendingPathComponent(domain), includingPropertiesForKeys: nil)
    }
    entities = try files.filter { $0.lastPathComponent.contains("_examples_") }.map { file in
      (file.lastPathComponent, Array(try Data(contentsOf: file)))
    }.sorted { $0.0 < $1.0 }
  }

  private func entities(_ type: String) -> [(name: String, payload: [UInt8])] {
    entities.filter { $0.name.hasPrefix("\(type)_examples") }
  }

  private func outcomes(_ type: String) throws -> [String: String] {
    let samples = try Samples()
    return Dictionary(
      uniqueKeysWithValues: entities(type).map { entity in
        let kind = entity.name.replacing("\(type)_examples_", with: "")
        return (kind, samples.outcome("ngsi/test/\(type)", entity.payload))
      })
  }

  @Test("A water quality observation says the same in all four shapes")
  func waterQuality() throws {
    func expected(_ id: String, arsenic: String) -> String {
      "ngsi-water-quality: \(id)waterqualityobserved:Sevilla:D1: water_temperature=24.4 ph=7.4 conductivity=50 nitrate=0.01 "
        + "total_nitrogen=6 total_phosphorus=0.6 arsenic\(arsenic) flow=127.53 at 2017-01-31T06:45:00Z"
    }
    let linked = "urn:ngsi-ld:WaterQualityObserved:"
    #expect(
      try outcomes("WaterQualityObserved") == [
        "example.json": expected("", arsenic: "=0"),
        // Zero became false where the sample was normalized.
        "example-normalized.json": expected("", arsenic: "!type"),
        "example.jsonld": expected(linked, arsenic: "=0"),
        "example-normalized.jsonld": expected(linked, arsenic: "=0"),
      ])
  }

  @Test("A street lamp says the same in its three shapes")
  func streetlight() throws {
    func expected(_ id: String) -> String {
      "ngsi-streetlight: \(id)streetlight:guadalajara:4567: lamp=off lamp_status=ok power=0.01 voltage=50 energy=93.4 "
        + "at 2021-01-11T10:21:02Z"
    }
    #expect(
      try outcomes("Streetlight") == [
        "example.json": expected(""), "example-normalized.json": expected(""),
        "example.jsonld": expected("urn:ngsi-ld:Streetlight:"),
      ])
  }

  @Test("A container without measured values is told so; a profile of a few lines reads what it does say")
  func wasteContainer() throws {
    #expect(Set(try outcomes("WasteContainer").values) == ["refused: no-metric"])
    let profile = try OneProfile(
      """
      profile: p
      topics: [a]
      payload: json
      device: /id
      time: { at: [/binLoggedTime/value, /binLoggedTime], as: iso8601 }
      metrics:
        - { name: greatest_load, at: [/binMaxLoad/value, /binMaxLoad], kind: gauge, unit: kg }
        - { name: fill_limit, at: [/binFullnessThreshold/value, /binFullnessThreshold], kind: gauge, unit: "%" }
      """)
    for entity in entities("WasteContainer") {
      #expect(
        profile.readings(of: String(decoding: entity.payload, as: UTF8.self)) == [
          "urn:ngsi-ld:wastecontainer:1021:AAWD greatest_load 75 1614594062",
          "urn:ngsi-ld:wastecontainer:1021:AAWD fill_limit 80 1614594062",
        ])
    }
  }

  @Test("What a lorry weighed is an amount, in all shapes")
  func wasteObserved() throws {
    let profile = try OneProfile(
      """
      profile: p
      topics: [a]
      payload: json
      device: /id
      time: { at: [/dateObserved/value, /dateObserved], as: iso8601 }
      metrics: [{ name: collected, at: [/weight/value, /weight], kind: event, unit: kg }]
      """)
    for entity in entities("WasteObserved") {
      let readings = profile.readings(of: String(decoding: entity.payload, as: UTF8.self))
      #expect(readings.count == 1 && readings[0].hasSuffix(" collected 6.85 1666191459"), "\(entity.name): \(readings)")
    }
  }

  @Test("Phases are a list, each of which is a reading")
  func feeder() throws {
    let profile = try OneProfile(
      """
      profile: p
      topics: [a]
      payload: json
      device: /id
      metrics: [{ name: voltage, at: [/phaseVoltage/value/*, /phaseVoltage/*], kind: gauge, unit: V }]
      """)
    let feeders = entities("StreetlightFeeder")
    #expect(feeders.count == 4)
    for entity in feeders {
      let readings = profile.readings(of: String(decoding: entity.payload, as: UTF8.self))
      #expect(readings.map { $0.split(separator: " ")[2] } == ["240", "120", "50"], "\(entity.name)")
    }
  }

  @Test("Entities that describe, and kinds without a profile, are dead letters for that")
  func others() throws {
    let samples = try Samples()
    var outcomes: [String: Int] = [:]
    for entity in entities {
      let type = String(entity.name.prefix { $0 != "_" })
      let outcome = samples.outcome("ngsi/test/\(type)", entity.payload)
      outcomes[outcome.hasPrefix("refused") ? outcome : "read", default: 0] += 1
    }
    #expect(outcomes == ["read": 7, "refused: no-metric": 2, "refused: no-profile": 27])
  }
}
