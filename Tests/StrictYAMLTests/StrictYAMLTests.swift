import StrictYAML
import Testing

@Suite
struct StrictYAMLTests {
  private func parse(_ text: String) throws -> YAMLValue { try YAMLValue.parse(text, file: "f.yaml") }

  @Test("An unknown key is named with its place and the nearest known one")
  func unknownKey() throws {
    let value = try parse("mqtt:\n  client_di: x\n")
    let error = #expect(throws: YAMLError.self) {
      try value.mapping(known: ["mqtt"]).required("mqtt").mapping(known: ["url", "client_id"])
    }
    #expect(error?.description == "f.yaml:2:3: mqtt.client_di: unknown key 'client_di' (did you mean 'client_id'?)")
  }

  @Test("A broken document is named with its place")
  func syntax() {
    let error = #expect(throws: YAMLError.self) { try parse("a: [1, 2\nb: 3\n") }
    #expect(error?.line == 2)
  }

  @Test("A key that stands twice is refused")
  func duplicateKey() {
    #expect(throws: YAMLError.self) { try parse("a: 1\na: 2\n") }
  }

  @Test(
    "Durations and sizes are read with their units",
    arguments: [("500ms", 500), ("30s", 30_000), ("5m", 300_000), ("1h", 3_600_000), ("7d", 604_800_000)])
  func durations(text: String, milliseconds: Int) throws {
    #expect(try parse(text).duration() == .milliseconds(milliseconds))
  }

  @Test(
    "A duration or size without a unit, negative or of words is refused",
    arguments: ["5", "-5s", "s", "five m", "1.5h"])
  func badQuantities(text: String) throws {
    let value = try parse("\"\(text)\"")
    #expect(throws: YAMLError.self) { try value.duration() }
    #expect(throws: YAMLError.self) { try value.size() }
  }

  @Test("Sizes are read with their units")
  func sizes() throws {
    #expect(try parse("256KiB").size() == 262_144)
    #expect(try parse("1GiB").size() == 1 << 30)
    #expect(try parse("7B").size() == 7)
  }

  @Test("Numbers are finite", arguments: [".inf", "nan", "infinity", "x"])
  func numbers(text: String) throws {
    let value = try parse(text)
    #expect(throws: YAMLError.self) { try value.number() }
  }

  @Test("An empty document is an empty mapping, null is no value")
  func empty() throws {
    #expect(try parse("").mapping(known: [])["a"] == nil)
    #expect(try parse("a:\nb: ~\n").mapping(known: ["a", "b"])["a"] == nil)
  }

  @Test("The nearest word is told only where it is near")
  func nearest() {
    #expect(nearestWord(to: "temprature", among: ["temperature", "pressure"]) == "temperature")
    #expect(nearestWord(to: "x", among: ["temperature"]) == nil)
  }
}
