import Simulator
import StrictYAML
import Telemetry
import TestSupport
import Testing
import WireFormats

@testable import DeviceCatalog

/// SenML in JSON, and what profiles make of SenML: devices, metrics and units.
@Suite
struct SenMLTests {
  private func profile(_ metrics: String, payload: String = "senml-json", device: String = "/_device") -> String {
    """
    profile: probe
    topics: ["senml/{site}/up"]
    payload: \(payload)
    device: \(device)
    metrics:
    \(metrics)
    """
  }

  private func readings(_ metrics: String, _ pack: String, device: String = "/_device") throws -> [String] {
    try OneProfile(profile(metrics, device: device)).readings(of: pack)
  }

  private static let climate = """
      - { name: temperature, kind: gauge, unit: Cel, range: [-40, 85] }
      - { name: humidity, called: [humidity, rh], kind: gauge, unit: "%", range: [0, 100] }
    """

  @Test("The base name is the device, the name the metric; times are the pack's, or of the receipt")
  func devices() throws {
    let pack =
      #"[{"bn":"urn:dev:mac:01:","bt":1763700000,"n":"temperature","u":"Cel","v":21.5},{"n":"rh","u":"%RH","v":45},{"n":"temperature","u":"Cel","v":21.4,"t":-60},{"bn":"urn:dev:mac:02:","bt":-5,"n":"temperature","u":"Cel","v":3}]"#
    #expect(
      try readings(Self.climate, pack) == [
        "urn:dev:mac:01 temperature 21.5 1763700000", "urn:dev:mac:01 humidity 45 1763700000",
        "urn:dev:mac:01 temperature 21.4 1763699940", "urn:dev:mac:02 temperature 3 receipt+-5.0 seconds",
      ])
    #expect(
      try readings(Self.climate, pack.replacing(",\"bt\":1763700000", with: ""), device: "/_id").prefix(2)
        == ["01 temperature 21.5 receipt", "01 humidity 45 receipt"])
  }

  @Test("A number's unit is converted to the metric's; one of another dimension makes it bad")
  func units() throws {
    func value(_ metric: String, _ unit: String, _ number: String) throws -> String {
      let pack = #"[{"n":"x","u":"\#(unit)","v":\#(number)}]"#
      return String(
        try readings("  - { name: x, kind: gauge, \(metric) }", pack, device: "gate-{site}")[0].dropFirst(8))
    }
    #expect(try value("unit: kPa", "Pa", "101325") == "101.325 receipt")
    #expect(try value("unit: Pa", "kPa", "101") == "101 receipt")
    #expect(try value("unit: '%'", "%", "0.5") == "50 receipt")
    #expect(try value("unit: '%'", "/", "1") == "100 receipt")
    #expect(try value("unit: '%'", "%RH", "50") == "50 receipt")
    #expect(try value("unit: '1'", "%EL", "50") == "50 receipt")
    #expect(try value("unit: Cel", "K", "273.15") == "0 receipt")
    #expect(try value("unit: Cel", "°C", "20") == "20 receipt")
    #expect(try value("unit: m3/h", "l/s", "10") == "36 receipt")
    #expect(try value("unit: kW.h", "kWh", "9007199254740993") == "9007199254740993 receipt")
    #expect(try value("unit: Cel", "%RH", "20") == "!type receipt")
    #expect(try value("unit: Cel", "furlong", "20") == "!type receipt")
    // The range is in the metric's unit; missing values and scale are of the number as it is sent.
    #expect(try value("unit: kPa, range: [0, 200]", "Pa", "300000") == "!range receipt")
    #expect(try value("unit: kPa, range: [0, 200]", "Pa", "150000") == "150 receipt")
    #expect(try value("unit: kPa, missing: [-1]", "Pa", "-1") == "!missing receipt")
    #expect(try value("unit: '%', scale: 0.01", "%", "50") == "50 receipt")
    #expect(try value("unit: kPa", "Pa", "1e200") == "!not-finite receipt")
    #expect(try value("unit: kPa", "Pa", "1e999") == "!overflow receipt")
    // Without a unit it is the metric's.
    #expect(try value("unit: kPa", "", "101") == "101 receipt")
  }

  @Test("States take texts, booleans and switches, whatever unit stands beside them")
  func states() throws {
    let metrics = """
        - { name: lid, kind: state, states: { "true": open, "false": closed } }
        - { name: fan, kind: state, states: { "0": off, "1": on } }
        - { name: mode, kind: state, states: [auto, manual] }
      """
    let pack =
      #"[{"bn":"d:","bu":"/","n":"lid","vb":true},{"n":"fan","v":1.0},{"n":"mode","vs":"auto"},{"n":"mode","vd":"aGk"}]"#
    #expect(
      try readings(metrics, pack) == [
        "d lid open receipt", "d fan on receipt", "d mode auto receipt", "d mode !type receipt",
      ])
  }

  @Test("Names without a metric are told apart by their units; sums are metrics of their own")
  func nameless() throws {
    let metrics = """
        - { name: humidity, called: "%RH", kind: gauge, unit: "%" }
        - { name: latitude, called: lat, kind: gauge, unit: deg }
        - { name: energy, called: power/sum, kind: counter, unit: kW.h }
      """
    let pack =
      #"[{"bn":"urn:dev:ow:1","bu":"%RH","v":20},{"u":"lat","v":60.5},{"bn":"urn:dev:ow:1:","n":"power","u":"W","s":36000000}]"#
    #expect(
      try readings(metrics, pack) == [
        "urn:dev:ow:1 humidity 20 receipt", "urn:dev:ow:1 latitude 60.5 receipt", "urn:dev:ow:1 energy 10 receipt",
      ])
  }

  @Test("A pack in JSON is a list of objects, else it is refused; escapes, marks and unheld numbers are as in all JSON")
  func documents() throws {
    func found(_ pack: String) -> [String] {
      do { return try SenMLPacks.read(json: Array(pack.utf8)).map(\.text) } catch {
        return ["\((error as? Refusal)?.reason.rawValue ?? "")"]
      }
    }
    #expect(found(#"{"n":"x","v":1}"#) == ["malformed"] && found("[1]") == ["malformed"] && found("[") == ["malformed"])
    #expect(found("[]") == ["no-metric"] && found("[{}]") == ["no-metric"])
    #expect(
      found("\u{FEFF}" + #"[{"bn":"a/","n":"\u0078y","v":1e999,"z":{"v":[1]}},{"n":"b","v":18446744073709551615}]"#)
        == ["a xy=overflow", "a b=18446744073709551615"])
    #expect(
      found(#"[{"n":"x","v":1,"v":2,"extra":3}]"#) == [" x=1"]
        && found(#"[{"n":"x","v":1,"new_":3}]"#) == ["malformed"])
    #expect(found(#"[{"n":"x","v":1,"bver":11}]"#) == ["malformed"])
  }

  @Test("JSON and CBOR of the same pack read alike")
  func alike() throws {
    let json =
      #"[{"bn":"urn:dev:ow:1:","bt":1763700000.25,"bu":"A","bver":10,"n":"i","v":1.5},{"n":"on","vb":true,"t":-1},{"n":"s","s":4}]"#
    let cbor: [UInt8] =
      [0x83, 0xA6, 0x21, 0x6D] + Array("urn:dev:ow:1:".utf8)
      + [
        0x22, 0xFB, 0x41, 0xDA, 0x47, 0xFB, 0x48, 0x10, 0x00, 0x00, 0x23, 0x61, 0x41, 0x20, 0x0A, 0x00, 0x61, 0x69,
        0x02, 0xF9, 0x3E, 0x00,
      ]
      + [0xA3, 0x00, 0x62, 0x6F, 0x6E, 0x04, 0xF5, 0x06, 0x20, 0xA2, 0x00, 0x61, 0x73, 0x05, 0x04]
    let (left, right) = (try SenMLPacks.read(json: Array(json.utf8)), try SenMLPacks.read(cbor: cbor))
    #expect(left.map(\.text) == right.map(\.text) && left.map(\.time) == right.map(\.time))
    #expect(left.map(\.text) == ["urn:dev:ow:1 i=1.5 A", "urn:dev:ow:1 on=true A", "urn:dev:ow:1 s/sum=4"])
  }

  @Test("Packs that are cut off or changed are answered, whatever they are")
  func hostile() {
    var random = RandomSource(seed: testSeed())
    let pack = Array(
      #"[{"bn":"urn:dev:ow:1:","bt":1763700000.25,"bu":"A","bver":10,"n":"i","v":1.5},{"n":"on","vb":true,"t":-1e9},{"n":"s","s":4}]"#
        .utf8)
    var answers = 0
    func read(_ bytes: [UInt8]) {
      do { answers += try SenMLPacks.read(json: bytes).count } catch { answers += 1 }
    }
    for length in 1...pack.count { read(Array(pack[..<length])) }
    for _ in 0..<3000 {
      var bytes = pack
      for _ in 0..<Int.random(in: 1...3, using: &random) {
        bytes[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(in: 0x20...0x7E, using: &random)
      }
      read(bytes)
    }
    #expect(answers > 3000)
  }

  @Test("One topic has profiles of SenML and of other JSON, parted by conditions")
  func conditions() throws {
    let senml = profile(Self.climate) + "\nwhen: { /_id: '01' }\n"
    let other = profile("  - { name: t, at: /t, kind: gauge, unit: Cel }", payload: "json", device: "/id").replacing(
      "profile: probe", with: "profile: other")
    let units = CatalogueFiles.builtIn.all.filter(\.isUnitTable)
    let files = [senml, other].enumerated().map {
      CatalogueFiles.File(name: "p\($0.offset).yaml", text: $0.element, isBuiltIn: false)
    }
    let catalogue = try Catalogue(CatalogueFiles(units + files))
    func metrics(_ payload: String) -> [String] {
      let decoder = MessageDecoder(catalogue, zone: .utc)
      let result = decoder.decode(topic: Array("senml/x/up".utf8), payload: Array(payload.utf8))
      return (try? result.get().readings.map(\.metric.name)) ?? ["refused"]
    }
    #expect(metrics(#"[{"bn":"urn:dev:mac:01:","n":"temperature","v":1}]"#) == ["temperature"])
    #expect(metrics(#"{"id":"x","t":1}"#) == ["t"])
  }

  @Test("A place of SenML is one name, and options of other formats are refused")
  func refusedProfiles() {
    #expect(throws: YAMLError.self) { try OneProfile(profile("  - { name: t, at: /a/*, kind: gauge, unit: Cel }")) }
    #expect(throws: YAMLError.self) { try OneProfile(profile(Self.climate) + "\nprecision: s") }
    #expect(throws: YAMLError.self) { try OneProfile(profile(Self.climate) + "\nrecords: /e") }
  }
}
