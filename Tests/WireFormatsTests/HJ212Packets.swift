import WireFormats

/// Makes packets for tests, the slow way.
enum HJ212Packets {
  /// The standard's own loop: annex A of HJ 212-2017, bit by bit.
  static func sum(_ segment: some Sequence<UInt8>) -> UInt16 {
    var register: UInt16 = 0xFFFF
    for byte in segment {
      register = register >> 8 ^ UInt16(byte)
      for _ in 0..<8 {
        let isOne = register & 1 == 1
        register >>= 1
        if isOne { register ^= 0xA001 }
      }
    }
    return register
  }

  static func hex(_ sum: UInt16) -> String { padded(String(sum, radix: 16, uppercase: true)) }

  /// The segment in its frame, with a line end.
  static func framed(_ segment: [UInt8]) -> [UInt8] {
    Array("##\(padded(String(segment.count)))".utf8) + segment + Array("\(hex(sum(segment)))\r\n".utf8)
  }

  static func framed(_ segment: String) -> [UInt8] { framed(Array(segment.utf8)) }

  /// A packet whose header is `MN=M1` and whose data area is this.
  static func of(_ area: String) -> [UInt8] { framed("MN=M1;CP=&&\(area)&&") }

  private static func padded(_ digits: String) -> String {
    String(repeating: "0", count: max(0, 4 - digits.utf8.count)) + digits
  }
}

extension HJ212 {
  /// The fields of the only record of a packet with this data area, without the header's.
  func fields(_ area: String) throws -> [String] {
    let records = try records(of: HJ212Packets.of(area))
    return records.count == 1 ? Array(records[0].fields.dropFirst()) : ["\(records.count) records"]
  }

  /// Why a payload is refused; nil where it is not.
  func refusal(_ payload: [UInt8]) -> Refusal? {
    payload.withUnsafeBytes { read($0, into: FieldRecords()) }
  }
}
