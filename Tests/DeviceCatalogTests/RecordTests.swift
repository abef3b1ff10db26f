import DeviceCatalog
import StrictYAML
import Telemetry
import Testing

/// Messages of many devices, times and shapes, read by profiles alone.
@Suite
struct RecordTests {
  private func readings(_ profile: String, _ payload: String) throws -> [String] {
    try OneProfile(profile).readings(of: payload)
  }

  /// - Parameter body: what stands between the topics and the end.
  private func profile(_ body: String) -> String {
    "profile: probe\ntopics: [\"a/{site}\"]\npayload: json\n" + body
  }

  private static let gateway = """
    records: ["/{device}/*"]
    device: "{device}"
    time: { at: /ts, as: unix-ms }
    metrics:
      - { name: t, at: /values/t, kind: gauge, unit: Cel }
    """

  @Test("One message has many devices and many times; keys on the way to a record name the device")
  func gateway() throws {
    let found = try readings(
      profile(Self.gateway),
      #"{"A":[{"ts":1763700000000,"values":{"t":1}},{"ts":1763700060000,"values":{"t":2}}],"B":[{"ts":1763700000000,"values":{"t":3}},{"values":{"t":4}}]}"#
    )
    #expect(
      found == ["A t 1 1763700000", "A t 2 1763700060", "B t 3 1763700000", "B t 4 no-time"])
  }

  @Test("A message of which no record has a time is refused; one without values too")
  func refused() throws {
    let text = profile(Self.gateway)
    #expect(try readings(text, #"{"A":[{"values":{"t":1}}]}"#) == ["refused: time"])
    #expect(try readings(text, #"{"A":[{"ts":1763700000000}]}"#) == ["refused: no-metric"])
    #expect(try readings(text, "{}") == ["refused: no-metric"])
    #expect(try readings(text, "3") == ["refused: no-metric"])
  }

  @Test("Of several shapes the first that leads anywhere is taken; a number in front goes up")
  func shapes() throws {
    let text = profile(
      """
      records: [/list/*, ""]
      device: "{/id}-{/channel}"
      time: { at: [/ts, 2/ts], as: unix-s }
      metrics:
        - { name: t, at: [/t, /temperature], kind: gauge, unit: Cel }
      """)
    #expect(
      try readings(
        text,
        #"{"ts":1763700000,"list":[{"id":"x","channel":1,"t":5},{"id":"y","channel":2,"ts":1763700009,"temperature":6}]}"#
      )
        == ["x-1 t 5 1763700000", "y-2 t 6 1763700009"])
    #expect(try readings(text, #"{"ts":1763700000,"id":"z","channel":"c","t":7}"#) == ["z-c t 7 1763700000"])
  }

  @Test(
    "Values that name their metric: by a key or a field, with an error in place of the value, with times of their own")
  func named() throws {
    let text = profile(
      """
      device: /node
      time: { at: /timestamp, as: unix-ms }
      named:
        - { each: "/values/{name}" }
        - { each: "/errors/{name}", error: "" }
        - { each: /tags/*, name: /name, at: [/value, /v], error: /error, time: { at: /t, as: unix-s } }
      metrics:
        - { name: pressure, called: [P1, "P/2"], kind: gauge, unit: kPa }
        - { name: mode, kind: state, states: [auto, manual] }
      """.replacing(#"error: """#, with: "error: /code"))
    let found = try readings(
      text,
      #"{"node":"n","timestamp":1763700000000,"values":{"P1":1.5,"other":9,"mode":"auto"},"errors":{"P/2":{"code":2014}},"tags":[{"name":"P1","v":3,"t":1763700077},{"name":"mode","error":3},{"name":"P/2","value":4,"error":null}]}"#
    )
    #expect(
      found == [
        "n pressure 1.5 1763700000", "n mode auto 1763700000", "n pressure !device 1763700000",
        "n mode !device 1763700000", "n pressure 4 1763700000", "n pressure 3 1763700077",
      ])
  }

  @Test("A metric takes every match of a path with a star, and counts what meets a condition")
  func everyAndCount() throws {
    let text = profile(
      """
      device: /id
      metrics:
        - { name: voltage, at: /phase/*/u, kind: gauge, unit: V }
        - { name: warnings, count: /errors/*, where: { /level: [WARNING, URGENT] }, kind: gauge, unit: "{#}" }
        - { name: loads, count: /loads/*, kind: gauge, unit: "{#}" }
      """)
    let found = try readings(
      text,
      #"{"id":7,"phase":[{"u":230},{"u":231.5},{}],"errors":[{"level":"WARNING"},{"level":"FATAL"},{"level":"URGENT"}],"loads":[]}"#
    )
    #expect(found == ["7 voltage 230 receipt", "7 voltage 231.5 receipt", "7 warnings 2 receipt", "7 loads 0 receipt"])
    // Left out is unknown, and not none.
    #expect(try readings(text, #"{"id":7,"errors":[]}"#) == ["7 warnings 0 receipt"])
    #expect(
      try readings(text, #"{"id":7,"errors":null,"loads":3}"#) == [
        "7 warnings !missing receipt", "7 loads !type receipt",
      ])
  }

  @Test("Numbers stand in texts, with the unit that counts in place of the metric's")
  func quantities() throws {
    let text = profile(
      """
      device: /id
      metrics:
        - { name: level, at: /d, text: quantity, kind: gauge, unit: m, range: [0, 5] }
        - { name: t, at: /t, text: number, kind: gauge, unit: Cel }
      """)
    #expect(try readings(text, #"{"id":"x","d":"2000 mm","t":"21,5"}"#) == ["x level 2 receipt", "x t 21.5 receipt"])
    #expect(try readings(text, #"{"id":"x","d":"3","t":" +4e1 "}"#) == ["x level 3 receipt", "x t 40 receipt"])
    #expect(
      try readings(text, #"{"id":"x","d":"6000 mm","t":"21 Cel"}"#) == ["x level !range receipt", "x t !type receipt"])
    #expect(try readings(text, #"{"id":"x","d":"2 kg","t":""}"#) == ["x level !type receipt", "x t !type receipt"])
  }

  @Test("A time that is none to go by can leave the place to the time of receipt")
  func receipt() throws {
    let text = profile(
      """
      device: /id
      time: { at: /ts, as: unix-s, else: receipt }
      metrics:
        - { name: t, at: /t, kind: gauge, unit: Cel }
      """)
    #expect(try readings(text, #"{"id":"x","t":1,"ts":12.5}"#) == ["x t 1 receipt"])
    #expect(try readings(text, #"{"id":"x","t":1,"ts":1763700000.75}"#) == ["x t 1 1763700000"])
  }

  @Test("Device and tags stand at the first of several places at which anything stands")
  func alternatives() throws {
    let text = profile(
      """
      device: [/devEUI, /deviceInfo/devEui]
      tags: { map: [/a/map, /b/map] }
      metrics:
        - { name: t, at: /t, kind: gauge, unit: Cel }
      """)
    let decoder = try OneProfile(text)
    #expect(decoder.readings(of: #"{"deviceInfo":{"devEui":"x"},"t":1,"b":{"map":"hall"}}"#) == ["x t 1 receipt"])
    #expect(decoder.tags.map(\.value) == ["hall"])
    #expect(decoder.readings(of: #"{"devEUI":7,"deviceInfo":{"devEui":"x"},"t":1,"a":{"map":2}}"#) == ["7 t 1 receipt"])
    #expect(decoder.tags.map(\.value) == ["2"])
    // Anything stands there, and it is no id.
    #expect(decoder.readings(of: #"{"devEUI":null,"deviceInfo":{"devEui":"x"},"t":1}"#) == ["? t 1 receipt"])
    let first = decoder.decoder.tagFingerprint(of: decoder.decoder.records[0], seed: 1)
    _ = decoder.readings(of: #"{"devEUI":null,"t":1,"b":{"map":"x"}}"#)
    #expect(decoder.decoder.tagFingerprint(of: decoder.decoder.records[0], seed: 1) != first)
    #expect(throws: YAMLError.self) { try OneProfile(text.replacing("/a/map,", with: "/a/*,")) }
  }

  @Test("Profiles share a topic by conditions: the first that holds takes the message, the one without the rest")
  func conditions() throws {
    func text(_ name: String, _ condition: String) -> String {
      "profile: \(name)\ntopics: [\"a/{device}\"]\npayload: json\n\(condition)device: \"{device}\"\nmetrics: [{ name: t, at: /t, kind: gauge, unit: Cel }]\n"
    }
    let profiles = [
      text("rest", ""), text("warm", "when: { /type: [warm, hot] }\n"), text("one", "when: { /type: 1, /t: \"*\" }\n"),
    ]
    let catalogue = try CatalogueTests.catalogue(profiles)
    let decoder = MessageDecoder(catalogue, zone: .utc)
    for (payload, name) in [
      (#"{"type":"hot","t":1}"#, "warm"), (#"{"type":1,"t":1}"#, "one"), (#"{"t":1}"#, "rest"),
      (#"{"type":true,"t":1}"#, "rest"),
    ] {
      let message = try decoder.decode(topic: Array("a/x".utf8), payload: Array(payload.utf8)).get()
      #expect(message.profile.name == name, "\(payload)")
    }
    let without = MessageDecoder(try CatalogueTests.catalogue(Array(profiles.dropFirst())), zone: .utc)
    let refused = without.decode(topic: Array("a/x".utf8), payload: Array(#"{"t":1}"#.utf8))
    guard case .failure(let failure) = refused else {
      Issue.record("\(refused)")
      return
    }
    #expect(failure.refusal.reason == .noProfile && failure.refusal.detail.contains("warm, one"))
    // Conditions that both may hold need an order.
    #expect(throws: YAMLError.self) {
      try CatalogueTests.catalogue([profiles[1], text("other", "when: { /type: hot }\n")])
    }
  }

  @Test("A payload that is one value")
  func plainValue() throws {
    let text = """
      profile: probe
      topics: ["a/{site}"]
      payload: value
      device: "{site}"
      metrics:
        - { name: t, at: /value, text: quantity, kind: gauge, unit: Cel }
      """
    #expect(try readings(text, " 21.5\n") == ["? t 21.5 receipt"].map { $0.replacing("? ", with: " ") })
    #expect(try readings(text, "50 [degF]") == [" t 10 receipt"])
    #expect(try readings(text, "off") == [" t !type receipt"])
  }
}
