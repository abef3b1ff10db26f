import DeviceCatalog
import Foundation
import Telemetry
import Testing

/// The edges of JSON: what its standard refuses, what it allows and a parser cannot hold, and what it leaves open.
@Suite
struct JSONEdgeTests {
  private static let profile = """
    profile: probe
    topics: ["a/{site}"]
    payload: json
    device: /id
    metrics:
      - { name: t, at: /t, kind: gauge, unit: Cel, missing: [9007199254740993, 18446744073709551615] }
      - { name: u, at: /u, kind: gauge, unit: Cel }
      - { name: mode, at: /mode, kind: state, states: { "9007199254740993": odd, "9007199254740992": even } }
    """

  private func decode(_ payload: [UInt8]) throws -> Result<MessageDecoder.Message, MessageDecoder.Refused> {
    let catalogue = try CatalogueTests.catalogue([Self.profile])
    return MessageDecoder(catalogue, zone: .utc).decode(topic: Array("a/x".utf8), payload: payload)
  }

  private func refusal(_ payload: [UInt8]) throws -> DeadLetterReason? {
    if case .failure(let refused) = try decode(payload) { refused.refusal.reason } else { nil }
  }

  /// Each reading as `metric=value` or `metric:reason`.
  private func readings(_ payload: String) throws -> [String] {
    try decode(Array(payload.utf8)).get().readings.map { reading in
      switch reading.value {
      case .number(let number): "\(reading.metric.name)=\(number.text)"
      case .state(let name): "\(reading.metric.name)=\(name)"
      case nil: "\(reading.metric.name):\(reading.quality.reason)"
      }
    }
  }

  @Test(
    "What RFC 8259 refuses is a dead letter",
    arguments: [
      #"{"id":"x","t":NaN}"#, #"{"id":"x","t":Infinity}"#, #"{"id":"x","t":01}"#, #"{"id":"x","t":-01}"#,
      #"{"id":"x","t":+1}"#, #"{"id":"x","t":1.}"#, #"{"id":"x","t":.5}"#, #"{"id":"x","t":1e}"#,
      #"{"id":"x","t":0x10}"#, #"{"id":"x","t":1} {}"#, #"{"id":"x","t":1,}"#, #"{'id':'x'}"#, #"{"id":"x" "t":1}"#,
      #"{"id":"x","t":1e999,"u":01}"#, #"{"id":"x","t":1e999"#, #"{"id":"x","t":1e999,1e999:1}"#,
      #"{"id":"x","t":1e999,1e999 :1}"#, #"{"id":"x","t":1e999}x"#, "{\"id\":\"a\nb\",\"t\":1}",
      "\u{FEFF}\u{FEFF}{}", "\u{FEFF}",
    ])
  func refusedByTheStandard(payload: String) throws {
    #expect(try refusal(Array(payload.utf8)) == .malformed)
  }

