import Foundation
import Simulator
import TestSupport
import Testing
import WireFormats

/// What devices get wrong in HJ 212, what is refused, and what others have recorded.
@Suite
struct HJ212TrapTests {
  private let format = HJ212()

  @Test("Header fields may be empty, misspelt, strange, or unseparated; the rest is read all the same")
  func headers() throws {
    func header(_ text: String) throws -> [String] {
      try format.records(of: HJ212Packets.framed(text + "CP=&&a1001-Rtd=1&&"))[0].fields.dropLast()
    }
    #expect(try header("ST=32;MN=;Flag=;") == ["ST='32'", "MN=null!missing", "Flag=null!missing"])
    #expect(try header("PW=hidden;,mn=M1;FLAG=0;pnum=x;") == ["MN='M1'", "Flag=0", "PNUM='x'"])
    #expect(try header("Ver=1;;  ; lonely;=5;MN=a,b-c") == ["Ver='1'", "MN='a,b-c'"])
    #expect(try header("ST=32CN=2011;MN=M1;") == ["ST=null!type", "MN='M1'"])
    #expect(try header("") == [])
    let most = String(repeating: "x=1;", count: 16)
    #expect(try header(most).count == 16)
    #expect(format.refusal(HJ212Packets.framed(most + "x=1;CP=&&&&"))?.reason == .malformed)
  }

  @Test("Codes, suffixes and names have one spelling, however they are written")
  func spelling() throws {
    let wanted = [
      "A34004-RTD": "a34004-Rtd", "a34004-rtd": "a34004-Rtd", "W01018-zsrtd": "w01018-ZsRtd", "b01-Avg": "B01-Avg",
      "s08-MIN": "S08-Min", "011-max": "011-Max", "pm10-cou": "PM10-Cou", "o3-Rtd": "O3-Rtd", "a01-Eflag": "A01-EFlag",
      "A2106-ZSMIN": "a2106-ZsMin", "I12001-info": "i12001-Info", "e301-RS": "e301-RS", "sb1-Class": "SB1-Class",
      "a34004-": "a34004-", "a34004-Rtt": "a34004-Rtt", "a34004-Mon": "a34004-Mon", "a34004-Rtd-x": "a34004-Rtd-x",
      "a34004-zsMax": "a34004-ZsMax", "a34004-ZSAVG": "a34004-ZsAvg", "RtdInterval": "RtdInterval",
    ]
    for (written, name) in wanted { #expect(try format.fields("\(written)=1") == ["\(name)=1"]) }
    #expect(
      try format.fields("A34004-RTD=1,a34004-FLAG=D") == ["a34004-Rtd=1!device", "a34004-Flag='D'"])
    #expect(try format.fields("流量b-RTD=1;PolId=井Ab") == ["流量b-Rtd=1", "PolId='井Ab'"])
    let records = try format.records(
      of: HJ212Packets.of("DATATIME=20210320133000;w1-SAMPLETIME=20210320133001,w1-Rtd=1"))
    #expect(records.map(\.fields) == [["MN='M1'", "W1-Rtd=1"]])
  }

