import Foundation
import TestSupport
import Testing

/// What devices really sent, read by the built-in profiles. The samples are not the project's: without them these tests
/// are skipped, and each profile's own examples stand.
@Suite
struct SampleTests {
  private static let hasMisc = conformanceFolder("mqtt-misc") != nil
  private static let hasWater =
    conformanceFolder("sl651") != nil && conformanceFolder("szy206") != nil && conformanceFolder("cjt188") != nil

  /// Each sample's format, a topic of the profile that takes it, and what comes of it, in the order of the file.
  private static let expected: [(format: String, topic: String, outcome: String)] = [
    (
      "tasmota", "tele/sonoff6/SENSOR",
      "tasmota: sonoff6: temperature=16.6 humidity=63.9 pressure=100.18 at 2019-05-10T12:37:01Z"
    ),
    ("tasmota", "tele/sonoff3/SENSOR", "tasmota: sonoff3: temperature=17.6 humidity=63.7 at 2019-05-10T12:39:28Z"),
    ("tasmota-zigbee", "tele/zbbridge/SENSOR", "tasmota: zbbridge: temperature=20.3 at receipt"),
    (
      "zigbee2mqtt", "zigbee2mqtt/x",
      "zigbee2mqtt: x: battery=91 battery_voltage=2.985 temperature=23.5 humidity=46.08 pressure=91.55 link_quality=10 at receipt"
    ),
    (
      "shelly-gen2", "shellies/plus1/status/switch:0",
      "shelly-status: plus1/switch:0: output=off case_temperature=37.7 at receipt"
    ),
    // Whether it is reachable, as one JSON value.
    ("shelly-gen2", "shellies/plus1/status/online", "refused: no-metric"),
    // Nothing is measured in it; its time is an uptime.
    ("shelly-gen2", "shellies/plus1pm/events/rpc", "refused: no-metric"),
    (
      "shelly-gen3", "shellies/trockner/events/rpc",
      "shelly-events: shellyplugpmg3-907069531520/pm1:0: power=0.027 voltage=233.3 current=0.123 energy=0.001 at 2026-07-02T15:08:00.01Z"
    ),
    (
      "shelly-gen3", "shellies/x/status/em1:0",
      "shelly-status: x/em1:0: power=-1.8998 voltage=117.6 current=16.714 at receipt"
    ),
    // One plain word, which no JSON is.
    ("shelly-gen1", "shellies/shelly1/status/relay", "refused: malformed"),
    // Tags without units: nobody knows what they measure.
    ("neuron-values", "/neuron/g/d/grp", "refused: no-metric"),
    ("alink", "/sys/p/d/thing/event/property/post", "alink: d: switched=on at 2018-04-23T01:58:42Z"),
    ("alink", "/sys/p/d/thing/event/property/post", "alink: d: switched=on at receipt"),
    ("alink", "/sys/p/d/thing/event/property/post", "alink: d: temperature=23 humidity=58 at receipt"),
    ("alink", "/sys/p/d/thing/event/property/post", "refused: malformed"),
    ("alink", "/sys/p/d/thing/event/property/post", "refused: malformed"),
    ("alink", "/sys/p/d/thing/event/property/post", "alink: d: temperature=34 at receipt"),
    ("onenet", "$sys/p/d/thing/property/post", "alink: d: temperature=28.6 at receipt"),
    // What a server forwards by HTTP has its parameters one level lower; `forwarded` reads it.
    ("onenet-forward", "$sys/p/d/thing/property/post", "refused: no-metric"),
    (
      "thingsboard-gateway", "v1/gateway/telemetry",
      "thingsboard-gateway: Device A+Device B: temperature=42 humidity=80 temperature=43 humidity=82 temperature=42 humidity=80 at 2017-01-01T00:00:00Z"
    ),
    (
      "thingsboard-device", "v1/devices/me/telemetry",
      "thingsboard-device: thingsboard-device: temperature=22.5 humidity=61 at receipt"
    ),
    (
      "thingsboard-device", "v1/devices/me/telemetry",
      "thingsboard-device: thingsboard-device: temperature=22.5 humidity=61 temperature=22.7 humidity=60 at 2016-01-01T12:00:00Z"
    ),
    ("opcua-pubsub-json", "opcua/json/data/p/g/w", "refused: no-metric"),
  ]

