import Simulator
import Telemetry
import TestSupport
import Testing
import WireFormats

/// HJ 212: header, factors, flags, times and records.
@Suite
struct HJ212Tests {
  private let format = HJ212()
  /// 2021-03-20T13:30:00+08:00.
  private static let time = Timestamp(seconds: 1_616_218_200)

  @Test("A packet is a record of its DataTime: the header without the password, then factors as numbers")
  func packet() throws {
    let payload = HJ212Packets.framed(
      "QN=20210320133001123;ST=31;CN=2011;PW=hidden;MN=0012345678;Flag=5;CP=&&DataTime=20210320133000;"
        + "a34004-Rtd=207,a34004-Flag=N;a21026-Rtd=-0.36,a21026-ZsRtd=05.000,a21026-Flag=N&&")
    #expect(
      try format.records(of: payload) == [
        ReadRecord(
          time: .at(Self.time),
          fields: [
            "QN='20210320133001123'", "ST='31'", "CN='2011'", "MN='0012345678'", "Flag=5", "a34004-Rtd=207",
            "a34004-Flag='N'", "a21026-Rtd=-0.36", "a21026-ZsRtd=5.0", "a21026-Flag='N'",
          ])
      ])
  }

  @Test("Minute, hour and day values keep their suffixes, and codes of 2005 stay what they are")
  func intervals() throws {
    let area =
      "DataTime=20210320133000;B01-Min=895.13,B01-Avg=909.87,B01-Max=932.28,B01-Cou=54.59;011-ZsAvg=9,011-Cou=1"
    #expect(
      try format.fields(area) == [
        "B01-Min=895.13", "B01-Avg=909.87", "B01-Max=932.28", "B01-Cou=54.59", "011-ZsAvg=9", "011-Cou=1",
      ])
  }

  @Test("Numbers are whole, exact or nearest, as printf writes them; other values are texts")
  func numbers() throws {
    let wanted = [
      "0": "0", "-0": "0", "+7": "7", "007": "7", "-12": "-12", "9223372036854775807": "9223372036854775807",
      "9223372036854775808": "9223372036854775808", "-9223372036854775808": "-9223372036854775808",
      "18446744073709551616": "unheld!overflow", "0.1": "0.1", ".5": "0.5", "5.": "5.0", "-.25": "-0.25",
      "1.2e-3": "0.0012", "1E3": "1000.0", "9007199254740993.0": "9007199254740992.0",
      "0.00000000000000000000000001": "1e-26", "1e999": "unheld!overflow", "": "null!missing", "--": "'--'", "-": "'-'",
      ".": "'.'", "1.2.3": "'1.2.3'", "1e": "'1e'", "1e+": "'1e+'", "nan": "'nan'", "0x1F": "'0x1F'", " 7.5 ": "7.5",
      "1 2": "'1 2'",
    ]
    for (text, value) in wanted {
      #expect(try format.fields("a34004-Rtd=\(text)") == ["a34004-Rtd=\(value)"], "\(text)")
    }
  }

  @Test("Random decimals are the nearest doubles")
  func randomNumbers() throws {
    var random = RandomSource(seed: testSeed())
    for _ in 0..<2000 {
      var text = Bool.random(using: &random) ? "-" : ""
      for _ in 0..<Int.random(in: 1...18, using: &random) { text += "\(Int.random(in: 0...9, using: &random))" }
      text += "."
      for _ in 0..<Int.random(in: 1...30, using: &random) { text += "\(Int.random(in: 0...9, using: &random))" }
      let number = try #require(Double(text))
      #expect(try format.fields("w01-Rtd=\(text)") == ["W01-Rtd=\(number)"])
    }
  }

  @Test("N, none, and the air stations' 1 and 3 are good flags; all others are the device's own doubt")
  func flags() throws {
    for flag in ["N", "n", "1", "3", ""] {
      let last = flag.isEmpty ? "a1001-Flag=null!missing" : "a1001-Flag='\(flag)'"
      #expect(try format.fields("a1001-Rtd=1,a1001-Flag=\(flag)") == ["a1001-Rtd=1", last], "\(flag)")
    }
    for flag in ["F", "M", "S", "D", "C", "T", "B", "P", "U", "0", "2", "d", "NN", "?"] {
      #expect(
        try format.fields("a1001-Rtd=1,a1001-Flag=\(flag);a1002-Rtd=2")
          == ["a1001-Rtd=1!device", "a1001-Flag='\(flag)'", "a1002-Rtd=2"], "\(flag)")
    }
  }

  @Test("A flag counts for all of its factor's values in a row, before it and behind it, also behind a ;")
  func flagReach() throws {
    #expect(
      try format.fields("a1001-Flag=D,a1001-Rtd=1,a1001-ZsRtd=2;a1002-Rtd=3")
        == ["a1001-Flag='D'", "a1001-Rtd=1!device", "a1001-ZsRtd=2!device", "a1002-Rtd=3"])
    #expect(
      try format.fields("B01-Rtd=1;B01-ZsAvg=2;B01-Flag=D;B02-Rtd=3")
        == ["B01-Rtd=1!device", "B01-ZsAvg=2!device", "B01-Flag='D'", "B02-Rtd=3"])
    #expect(
      try format.fields("B01-Rtd=1,B01-Flag=D;B01-Avg=2") == ["B01-Rtd=1!device", "B01-Flag='D'", "B01-Avg=2"])
    #expect(
      try format.fields("a1001-Rtd=,a1001-Cou=x,a1001-Flag=D")
        == ["a1001-Rtd=null!missing", "a1001-Cou='x'!device", "a1001-Flag='D'"])
  }

  @Test("Times have 14 digits, or 17 with milliseconds, and are China's")
  func times() throws {
    func time(_ text: String) throws -> FieldRecords.Time {
      try format.records(of: HJ212Packets.of("DataTime=\(text);a1-Rtd=1"))[0].time
    }
    #expect(try time("20210320133000") == .at(Self.time))
    #expect(try time("20210320133000250") == .at(Self.time + .milliseconds(250)))
    #expect(try time("20210320000000") == .at(Self.time - .seconds(13 * 3600 + 1800)))
    #expect(try time("") == .unknown)
    for text in [
      "20210231000000", "20210320240000", "00000000000000", "2021032013300", "202103201330000", "2021-03-20T13:30",
      "00010101000000", "20210320133000Z",
    ] {
      let refusal = format.refusal(HJ212Packets.of("DataTime=\(text);a1-Rtd=1"))
      #expect(refusal?.reason == .time, "\(text)")
      #expect(refusal?.detail.contains("offset 17") == true, "\(text)")
    }
  }

  @Test("A DataTime behind the first values is their time; a further one begins a record, without the PolId before it")
  func dataTimes() throws {
    let first = try format.records(of: HJ212Packets.of("a1-Rtd=1;DataTime=20210320133000"))
    #expect(first == [ReadRecord(time: .at(Self.time), fields: ["MN='M1'", "A1-Rtd=1"])])
    let both = try format.records(
      of: HJ212Packets.of("DataTime=20210320133000;PolId=w01018;a1-Rtd=1;DataTime=20210320133001;a1-Rtd=2"))
    #expect(
      both == [
        ReadRecord(time: .at(Self.time), fields: ["MN='M1'", "PolId='w01018'", "A1-Rtd=1"]),
        ReadRecord(time: .at(Self.time + .seconds(1)), fields: ["MN='M1'", "A1-Rtd=2"]),
      ])
  }

  @Test("A factor's own SampleTime makes a record where it is another time, wherever it stands in its group")
  func sampleTimes() throws {
    let area =
      "DataTime=20210320133000;w1001-SampleTime=20210320133000,w1001-Rtd=1;w1002-Rtd=2,w1002-SampleTime=20210320123000;"
      + "w1003-Rtd=3,w1003-Flag=N;DT=0"
    #expect(
      try format.records(of: HJ212Packets.of(area)) == [
        ReadRecord(time: .at(Self.time), fields: ["MN='M1'", "w1001-Rtd=1"]),
        ReadRecord(time: .at(Self.time - .seconds(3600)), fields: ["MN='M1'", "w1002-Rtd=2"]),
        ReadRecord(time: .at(Self.time), fields: ["MN='M1'", "w1003-Rtd=3", "w1003-Flag='N'", "DT=0"]),
      ])
    #expect(
      try format.records(of: HJ212Packets.of("DataTime=20210320123000;a1-Rtd=1,a1-SampleTime=20210320133000;DT=0")) == [
        ReadRecord(time: .at(Self.time), fields: ["MN='M1'", "A1-Rtd=1"]),
        ReadRecord(time: .at(Self.time - .seconds(3600)), fields: ["MN='M1'", "DT=0"]),
      ])
    #expect(
      try format.fields("w1001-SampleTime=never,w1001-Rtd=1,w1001-Flag=N;w1002-SampleTime=,w1002-Rtd=2")
        == ["w1001-SampleTime='never'!type", "w1001-Rtd=1!device", "w1001-Flag='N'", "w1002-Rtd=2"])
  }

  @Test("Each further PolId begins a record, so that its parameters are not taken for another factor's")
  func groups() throws {
    let area = "DataTime=20210320133000;PolId=w01019,i12001-Info=0;i12002-Info=1;PolId=W21001,i12001-Info=//a,b;c=1//"
    #expect(
      try format.records(of: HJ212Packets.of(area)) == [
        ReadRecord(time: .at(Self.time), fields: ["MN='M1'", "PolId='w01019'", "i12001-Info=0", "i12002-Info=1"]),
        ReadRecord(time: .at(Self.time), fields: ["MN='M1'", "PolId='w21001'", "i12001-Info='a,b;c=1'"]),
      ])
  }

  @Test("Several packets make several records, with or without line ends; one broken packet refuses them all")
  func packets() throws {
    let first = HJ212Packets.of("DataTime=20210320133000;a1001-Rtd=1")
    let second = HJ212Packets.framed("MN=M2;Flag=7;PNUM=2;PNO=2;CP=&&a1002-Rtd=2&&")
    let wanted = [
      ReadRecord(time: .at(Self.time), fields: ["MN='M1'", "a1001-Rtd=1"]),
      ReadRecord(fields: ["MN='M2'", "Flag=7", "PNUM=2", "PNO=2", "a1002-Rtd=2"]),
    ]
    #expect(try format.records(of: first + second) == wanted)
    #expect(try format.records(of: first.dropLast(2) + second.dropLast(2)) == wanted)
    #expect(try format.records(of: first.dropLast() + Array("\n\r\n".utf8) + second.dropLast()) == wanted)
    var broken = second
    broken[10] ^= 1
    #expect(format.refusal(first + broken)?.reason == .checksum)
    #expect(format.refusal(broken + first)?.reason == .checksum)
    #expect(format.refusal(first + [0x20] + second)?.reason == .malformed)
  }
}
