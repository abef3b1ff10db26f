import Foundation
import Simulator
import Telemetry
import TestSupport
import Testing

@Suite
struct CivilTimeTests {
  private func parse(_ text: String) -> Timestamp? {
    var text = text
    return text.withUTF8 { CivilTime.parse(UnsafeRawBufferPointer($0)) }?.timestamp { _ in 28800 }
  }

  @Test(
    "Every form that devices write is read",
    arguments: [
      ("2025-11-21T04:40:00Z", 1_763_700_000_000_000), ("2025-11-21T12:40:00+08:00", 1_763_700_000_000_000),
      ("2025-11-21T12:40:00", 1_763_700_000_000_000), ("2025-11-21 12:40:00", 1_763_700_000_000_000),
      ("20251121T044000Z", 1_763_700_000_000_000), ("2025-11-21T04:40:00.25Z", 1_763_700_000_250_000),
      ("2025-11-21T04:40:00,1234567Z", 1_763_700_000_123_456), ("2025-11-20T23:10:00-0530", 1_763_700_000_000_000),
      ("2024-02-29T00:00:00Z", 1_709_164_800_000_000), ("1969-12-31T23:59:59Z", -1_000_000),
    ] as [(String, Int64)])
  func reads(text: String, microseconds: Int64) {
    #expect(parse(text)?.microseconds == microseconds)
  }

  @Test(
    "What names no moment is refused",
    arguments: [
      "", "2025", "2025-11-21", "2025-13-01T00:00:00Z", "2025-02-29T00:00:00Z", "2025-11-31T00:00:00Z",
      "2025-11-21T24:00:00Z", "2025-11-21T04:60:00Z", "2025-11-21T04:40:00.Z", "2025-11-21T04:40:00Zjunk",
      "2025-11-21T04:40:00+8", "0000-01-01T00:00:00Z", "2025-11-21T04:40", "２０２５-11-21T04:40:00Z",
    ])
  func refuses(text: String) {
    #expect(parse(text) == nil)
  }

  @Test("Text and moment are each other's inverse, and agree with Foundation")
  func roundTrip() {
    var random = RandomSource(seed: testSeed())
    for _ in 0..<5000 {
      let range = Timestamp.accepted.lowerBound.microseconds / 2...Timestamp.accepted.upperBound.microseconds / 2
      let moment = Timestamp(microseconds: .random(in: range, using: &random))
      let offset = Int64.random(in: -48...56, using: &random) * 900
      #expect(parse(CivilTime(moment, zoneOffset: offset).text) == moment)
    }
    let date = Date(timeIntervalSince1970: 1_709_164_799)
    #expect(CivilTime(Timestamp(seconds: 1_709_164_799), zoneOffset: 0).text == date.ISO8601Format())
  }
}