  @Test(
    "Each sample of plain JSON devices is read, or is refused for what is wrong with it",
    .enabled(if: hasMisc, "shared/conformance/mqtt-misc is absent"))
  func plainJSON() throws {
    let samples = try Samples()
    let lines = try Samples.lines("mqtt-misc", "samples.jsonl")
    #expect(lines.count == Self.expected.count)
    for (sample, expected) in zip(lines, Self.expected) {
      #expect(sample["format"] as? String == expected.format)
      let raw = try #require(sample["raw"] as? String)
      #expect(samples.outcome(expected.topic, raw) == expected.outcome, "\(raw)")
      if sample["validJSON"] as? Bool == false { #expect(expected.outcome == "refused: malformed") }
    }
  }

  @Test(
    "Samples that no built-in profile reads are read by profiles of a few lines",
    .enabled(if: hasMisc, "shared/conformance/mqtt-misc is absent"))
  func ownProfiles() throws {
    let lines = try Samples.lines("mqtt-misc", "samples.jsonl")
    func raw(_ text: String) throws -> String {
      try #require(lines.compactMap { $0["raw"] as? String }.first { $0.contains(text) })
    }
    let state = "kind: state, states: { \"off\": \"off\", \"on\": \"on\", \"true\": \"on\" }"
    let head = "profile: p\ntopics: [a]\ndevice: x\n"
    let word = try OneProfile(head + "payload: value\nmetrics: [{ name: relay, at: /value, \(state) }]")
    #expect(word.readings(of: "off") == ["x relay off receipt"])
    // A JSON text that is one value: the place of the whole message.
    let online = try OneProfile(head + "payload: json\nmetrics: [{ name: online, at: \"\", \(state) }]")
    #expect(online.readings(of: "true") == ["x online on receipt"])
    let forwarded = try OneProfile(
      """
      profile: p
      topics: ["a/{site}"]
      payload: json
      device: /deviceName
      named: { each: "/data/params/{name}", at: /value, time: { at: /time, as: unix-ms } }
      metrics:
        - { name: temperature, kind: gauge, unit: Cel }
        - { name: pressure, kind: gauge, unit: hPa }
      """)
    #expect(
      forwarded.readings(of: try raw("bm280-bedroom")) == [
        "bm280-bedroom temperature 25.6 1752246936", "bm280-bedroom pressure 101.325 1752246936",
      ])
    let tags = try OneProfile(
      head
        + "payload: json\ntime: { at: /timestamp, as: unix-ms }\nnamed: [{ each: \"/values/{name}\" }, { each: \"/errors/{name}\", error: \"\" }]\nmetrics: [{ name: tag0, kind: gauge, unit: V }, { name: tag1, kind: gauge, unit: V }]"
    )
    #expect(
      tags.readings(of: try raw("\"tag0\"")) == ["x tag0 123 1650006388", "x tag1 !device 1650006388"])
  }

  @Test(
    "Frames of stations and meters are read by the built-in profiles, or are refused for what is wrong with them",
    .enabled(if: hasWater, "shared/conformance/sl651, szy206 or cjt188 is absent"),
    arguments: [
      // Reports of texts, settings and pictures, and frames that keep a line open, measure nothing; of a picture's packets
      // only the first can be read.
      ("sl651", ["sl651": 16, "refused: no-metric": 21, "refused: checksum": 2, "refused: malformed": 5]),
      ("szy206", ["szy206": 3]),
      // Requests, and two meters that are not of water.
      ("cjt188", ["cjt188": 6, "refused: no-metric": 4, "refused: checksum": 1, "refused: no-profile": 2]),
    ])
  func frames(folder: String, expected: [String: Int]) throws {
    let samples = try Samples()
    let file = try #require(conformanceFolder(folder)).appendingPathComponent("frames.json")
    let root = try #require(try JSONSerialization.jsonObject(with: Data(contentsOf: file)) as? [String: Any])
    var outcomes: [String: Int] = [:]
    for frame in try #require(root["frames"] as? [[String: Any]]) {
      guard let hex = frame["hex"] as? String else { continue }
      let outcome = samples.outcome("\(folder)/x/up", hex)
      outcomes[outcome.hasPrefix("refused") ? outcome : folder, default: 0] += 1
    }
    #expect(outcomes == expected)
  }
}
