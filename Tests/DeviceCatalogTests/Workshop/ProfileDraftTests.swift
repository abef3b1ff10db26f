import Simulator
import Sparkplug
import StrictYAML
import Telemetry
import TestSupport
import Testing

@testable import DeviceCatalog

/// A draft is a profile that `check` takes and whose examples pass, whatever the samples are.
@Suite
struct ProfileDraftTests {
  let catalogue: Catalogue

  init() throws {
    catalogue = try Catalogue(.builtIn)
  }

  /// Nil where nothing can be drafted.
  func draft(_ topic: String, _ payloads: [[UInt8]], name: String? = nil) throws -> Profile? {
    let samples = payloads.map { DraftSample(topic: topic, payload: $0) }
    return try draft(samples, name: name)
  }

  func draft(_ samples: [DraftSample], name: String? = nil) throws -> Profile? {
    let draft: ProfileDraft
    do {
      draft = try ProfileDraft(samples, name: name, catalogue: catalogue, zone: .utc)
    } catch {
      #expect(!error.description.contains("lead to no profile"), "\(error)")
      return nil
    }
    let drafted = try ProfileDraft.catalogue(catalogue, with: draft.text)
    let profile = try #require(drafted.profiles.first { $0.file == ProfileDraft.fileName })
    #expect(profile.name == draft.name)
    for example in profile.examples {
      let problems = ExampleRunner(drafted).problems(of: example, in: profile)
      #expect(problems.isEmpty, "\(problems.map(\.text)) in\n\(draft.text)")
    }
    return profile
  }

  func metric(_ profile: Profile, _ name: String) throws -> Metric {
    try #require(profile.metrics.first { $0.name == name }, "\(name) among \(profile.metrics.map(\.name))")
  }

  @Test("Of a compressor's message it makes names, units, kinds, ranges and states, with the topic's levels")
  func compressor() throws {
    let payload = """
      {"ts":1763700000000,"outletPress_bar":7.2,"oil":{"temp_c":81.5,"level":-999},"motor":{"kW":74.2},"totalKWh":182733.4,
      "runHours":10233,"state":"LOADED","alarm":false,"valve":1,"fw":"2.1.7","rssi":-71,"text":"21.5 °C","errors":[{"c":3}]}
      """
    let profile = try #require(try draft("plant/hall-2/compressor/k-17/up", [Array(payload.utf8)]))
    #expect(profile.name == "compressor")
    #expect(profile.topics.map(\.text) == ["plant/{site}/compressor/{device}/up"])
    #expect(profile.time?.format == .unixMilliseconds)
    #expect(profile.examples.count == 1)
    let expected: [(String, MetricKind, String?)] = [
      ("outlet_pressure", .gauge, "bar"), ("temperature", .gauge, "Cel"), ("motor_power", .gauge, "kW"),
      ("total_energy", .counter, "kW.h"), ("run_time", .counter, "h"), ("state", .state, nil), ("alarm", .state, nil),
      ("valve", .state, nil), ("text", .gauge, "Cel"),
    ]
    for (name, kind, unit) in expected {
      let metric = try metric(profile, name)
      #expect(metric.kind == kind, "\(name)")
      #expect(metric.unit?.code == unit, "\(name)")
    }
    #expect(try metric(profile, "level").missing.map(\.text) == ["-999"])
    #expect(profile.metrics.count == expected.count + 1)
  }