  @Test("Bad UTF-8 is a dead letter, in a string and outside")
  func badUTF8() throws {
    for bad: [UInt8] in [[0xFF], [0xC0, 0x80], [0xED, 0xA0, 0x80], [0xF5, 0x80, 0x80, 0x80], [0xE4, 0xB8]] {
      let inString = Array(#"{"id":"x"#.utf8) + bad + Array(#"","t":1}"#.utf8)
      #expect(try refusal(inString) == .malformed, "\(bad)")
      #expect(try refusal(Array(#"{"id":"x","t":1}"#.utf8) + bad) == .malformed, "\(bad)")
    }
  }

  @Test("Up to 64 levels are read, beyond is a dead letter")
  func depth() throws {
    func nested(_ levels: Int) -> String {
      #"{"id":"x","t":1,"d":"# + String(repeating: "[", count: levels - 1) + String(repeating: "]", count: levels - 1)
        + "}"
    }
    #expect(try readings(nested(63)) == ["t=1"])
    #expect(try refusal(Array(nested(65).utf8)) == .malformed)
    #expect(try refusal(Array(String(repeating: "[", count: 100_000).utf8)) == .malformed)
  }

  @Test(
    "A number that nothing holds makes its own reading bad and no other",
    arguments: [
      "1e999", "-1e999", "9e308", "1E+400", "18446744073709551616", "-9223372036854775809",
      "123456789012345678901234567890",
      "1.5e309", "0.1e999",
    ])
  func unheld(number: String) throws {
    #expect(try readings(#"{"id":"x","t":\#(number),"u":21.5}"#) == ["t:overflow", "u=21.5"])
    #expect(
      try readings(#"{"u":[\#(number)],"id":"1e999","t":2,"mode":\#(number)}"#) == ["t=2", "u:type", "mode:overflow"])
    #expect(try readings(#"{"id":"a\\\"1e999","t": \#(number) }"#) == ["t:overflow"])
  }

  @Test("Numbers at the edge of what is held are held")
  func held() throws {
    #expect(try readings(#"{"id":"x","t":1e-999,"u":1e150}"#) == ["t=0", "u=1e+150"])
    #expect(try readings(#"{"id":"x","u":1.0000000000000002e150}"#) == ["u:not-finite"])
    #expect(try readings(#"{"id":"x","u":-0.0,"t":1e999}"#) == ["t:overflow", "u=0"])
  }

  @Test("Whole numbers past 2^53 stay exact: values, device ids, states and sentinels")
  func exactIntegers() throws {
    for number in ["9007199254740993", "-9007199254740993", "9223372036854775807", "-9223372036854775808"] {
      #expect(try readings(#"{"id":"x","u":\#(number)}"#) == ["u=\(number)"])
    }
    #expect(try readings(#"{"id":"x","u":18446744073709551615}"#) == ["u=18446744073709551615"])
    #expect(try decode(Array(#"{"id":9007199254740993,"u":1}"#.utf8)).get().readings[0].device == "9007199254740993")
    #expect(try readings(#"{"id":"x","mode":9007199254740993}"#) == ["mode=odd"])
    #expect(try readings(#"{"id":"x","mode":9007199254740992}"#) == ["mode=even"])
    #expect(try readings(#"{"id":"x","t":9007199254740993}"#) == ["t:missing"])
    #expect(try readings(#"{"id":"x","t":9007199254740992}"#) == ["t=9007199254740992"])
    #expect(try readings(#"{"id":"x","t":18446744073709551615}"#) == ["t:missing"])
    #expect(try readings(#"{"id":"x","t":18446744073709551614}"#) == ["t=18446744073709551614"])
  }

  @Test("Nanoseconds past 2^53 keep their microseconds")
  func exactTime() throws {
    let profile = Self.profile.replacing("device: /id", with: "device: /id\ntime: { at: /ts, as: unix-ns }")
    let message = try MessageDecoder(CatalogueTests.catalogue([profile]), zone: .utc).decode(
      topic: Array("a/x".utf8), payload: Array(#"{"id":"x","ts":1763700000123456789,"u":1}"#.utf8)
    ).get()
    #expect(message.readings.map(\.time) == [Timestamp(microseconds: 1_763_700_000_123_456)])
  }

  @Test("A byte order mark is passed over")
  func byteOrderMark() throws {
    #expect(try readings("\u{FEFF}" + #"{"id":"x","t":1}"#) == ["t=1"])
    #expect(try readings("\u{FEFF}" + #"{"id":"x","t":1e999,"u":1}"#) == ["t:overflow", "u=1"])
  }

  @Test("Of equal keys the first counts, with numbers that nothing holds too")
  func duplicateKeys() throws {
    #expect(try readings(#"{"id":"x","t":1,"t":2}"#) == ["t=1"])
    #expect(try readings(#"{"id":"x","t":1e999,"t":2}"#) == ["t:overflow"])
    #expect(try readings(#"{"id":"x","t":2,"t":1e999}"#) == ["t=2"])
  }

  @Test("An empty payload is told, one of a mebibyte too; where that much is allowed it is decoded")
  func sizes() throws {
    #expect(try refusal([]) == .empty)
    let large = Array(#"{"id":"x","pad":"\#(String(repeating: "x", count: 1 << 20))","t":1}"#.utf8)
    #expect(try refusal(large) == .oversize)
    var limits = MessageDecoder.Limits()
    limits.payloadBytes = 2 << 20
    let catalogue = try CatalogueTests.catalogue([Self.profile])
    let decoded = MessageDecoder(catalogue, zone: .utc, limits: limits).decode(topic: Array("a/x".utf8), payload: large)
    #expect(try decoded.get().readings.count == 1)
  }

  @Test("The slow second parse stays bounded: a quarter of a megabyte of numbers, one of which nothing holds")
  func manyNumbers() throws {
    let numbers = Array(repeating: "12345", count: 40_000).joined(separator: ",")
    #expect(try readings(#"{"id":"x","t":1e999,"u":2,"list":[\#(numbers)]}"#) == ["t:overflow", "u=2"])
  }
}