  @Test("A factor that occurs twice is there twice, each with its own flag")
  func duplicates() throws {
    #expect(
      try format.fields("a21-Rtd=0.00;a21-Rtd=1,a21-Flag=D;a21-Rtd=2,a21-Flag=N")
        == ["A21-Rtd=0.0", "A21-Rtd=1!device", "A21-Flag='D'", "A21-Rtd=2", "A21-Flag='N'"])
  }

  @Test("Where a separator is missing, a flag's character or a number ends the value, or nobody can tell")
  func separators() throws {
    #expect(
      try format.fields("w20143-Rtd=1,w20143-Flag=Nw20144-Rtd=10,w20144-Flag=Dw20117-Rtd=5,w20117-Flag=N") == [
        "w20143-Rtd=1", "w20143-Flag='N'", "w20144-Rtd=10!device", "w20144-Flag='D'", "w20117-Rtd=5",
        "w20117-Flag='N'",
      ])
    #expect(
      try format.fields("DataTime=20210320133000w1001-Rtd=-7.5w1002-Rtd=31B01-Rtd=2")
        == ["w1001-Rtd=-7.5", "w1002-Rtd=31", "B01-Rtd=2"])
    #expect(try format.fields("001-Rtd=7.1011-Rtd=3;060-Rtd=1") == ["001-Rtd=null!type", "060-Rtd=1"])
    #expect(try format.fields("a1001-Rtd=7e301-Rtd=3") == ["a1001-Rtd=null!type"])
    #expect(try format.fields("a1001-Flag=N=") == ["a1001-Flag=null!type"])
    #expect(try format.fields("a1001-Rtd=1,,;;a1002-Rtd=2,;-=3,N,=4") == ["a1001-Rtd=1", "a1002-Rtd=2", "-=3"])
    #expect(
      try format.fields("DataTime=20210320133000,a1001-Rtd=1,a1001-Flag=D,a1002-Rtd=2,a1002-Flag=N")
        == ["a1001-Rtd=1!device", "a1001-Flag='D'", "a1002-Rtd=2", "a1002-Flag='N'"])
    #expect(try format.fields("x=//a,b;y=//c//;z=//d") == ["x='a,b;y='", "z='//d'"])
    #expect(try format.fields("") == [])
  }

  @Test("A factor has no more than its values in a row")
  func longRun() {
    let values = (0...16).map { "a1001-V\($0)=1" }.joined(separator: ",")
    #expect(format.refusal(HJ212Packets.of(values))?.reason == .malformed)
  }

  @Test("A payload of many packets, each with many records, is read as far as fields are kept")
  func manyPackets() {
    let header = String(repeating: "x=1;", count: 16)
    let group = "w1-SampleTime=20210320133001,w1-Rtd=1;w2-Rtd=2;"
    let packet = HJ212Packets.framed(header + "CP=&&" + String(repeating: group, count: 200) + "&&")
    let records = FieldRecords()
    let payload = Array(repeatElement(packet, count: 50).joined())
    #expect(payload.withUnsafeBytes { format.read($0, into: records) } == nil)
    #expect(records.isOverfull && records.fields.count == FieldRecords.mostFields)
    #expect(records.records.count == 50 * 400)
  }

  @Test("A packet that is none is refused, with the place and what was expected there")
  func refusals() {
    func refusal(_ text: String) -> Refusal? { format.refusal(Array(text.utf8)) }
    #expect(refusal("")?.reason == .empty)
    #expect(refusal("\r\n") == Refusal(.malformed, "a packet begins with ##, which does not stand at offset 2"))
    #expect(refusal("#0010")?.reason == .malformed)
    #expect(refusal("##01x0CP") == Refusal(.malformed, "a digit of the packet's length is expected at offset 4"))
    #expect(refusal("##01")?.reason == .malformed)
    #expect(refusal("##0007CP=&&&&12")?.reason == .checksum)
    #expect(refusal("##0007CP=&&&&\r\n\r\n")?.reason == .checksum)
    #expect(refusal("##0006CP=&&&&1234\r\n")?.reason == .checksum)
    #expect(
      refusal("##0007CP=&&&&1234")
        == Refusal(
          .checksum,
          "\(HJ212Packets.hex(HJ212Packets.sum("CP=&&&&".utf8))) is the sum of the packet, and 1234 stands at offset 13"
        ))
    for segment in ["", "MN=1", "MN=1;CP=&", "MN=1&&a=1&&", "P=&&&&", "MN=1;CP=&&", "CP=&&&", "CP=&&a=1&&;", "&&&&"] {
      #expect(format.refusal(HJ212Packets.framed(segment))?.reason == .malformed, "\(segment)")
    }
    #expect(format.refusal(HJ212Packets.framed("CP=&&&&")) == nil)
  }

  @Test("Sums of all lengths are the standard's, capital or small; any other one is refused")
  func sums() {
    var random = RandomSource(seed: testSeed())
    for length in 0..<300 {
      let filling = (0..<length).map { _ in UInt8.random(in: 0x30...0x39, using: &random) }
      let packet = HJ212Packets.framed(Array("MN=".utf8) + filling + Array(";CP=&&&&".utf8))
      #expect(format.refusal(packet) == nil)
      var small = packet
      for index in small.count - 6..<small.count - 2 where small[index] >= 0x41 { small[index] |= 0x20 }
      #expect(format.refusal(small) == nil)
      var other = packet
      other[other.count - 6] = other[other.count - 6] == 0x30 ? 0x31 : 0x30
      #expect(format.refusal(other)?.reason == .checksum)
    }
  }

  @Test("The sum sees each changed byte, but not bytes that change places 8 apart")
  func weakness() {
    let packet = HJ212Packets.framed("MN=01234567x9;CP=&&&&")
    for index in 6..<packet.count - 6 {
      for bit in 0..<8 {
        var other = packet
        other[index] ^= 1 << bit
        #expect(format.refusal(other)?.reason == .checksum)
      }
    }
    var other = packet
    other.swapAt(9, 17)
    #expect(other != packet && format.refusal(other) == nil)
  }

  private static let examples = [
    "QN=20210320133001123;ST=31;CN=2011;PW=SeCrEt;MN=0012345678;Flag=5;CP=&&DataTime=20210320133000;"
      + "a34004-Rtd=207,a34004-Flag=N;w1-SampleTime=20210320133001,w1-Rtd=-0.36,w1-Flag=D&&",
    "ST=32;CN=3020;PW=SeCrEt;MN=1;Flag=7;PNUM=2;PNO=1;CP=&&DataTime=20210320133000123;PolId=w01018,"
      + "i11001-Info=//x,y//;PolId=w01019;I11001-Info=1&&",
    "ST=32;CN=1072;MN=1;Flag=5;PW=SeCrEt;CP=&&RtdInterval=30;NewPW=SeCrEt;b01-Rtd=1e5,b01-flag=Nb02-Rtd=9&&",
  ]

  @Test("Whatever stands in a packet, cut off, changed, or changed with a new sum, the reader goes on")
  func hostile() {
    let seed = testSeed()
    let packets = Self.examples.map { HJ212Packets.framed($0) }
    readHostile(format, examples: packets + [packets.reduce([], +)], seed: seed)
    var random = RandomSource(seed: seed)
    let bytes = Array("=;,-&/# N0.eP\r".utf8) + [0x00, 0xFF]
    for example in Self.examples {
      for _ in 0..<3000 {
        var segment = Array(example.utf8)
        for _ in 0..<Int.random(in: 1...6, using: &random) {
          let index = Int.random(in: 0..<segment.count, using: &random)
          switch Int.random(in: 0..<3, using: &random) {
          case 0: segment.remove(at: index)
          case 1: segment.insert(bytes.randomElement(using: &random) ?? 0, at: index)
          default: segment[index] = bytes.randomElement(using: &random) ?? 0
          }
        }
        let refusal = format.refusal(HJ212Packets.framed(segment))
        #expect(refusal == nil || refusal?.reason == .malformed || refusal?.reason == .time)
      }
    }
  }

  @Test("The password is in no field and in no refusal, though separators are missing or too many, or bytes are")
  func secret() {
    var random = RandomSource(seed: testSeed())
    let dividers = Array(";,-= ".utf8)
    let secrets = Array("PW=SeCrEt".utf8)
    for example in Self.examples {
      for _ in 0..<3000 {
        var segment = Array(example.utf8)
        for _ in 0..<Int.random(in: 1...3, using: &random) {
          let index = Int.random(in: 0..<segment.count, using: &random)
          let isSecret = (max(0, index - 8)...index).contains { segment[$0...].starts(with: secrets) }
          if !isSecret, dividers.contains(segment[index]) {
            segment.remove(at: index)
          } else if !isSecret {
            segment.insert(dividers.randomElement(using: &random) ?? 0, at: index)
          }
        }
        expectNoSecret(HJ212Packets.framed(segment))
      }
      let packet = HJ212Packets.framed(example)
      for length in 0...packet.count { expectNoSecret(Array(packet[..<length])) }
      for length in 0..<1000 {
        expectNoSecret(Array("##\(String("\(10000 + length)".dropFirst()))".utf8) + packet[6...])
      }
    }
  }

  private func expectNoSecret(_ payload: [UInt8]) {
    do {
      for field in try format.records(of: payload).flatMap(\.fields) { #expect(!field.contains("SeCr")) }
    } catch {
      #expect(!"\(error)".contains("SeCr"))
    }
  }
}
