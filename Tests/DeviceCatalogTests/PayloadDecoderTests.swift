import DeviceCatalog
import Foundation
import Simulator
import Telemetry
import TestSupport
import Testing

@Suite
struct PayloadDecoderTests {
  static let profile = """
    profile: probe
    topics: ["a/{device}"]
    payload: json
    device: "{device}"
    time: { at: /ts, as: unix-ms }
    tags: { site: /site }
    metrics:
      - { name: t, at: /t, kind: gauge, unit: "[degF]", scale: 0.1, range: [-40, 212], missing: [-999] }
      - { name: nested, at: /a/0/b~1c, kind: gauge, unit: Cel }
      - { name: mode, at: /mode, kind: state, states: { "0": off, "1": on, "true": on, AUTO: auto } }
    """

  private func decoder(_ profile: String = Self.profile) throws -> OneProfile { try OneProfile(profile) }

  private func decode(_ decoder: OneProfile, _ payload: String) -> PayloadDecoder.Refusal? {
    decoder.decode(Array(payload.utf8))
  }

  @Test("Scale, unit, nested pointers and states are followed")
  func decodes() throws {
    let decoder = try decoder()
    #expect(decode(decoder, #"{"ts":1763700000000,"t":712,"a":[{"b/c":-3}],"mode":"AUTO","site":"x"}"#) == nil)
    #expect(decoder.time == Timestamp(seconds: 1_763_700_000))
    let values = Array(decoder.values)
    #expect(values.map(\.metric) == [0, 1, 2])
    #expect(values.allSatisfy { $0.quality == .good })
    #expect(values[0].value == Double(712) * 0.1 * 0.5555555555555556 + -17.77777777777778)
    #expect(values[1].value == -3)
    #expect(decoder.profile.metrics[2].states.names[Int(values[2].value)] == "auto")
    #expect(decoder.tags.map(\.value) == ["x"])
  }

