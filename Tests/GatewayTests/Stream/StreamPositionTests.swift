import Simulator
import Telemetry
import TestSupport
import Testing

@testable import Gateway

/// The ids of events.
@Suite
struct StreamPositionTests {
  @Test("An id is read as it was written, and what is none is refused")
  func roundTrip() throws {
    for position in [
      StreamPosition(closedThrough: 0, place: StreamPlace(), transition: 0),
      StreamPosition(
        closedThrough: 1_763_700_060, place: StreamPlace(sequence: 48213, index: 2), transition: 31, mark: 0x1a2b),
      StreamPosition(
        closedThrough: 253_402_300_799, place: StreamPlace(sequence: UInt64(Int64.max), index: .max - 1),
        transition: .max, mark: .max),
    ] {
      #expect(try StreamPosition(position.text) == position)
    }
    let position = StreamPosition(
      closedThrough: 60, place: StreamPlace(sequence: 7, index: 1), transition: 9, mark: 0xAB)
    #expect(position.text == "60.7.1.9.000000ab")
    for text in [
      "x", "1", "1.2", "1.2.3", "1.2.3.", "1.2.3.4.", "1.2.3.4.5", "1.2.3.4.0000000g", "1.2.3.4.00000000.5", "-1.2.3.4",
      "+1.2.3.4", "01.2.3.4", " 1.2.3.4", "1.2.4294967295.4", "1.9223372036854775808.0.4", "999999999999.1.1.4",
      "1.2.3.04", "1.2.3.-4", "1.2.3.9223372036854775808", "1.2.3.4.ABCDEF01", "1.2.3.4.+0000001",
    ] {
      #expect(throws: QueryError.self, "\(text)") { try StreamPosition(text) }
    }
  }

  @Test("Any bytes are an id that is written back as it came, or are refused")
  func anything() throws {
    var random = RandomSource(seed: testSeed())
    let alphabet = Array("0123456789.abf-+ ")
    for _ in 0..<20_000 {
      let text = String(
        (0..<Int.random(in: 0...24, using: &random)).map { _ in alphabet.randomElement(using: &random)! })
      if let position = try? StreamPosition(text) { #expect(position.text == text) }
    }
  }
}
