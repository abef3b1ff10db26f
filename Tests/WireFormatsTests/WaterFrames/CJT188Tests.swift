import Simulator
import Telemetry
import TestSupport
import Testing
import WireFormats

/// Meter frames, made here field by field.
@Suite
struct CJT188Tests {
  private let format = CJT188()
  private static let status = "00FF"

  private func header(type: String = "10", control: String = "81") -> [String] {
    [
      "address='0011223344'", "manufacturer='7833'", "meter='78330011223344'", "meter_type='\(type)'",
      "control='\(control)'",
    ]
  }

  private func reading(_ readings: String, clock: String = "31012211051520", status: String = status) -> [UInt8] {
    CJT188Frames.frame("1F9000 \(readings) \(clock) \(status)")
  }

  @Test("A water meter's reply: two volumes, clock, status; the identifier in either order, with or without preamble")
  func waterMeter() throws {
    let values = "03 77665500 2C 78563412 2C 31012211051520 2184"
    let expected = [
      ReadRecord(
        time: chinaTime("2015-05-11T22:01:31"),
        fields: header() + [
          "is_error=false", "data_id='901F'", "serial=3", "volume_m3=5566.77", "settlement_volume_m3=123456.78",
          "clock_s=1431352891", "valve='closed'", "battery_low=false", "status=33825",
        ])
    ]
    for frame in [CJT188Frames.frame("1F90" + values), CJT188Frames.frame("901F" + values)] {
      #expect(try format.records(of: frame) == expected)
      #expect(try format.records(of: [0xFE, 0xFE, 0xFE, 0xFE] + frame) == expected)
      let text = ([0xFE] + frame).map { String(UInt16($0) + 0x100, radix: 16).dropFirst() }
      #expect(try format.records(of: text.joined()) == expected)
      #expect(try format.records(of: text.dropFirst().joined(separator: " ").uppercased()) == expected)
    }
  }