  @Test(
    "What varies in topics is a level's name; what only grows in one device's samples is a total; their steps are the interval"
  )
  func manySamples() throws {
    let profile = try #require(
      try draft(
        (0..<6).map { number in
          DraftSample(
            topic: "w/north/b-\(number % 3)/data",
            payload: Array(
              #"{"time":"2025-11-21T04:4\#(number):00Z","msgId":"m\#(number)","cups":\#(number * 7)}"#.utf8))
        }))
    #expect(profile.topics.map(\.text) == ["w/north/{device}/data"])
    #expect(profile.identity == .message(try ValuePath("/msgId")))
    #expect(profile.time?.format == .iso8601)
    let one = try #require(
      try draft(
        (0..<9).map { number in
          DraftSample(
            topic: "w/north/b-1/data",
            payload: Array(#"{"at":\#(1_763_700_000 + number * 30),"cups":\#(number * 7)}"#.utf8))
        }))
    #expect(one.interval == .seconds(30))
    #expect(one.time?.format == .unixSeconds)
    #expect(try metric(one, "cups").kind == .counter)
  }

  @Test("Where no topic level names the device, a place in the payload does")
  func deviceInPayload() throws {
    let profile = try #require(try draft("telemetry", [Array(#"{"deviceId":"x-1","t":1}"#.utf8)]))
    #expect(profile.device.parts == [.payload([try ValuePath("/deviceId")])])
    #expect(profile.topics.map(\.text) == ["telemetry"])
  }

  @Test("A list that is the whole message is a list of records")
  func list() throws {
    let profile = try #require(
      try draft("a/dev-1", [Array(#"[{"temp":1,"ts":1763700000},{"temp":2,"ts":1763700060}]"#.utf8)]))
    #expect(profile.records.map(\.text) == ["/*"])
    #expect(profile.examples[0].readings.count == 2)
  }

  @Test("A name that measures something else in other profiles is not taken")
  func dimensions() throws {
    let profile = try #require(try draft("tank/t-1", [Array(#"{"reservoir_level_pct":50}"#.utf8)]))
    #expect(profile.metrics[0].name != "reservoir_level")
    #expect(profile.metrics[0].unit?.code == "%")
  }

  @Test("Files with a JSON document on each line hold a sample a line, others one")
  func files() {
    #expect(DraftSample.payloads(ofFile: Array("{\"a\":1}\n\n{\"a\":2}\n".utf8)).count == 2)
    #expect(DraftSample.payloads(ofFile: Array("{\"a\":\n1}\n".utf8)) == [Array("{\"a\":\n1}".utf8)])
    #expect(DraftSample.payloads(ofFile: Array("time,flow\n1,2\n".utf8)).count == 1)
    #expect(DraftSample.payloads(ofFile: Array("1\n2\n".utf8)).count == 1)
  }

  @Test("Every example of every built-in profile leads to a draft that passes, or to a sentence")
  func builtInExamples() throws {
    var drafted = 0
    for profile in catalogue.profiles {
      for example in profile.examples where example.refused == nil {
        let topic = profile.isSparkplug ? example.message.topic : "drafts/\(example.message.topic)"
        let earlier = example.earlier.map { DraftSample(topic: $0.topic, payload: $0.payload) }
        let sample = DraftSample(topic: topic, payload: example.message.payload)
        if try draft(earlier + [sample]) != nil { drafted += 1 }
      }
    }
    #expect(drafted > catalogue.profiles.count)
  }

  @Test("Formats are told by their bytes, and the built-in profile's names are taken where they fit")
  func formats() throws {
    for (name, word) in [
      ("hj212", "hj212"), ("sl651", "sl651"), ("szy206", "szy206"), ("cjt188", "cjt188"), ("csv", "csv"),
      ("line-protocol", "line-protocol"), ("senml-json", "senml-json"), ("senml-cbor", "senml-cbor"),
      ("value", "value"),
      ("ttn-v3", "ttn-v3"), ("chirpstack-v4", "chirpstack-v4"), ("sparkplug-machine", "sparkplug-b"),
      ("tasmota", "json"),
    ] {
      let profile = try #require(catalogue.profiles.first { $0.name == name })
      let example = try #require(profile.examples.first { $0.refused == nil })
      let topic = profile.isSparkplug ? example.message.topic : "x/y-1/z"
      let guess = PayloadGuess(DraftSample(topic: topic, payload: example.message.payload))
      #expect(guess?.word == word, "\(name)")
    }
    let hj212 = try #require(catalogue.profiles.first { $0.name == "hj212" })
    let drafted = try #require(try draft("city/outfall-1/report", [hj212.examples[0].message.payload]))
    #expect(Set(drafted.metrics.map(\.name)).isSuperset(of: hj212.examples[0].readings.map(\.metric)))
    #expect(drafted.device == hj212.device)
  }

  @Test("A table's separator and decimal comma are seen; a value alone is what its topic says")
  func tables() throws {
    let table = "time;Flow m3/h;Temp (°C)\n2025-11-21 12:00:00;12,5;8,1\n2025-11-21 12:05:00;13;8,2\n"
    let logger = try #require(try draft("loggers/dam-3/up", [Array(table.utf8)]))
    #expect(logger.name == "loggers")
    #expect(try metric(logger, "flow").unit?.code == "m3/h")
    #expect(try metric(logger, "temperature").unit?.code == "Cel")
    #expect(logger.examples[0].readings.map(\.value) == ["12.5", "8.1", "13", "8.2"])
    #expect(logger.interval == .seconds(300))
    let oven = try #require(try draft("ovens/oven-2/pressure", [Array("2.5 bar".utf8)]))
    #expect(try metric(oven, "pressure").unit?.code == "bar")
    #expect(oven.topics.map(\.text) == ["ovens/{device}/pressure"])
  }

  @Test("Random JSON leads to a draft that passes, or to a sentence")
  func randomJSON() throws {
    var random = RandomSource(seed: testSeed())
    for round in 0..<setting("GANGLION_ROUNDS", default: 60) {
      let topic = random.topic()
      let payloads = (0..<Int.random(in: 1...3, using: &random)).map { _ in Array(random.object(depth: 0).utf8) }
      _ = try draft(topic, payloads, name: round % 5 == 0 ? "given name: '\(round)'" : nil)
    }
  }

  @Test("Random and damaged bytes lead to a draft that passes, or to a sentence")
  func randomBytes() throws {
    var random = RandomSource(seed: testSeed())
    let payloads = catalogue.profiles.flatMap { $0.examples.map(\.message.payload) }
    for _ in 0..<setting("GANGLION_ROUNDS", default: 60) {
      var payload = payloads.randomElement(using: &random) ?? []
      for _ in 0..<Int.random(in: 0...2, using: &random) where !payload.isEmpty {
        payload[Int.random(in: payload.indices, using: &random)] = UInt8.random(in: 0...255, using: &random)
      }
      _ = try draft(random.topic(), [payload])
    }
  }
}

extension RandomSource {
  private static let keys = [
    "ts", "time", "temp_c", "t", "v", "value", "状态", "温度", "a b", "a/b", "~", "", "#", "{x}", "'", "\\\"", "deviceId",
    "id",
    "level", "state", "totalKWh", "0", "9lives", "*", "- x", "kW", "motor", "msgId", "site", "null", "press",
  ]

  fileprivate mutating func topic() -> String {
    (0..<Int.random(in: 1...5, using: &self)).map { _ in
      ["a", "plant", "hall-2", "city", "luojiang", "up", "x y", "v1", "设备", "{", "a'b", "a\\\"b", "17", ": #"]
        .randomElement(using: &self)!
    }.joined(separator: "/")
  }

  fileprivate mutating func object(depth: Int) -> String {
    let members = (0..<Int.random(in: 0...7, using: &self)).map { _ in
      "\"\(Self.keys.randomElement(using: &self)!)\":\(value(depth: depth))"
    }
    return "{\(members.joined(separator: ","))}"
  }

  private mutating func value(depth: Int) -> String {
    switch Int.random(in: 0..<13, using: &self) {
    case 0: "null"
    case 1: "true"
    case 2: "\(Int.random(in: 0...1, using: &self))"
    case 3: "\(Int.random(in: -1000...100_000, using: &self))"
    case 4: "1763700000000"
    case 5: "\(Double.random(in: -1e3...1e6, using: &self))"
    case 6: "1e999"
    case 7: "18446744073709551615"
    case 8:
      "\"\(["ON", "off", "null", "21.5", "2000 mm", "x: y # z", "\\u0007", "it's", "2025-11-21T04:40:00Z", ""].randomElement(using: &self)!)\""
    case 9: depth < 3 ? object(depth: depth + 1) : "{}"
    case 10: "[1,2]"
    case 11: "[\(depth < 3 ? object(depth: depth + 1) : "")]"
    default: "-999"
    }
  }
}