  @Test(
    "One bad field is one bad reading",
    arguments: [
      (#""t":-999"#, Quality.missing), (#""t":null"#, .missing), (#""t":"hot""#, .type), (#""t":{}"#, .type),
      (#""t":true"#, .type), (#""t":2121"#, .range), (#""t":-401"#, .range), (#""mode":7"#, .state),
      (#""mode":[]"#, .type), (#""mode":"0x""#, .state),
    ])
  func badFields(field: String, quality: Quality) throws {
    let decoder = try decoder()
    #expect(decode(decoder, #"{"ts":1763700000000,"a":[{"b/c":1}],\#(field)}"#) == nil)
    let values = Array(decoder.values)
    #expect(values.filter { $0.quality == .good }.count == 1)
    #expect(values.filter { $0.quality != .good }.map(\.quality) == [quality])
  }

  @Test("States are found by number, text and truth", arguments: ["1", "1.0", "\"1\"", "true"])
  func states(raw: String) throws {
    let decoder = try decoder()
    #expect(decode(decoder, #"{"ts":1763700000000,"mode":\#(raw)}"#) == nil)
    #expect(decoder.values.first.map { decoder.profile.metrics[2].states.names[Int($0.value)] } == "on")
  }

  @Test(
    "A message that cannot be right as a whole is refused with its reason",
    arguments: [
      ("", DeadLetterReason.empty), ("{", .malformed), (#"{"ts":NaN}"#, .malformed),
      (#"{"ts":1763700000000,"t":1} x"#, .malformed), (#"{"t":1}"#, .time), (#"{"ts":"soon","t":1}"#, .time),
      (#"{"ts":86400000,"t":1}"#, .time), (#"{"ts":1e300,"t":1}"#, .time),
      (#"{"ts":9223372036854775807,"t":1}"#, .time),
      (#"{"ts":-9223372036854775,"t":1}"#, .time), (#"{"ts":"-9223372036854775","t":1}"#, .time),
      (#"{"ts":-9.223372036854776e15,"t":1}"#, .time), (#"{"ts":1763700000000}"#, .noMetric), ("[]", .time),
      ("7", .time),
      (#"{"ts":1e999,"t":1}"#, .time), (#"{"ts":99999999999999999999,"t":1}"#, .time),
    ])
  func refusals(payload: String, reason: DeadLetterReason) throws {
    #expect(decode(try decoder(), payload)?.reason == reason)
  }

  @Test("A refused message leaves nothing behind for the next")
  func independent() throws {
    let decoder = try decoder()
    #expect(decode(decoder, #"{"ts":1763700000000,"t":1}"#) == nil)
    #expect(decode(decoder, #"{"t":"#) != nil)
    #expect(decoder.values.isEmpty)
    #expect(decode(decoder, #"{"ts":1763700000000,"mode":0}"#) == nil)
    #expect(decoder.values.count == 1)
  }

  @Test(
    "Time stamps are read in every format",
    arguments: [
      ("unix-s", "1763700000"), ("unix-s", "1763700000.0"), ("unix-ms", "1763700000000"),
      ("unix-ms", "\"1763700000000\""),
      ("unix-us", "1763700000000000"), ("unix-ns", "1763700000000000000"), ("iso8601", "\"2025-11-21T04:40:00Z\""),
      ("iso8601", "\"2025-11-21T12:40:00\""), ("local", "\"2025-11-21T12:40:00\""),
      ("iso8601", "\"20251121T044000Z\""), ("iso8601", "\"2025-11-21T04:40:00.0000000Z\""),
      ("iso8601", "\"2025-11-21T04:40:00.000000999Z\""), ("any", "1763700000"), ("any", "1763700000000"),
      ("any", "1763700000000000"), ("any", "1763700000000000000"), ("any", "1763700000.0"),
      ("any", "\"1763700000000\""), ("any", "\"2025-11-21T04:40:00Z\""), ("any", "\"20251121T124000\""),
    ])
  func timeFormats(format: String, raw: String) throws {
    let decoder = try decoder(Self.profile.replacing("as: unix-ms", with: "as: \(format)"))
    #expect(decode(decoder, #"{"ts":\#(raw),"t":1}"#) == nil)
    #expect(decoder.time == Timestamp(seconds: 1_763_700_000))
  }

  @Test(
    "An uptime is no time, in whatever form it is written",
    arguments: [
      ("unix-s", "999999999"), ("unix-ms", "999999999999"), ("unix-us", "999999999999999"), ("unix-s", "1.61"),
      ("unix-ns", "999999999999999999"), ("any", "999999999"), ("any", "999999999999"), ("any", "1e300"),
      ("any", "-1763700000"), ("any", "86400.5"), ("any", "true"), ("any", "\"12:40\""), ("any", "\"\""),
      ("iso8601", "\"1970-01-01T00:01:30Z\""), ("local", "\"1970-01-01T08:01:30\""),
      ("iso8601", "\"2001-09-09T01:46:39.999999Z\""),
    ])
  func uptimes(format: String, raw: String) throws {
    let decoder = try decoder(Self.profile.replacing("as: unix-ms", with: "as: \(format)"))
    #expect(decode(decoder, #"{"ts":\#(raw),"t":1}"#)?.reason == .time)
  }

  @Test("The size of a number says what it counts, at any moment of two centuries")
  func sizes() throws {
    var random = RandomSource(seed: testSeed())
    let decoder = try decoder(Self.profile.replacing("as: unix-ms", with: "as: any"))
    for _ in 0..<2000 {
      let seconds = Int64.random(in: 1_000_000_000...7_000_000_000, using: &random)
      let digits = Int.random(in: 0...3, using: &random) * 3
      let fraction = (0..<digits).map { _ in String(Int.random(in: 0...9, using: &random)) }.joined()
      #expect(decode(decoder, #"{"ts":\#(seconds)\#(fraction),"t":1}"#) == nil)
      let microseconds = Int64("\(seconds)" + (fraction + "000000").prefix(6)) ?? 0
      #expect(decoder.time == Timestamp(microseconds: microseconds))
    }
  }

  @Test("No cut, flipped or random bytes trap the decoder")
  func survivesDamage() throws {
    var random = RandomSource(seed: testSeed())
    let decoder = try decoder()
    let whole = Array(#"{"ts":1763700000000,"t":712,"a":[{"b/c":-3}],"mode":"AUTO","site":"x"}"#.utf8)
    for count in 0..<whole.count { #expect(decoder.decode(Array(whole[..<count])) != nil) }
    for _ in 0..<20_000 {
      var damaged = whole
      for _ in 0..<Int.random(in: 1...4, using: &random) {
        damaged[Int.random(in: damaged.indices, using: &random)] = UInt8.random(in: 0...255, using: &random)
      }
      _ = decoder.decode(damaged)
      #expect(decoder.values.count <= 3)
    }
  }
}