  @Test("A heat meter's reply, each value in the unit of its field")
  func heatMeter() throws {
    let frame = CJT188Frames.frame(
      type: "20",
      """
      1F9001 00010000 08 78563412 0E 50040000 14 15230100 32 00200000 2C 506800 254200 123400 31012211051520 0400
      """)
    #expect(
      try format.records(of: frame).flatMap(\.fields).dropFirst(8) == [
        "settlement_energy_kwh=1000.0", "energy_kwh=\(12_345_678.0 / 360)", "power_kw=0.0045", "flow_m3_h=0.0012315",
        "volume_m3=20.0", "supply_temperature_c=68.5", "return_temperature_c=42.25", "work_h=3412",
        "clock_s=1431352891", "valve='open'", "battery_low=true", "status=4",
      ])
  }

  @Test(
    "Each unit byte turns to the field's unit",
    arguments: [
      ("01", "1000.0", 3.6e6), ("02", "1000.0", 1e3), ("05", "1000.0", 1), ("0B", "1000.0", 3600),
      ("0E", "1000.0", 3.6), ("08", "1000000.0", 1), ("0A", "100000000.0", 1), ("11", "1000000.0", 3.6),
      ("13", "100000000.0", 3.6),
    ])
  func energyUnits(code: String, numerator: String, divisor: Double) throws {
    let rest = "00000000 05 00000000 17 00000000 35 00000000 2C 000000 000000 000000 31012211051520 0000"
    let frame = CJT188Frames.frame(type: "21", "1F9001 00001000 \(code) \(rest)")
    let field = try format.records(of: frame).flatMap(\.fields)[8]
    let value = Double(field.dropFirst("settlement_energy_kwh=".count))
    let expected = try #require(Double(numerator)) / divisor
    #expect(abs(try #require(value) - expected) <= expected.ulp)
  }

  @Test(
    "Volumes: litres become cubic metres; fillers, wrong digits and wrong units are bad and cost nothing else",
    arguments: [
      ("47700100 29", "0.17047"), ("47700100 2C", "170.47"), ("FFFFFFFF 2C", "null!missing"),
      ("4770A100 2C", "null!type"), ("47700100 05", "170.47!type"), ("47700100 00", "170.47!type"),
    ])
  func volumes(bytes: String, expected: String) throws {
    let fields = try format.records(of: reading("\(bytes) 00010000 2C")).flatMap(\.fields)
    #expect(fields[8...9] == ["volume_m3=\(expected)", "settlement_volume_m3=1.0"])
  }

  @Test(
    "Clocks: seconds first or century first, missing, impossible",
    arguments: [
      ("31012211051520", "2015-05-11T22:01:31", ""), ("20200528205824", "2020-05-28T20:58:24", ""),
      ("20030405062120", "2021-06-05T04:03:20", ""), ("00000000000000", "", "clock_s=null!missing"),
      ("FFFFFFFFFFFFFF", "", "clock_s=null!missing"), ("31012211131520", "", "clock_s=null!type"),
      ("31012230022120", "", "clock_s=null!type"), ("3101221105151A", "", "clock_s=null!type"),
    ])
  func clocks(clock: String, time: String, field: String) throws {
    let records = try format.records(of: reading("00010000 2C 00010000 2C", clock: clock))
    #expect(records.map(\.time) == [time.isEmpty ? .unknown : chinaTime(time)])
    if !field.isEmpty { #expect(records[0].fields.contains(field)) }
  }

  @Test(
    "Valve and battery",
    arguments: [
      ("0000", "valve='open'", false), ("0100", "valve='closed'", false), ("0700", "valve='fault'", true),
      ("0200", "valve=null!type", false),
    ])
  func status(bytes: String, valve: String, isLow: Bool) throws {
    let fields = try format.records(of: reading("00010000 2C 00010000 2C", status: bytes)).flatMap(\.fields)
    #expect(fields.suffix(3).prefix(2) == [valve, "battery_low=\(isLow)"])
  }

  @Test("A short reply has a total without unit; requests and errors have no values")
  func shortFrames() throws {
    let short = CJT188Frames.frame("901F01 78563412 00FF")
    #expect(try format.records(of: short).flatMap(\.fields)[8] == "total=123456.78")
    let request = CJT188Frames.frame(control: "01", "1F9007")
    #expect(
      try format.records(of: request).map(\.fields) == [header(control: "01") + ["data_id='901F'", "serial=7"]])
    let error = CJT188Frames.frame(control: "C1", "901F0102")
    #expect(try format.records(of: error).map(\.fields) == [header(control: "C1") + ["is_error=true"]])
    let valve = CJT188Frames.frame(control: "84", "17A001 0000")
    #expect(try format.records(of: valve).flatMap(\.fields).suffix(2) == ["data_id='A017'", "serial=1"])
    let empty = CJT188Frames.frame(control: "83", "")
    #expect(try format.records(of: empty).map(\.fields) == [header(control: "83") + ["is_error=false"]])
  }

  @Test("Replies that are not read are refused with a reason that says what they are")
  func refused() {
    #expect(
      refusal(CJT188Frames.frame("20D101 00010000 2C"))
        == Refusal(.malformed, "data identifier 901F is read, the reply's is D120"))
    #expect(refusal(CJT188Frames.frame("1F9001 00010000 2C"))?.reason == .malformed)
    #expect(refusal(CJT188Frames.frame(type: "40", "1F9001 00010000 0000"))?.detail.contains("40") == true)
    #expect(
      refusal(CJT188Frames.frame(type: "20", "1F9001 00010000 2C 00010000 2C 31012211051520 0000"))?.reason
        == .malformed)
  }

  @Test("A bit that was turned is refused, by length or sum where these are to tell it")
  func damaged() {
    let frame = reading("00010000 2C 00010000 2C")
    for index in frame.indices {
      for bit in 0..<8 {
        var changed = frame
        changed[index] ^= 1 << UInt8(bit)
        let isMark = index == 0 || index == frame.count - 1
        #expect(refusal(changed)?.reason == (isMark ? .malformed : .checksum), "bit \(bit) of byte \(index)")
      }
    }
    for length in 11..<frame.count { #expect(refusal(Array(frame[..<length]))?.reason == .checksum) }
    #expect(refusal(frame + [0])?.reason == .checksum)
    #expect(refusal([0xFE, 0xFE])?.reason == .malformed)
    #expect(refusal([])?.reason == .empty)
  }

  @Test("Any volume reads as the decimal text of its digits does")
  func randomVolumes() throws {
    var random = RandomSource(seed: testSeed())
    for _ in 0..<2000 {
      let number = Int.random(in: 0...99_999_999, using: &random)
      let digits = Array(String(100_000_000 + number).dropFirst())
      let bytes = stride(from: 6, through: 0, by: -2).map { String(digits[$0...$0 + 1]) }.joined()
      let fields = try format.records(of: reading("\(bytes) 29 \(bytes) 2C")).flatMap(\.fields)
      let litres = try #require(Double("\(number)e-5")), metres = try #require(Double("\(number)e-2"))
      #expect(fields[8...9] == ["volume_m3=\(litres)", "settlement_volume_m3=\(metres)"])
    }
  }

  @Test("Whatever the bytes are, there is a result")
  func hostile() {
    let seed = testSeed()
    let heat = String(repeating: "12345678 05", count: 5) + "506800 254200 123400 31012211051520 0400"
    let frames = [
      [0xFE, 0xFE] + reading("00010000 2C 00010000 2C"), CJT188Frames.frame(type: "20", "1F9001" + heat),
      CJT188Frames.frame("901F01 78563412 00FF"),
    ]
    readHostile(format, examples: frames, seed: seed)
    var random = RandomSource(seed: seed)
    for _ in 0..<5000 {
      let count = [0, 2, 3, 6, 19, 43].randomElement(using: &random) ?? 0
      let data = (0..<count).map { _ in String(UInt16.random(in: 0x100...0x1FF, using: &random), radix: 16).dropFirst()
      }
      let type = ["10", "20", "30", "40"].randomElement(using: &random) ?? "10"
      _ = refusal(CJT188Frames.frame(type: type, "1F9000" + data.joined()))
    }
  }

  private func refusal(_ payload: [UInt8]) -> Refusal? {
    do {
      _ = try format.records(of: payload)
      return nil
    } catch {
      return error as? Refusal
    }
  }
}
