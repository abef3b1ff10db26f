import Simulator
import Telemetry
import TestSupport
import Testing
import WireFormats

/// Water resource frames, made here field by field.
@Suite
struct SZY206Tests {
  private let format = SZY206()
  private static let longLabel = "30 15 14 12 05 26 03"

  @Test("Flow and volume with the short time label: the record has no time, the label is in fields")
  func shortLabel() throws {
    let frame = SZY206Frames.frame(control: 0xB3, "0059000000 8261100000 0110 6000 0045080910")
    #expect(
      try format.records(of: frame) == [
        ReadRecord(fields: [
          "address='5303810D00'", "afn='C0'", "flow=5.9", "volume_m3=106182", "alarms=4097", "state=96", "second=0",
          "minute=45", "hour=8", "day=9", "delay_min=16",
        ])
      ])
  }

  @Test("With the long time label the record has its time")
  func longLabel() throws {
    let frame = SZY206Frames.frame(control: 0xB4, "554504 0020 7000 \(SZY206Tests.longLabel)")
    #expect(
      try format.records(of: frame) == [
        ReadRecord(
          time: chinaTime("2026-05-12T14:15:30"),
          fields: [
            "address='5303810D00'", "afn='C0'", "velocity_m_s=44.555", "alarms=8192", "state=112", "delay_min=3",
          ])
      ])
    let impossible = SZY206Frames.frame(control: 0xB4, "554504 0020 7000 30 15 14 31 02 26 03")
    #expect(try format.records(of: impossible).map(\.time) == [.unknown])
  }

  @Test(
    "Values of each kind: sign, fillers, digits that are none",
    arguments: [
      (1, "550300", "rain_mm=35.5"), (1, "AAAAAA", "rain_mm=null!missing"), (1, "0A0000", "rain_mm=null!type"),
      (2, "56341200", "level_m=123.456"), (2, "563412F0", "level_m=-123.456"), (2, "56341280", "level_m=-123.456"),
      (2, "56341270", "level_m=70123.456"), (2, "563412A0", "level_m=null!type"),
      (2, "FFFFFFFF", "level_m=null!missing"), (3, "AAAAAAAAAA", "flow=null!missing"),
      (3, "56341200F0", "flow=-123.456"), (4, "5545F4", "velocity_m_s=-44.555"),
    ])
  func values(kind: UInt8, value: String, expected: String) throws {
    for label in ["0045080910", SZY206Tests.longLabel] {
      let frame = SZY206Frames.frame(control: 0x80 | kind, "\(value) 0000 0000 \(label)")
      #expect(try format.records(of: frame).flatMap(\.fields).dropFirst(2).first == expected)
    }
  }

  @Test("The upper bit of a volume is its sign, the rest of that half byte a digit")
  func volumes() throws {
    for (last, expected) in [("71", "7100000012"), ("F1", "-7100000012"), ("81", "-100000012")] {
      let frame = SZY206Frames.frame(control: 0xB3, "0000000000 12000000\(last) 0000 0000 0045080910")
      #expect(try format.records(of: frame).flatMap(\.fields)[3] == "volume_m3=\(expected)")
    }
  }

  @Test("Further sensors have numbered fields")
  func sensors() throws {
    let levels = (1...11).map { $0 < 10 ? "0\($0)000000" : "\($0)000000" }.joined()
    let frame = SZY206Frames.frame(control: 0xB2, "\(levels) 0000 0000 0045080910")
    let fields = try format.records(of: frame).flatMap(\.fields)
    #expect(fields[2...4] == ["level_m=0.001", "level_m_2=0.002", "level_m_3=0.003"])
    #expect(fields[12] == "level_m_11=0.011")
    let pairs = SZY206Frames.frame(
      control: 0xB3, "0100000000 0200000000 0300000000 0400000000 0000 0000 0045080910")
    #expect(
      try format.records(of: pairs).flatMap(\.fields)[2...5] == [
        "flow=0.001", "volume_m3=2", "flow_2=0.003", "volume_m3_2=4",
      ])
  }

  @Test("Other functions, kinds, directions and parts are refused with a reason that names them")
  func refused() {
    let data = "554504 0020 7000 \(SZY206Tests.longLabel)"
    #expect(detail(SZY206Frames.frame(control: 0xB4, function: 0x81, data)) == "AFN C0 is read, the frame's is 81")
    #expect(detail(SZY206Frames.frame(control: 0x80, function: 0x02, "F2")) == "AFN C0 is read, the frame's is 02")
    #expect(detail(SZY206Frames.frame(control: 0xBE, data))?.contains("AFN C0") == true)
    #expect(detail(SZY206Frames.frame(control: 0x34, data)) == "the frame, of AFN C0, was sent to a station")
    #expect(detail(SZY206Frames.frame(control: 0xF4, data)) == "the frame, of AFN C0, is a part of a message")
    #expect(detail(SZY206Frames.frame(control: 0xB4, "5545 0020 7000 \(SZY206Tests.longLabel)"))?.isEmpty == false)
    #expect(detail(SZY206Frames.frame(control: 0xB4, ""))?.isEmpty == false)
    #expect(detail([0x68, 0x01, 0x68, 0x00, 0x00, 0x16])?.isEmpty == false)
  }

  @Test("A bit that was turned is refused, by length or CRC where these are to tell it")
  func damaged() {
    let frame = SZY206Frames.frame(control: 0xB4, "554504 0020 7000 \(SZY206Tests.longLabel)")
    for index in frame.indices {
      for bit in 0..<8 {
        var changed = frame
        changed[index] ^= 1 << UInt8(bit)
        let isMark = index == 0 || index == 2 || index == frame.count - 1
        #expect(refusal(changed)?.reason == (isMark ? .malformed : .checksum), "bit \(bit) of byte \(index)")
      }
    }
    for length in 3..<frame.count { #expect(refusal(Array(frame[..<length]))?.reason == .checksum) }
    #expect(refusal(frame + [0])?.reason == .checksum)
    #expect(refusal([])?.reason == .empty)
  }

  @Test("Hexadecimal text reads as the raw frame")
  func hexadecimal() throws {
    let frame = SZY206Frames.frame(control: 0xB4, "554504 0020 7000 \(SZY206Tests.longLabel)")
    let text = frame.map { String(UInt16($0) + 0x100, radix: 16).dropFirst() }.joined(separator: " ")
    #expect(try format.records(of: text) == format.records(of: frame))
  }

  @Test("Whatever the bytes are, there is a result")
  func hostile() {
    let seed = testSeed()
    let frames = [
      SZY206Frames.frame(control: 0xB3, "0059000000 8261100000 0110 6000 0045080910"),
      SZY206Frames.frame(control: 0xB2, "01000000 020000F0 0110 6000 \(SZY206Tests.longLabel)"),
    ]
    readHostile(format, examples: frames, seed: seed)
    var random = RandomSource(seed: seed)
    for _ in 0..<5000 {
      let data = (0..<Int.random(in: 0...40, using: &random)).map { _ in
        String(UInt16.random(in: 0x100...0x1FF, using: &random), radix: 16).dropFirst()
      }
      _ = refusal(SZY206Frames.frame(control: UInt8.random(in: 0x80...0xBF, using: &random), data.joined()))
    }
  }

  private func detail(_ payload: [UInt8]) -> String? {
    refusal(payload).flatMap { $0.reason == .malformed ? $0.detail : nil }
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
