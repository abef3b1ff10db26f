/// The sum of HJ 212.
///
/// Source: HJ 212-2017 annex A. It is not CRC-16/Modbus: before each byte the register moves down by 8 bits and loses
/// them, so that only its upper half is carried on. The sum has for that reason no more than 256 values, and one in 256
/// changed packets passes. Eight steps, moreover, lead each upper half back to itself: bytes that change places with
/// others 8 or 16 … behind them go unnoticed.
///
/// The step is linear over exclusive-or, so the words of 8 bytes may be laid upon each other before it is taken.
enum HJ212Checksum {
  private static let wordBytes = 8
  /// For each byte the upper half of the register behind it.
  private static let upperHalves = (0...UInt8.max).map { UInt8(step($0) >> 8) }

  static func of(_ bytes: UnsafeRawBufferPointer) -> UInt16 {
    guard let last = bytes.last else { return 0xFFFF }
    var laid: UInt64 = 0
    var index = 0
    while bytes.count - index > wordBytes {
      laid ^= UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: index, as: UInt64.self))
      index += wordBytes
    }
    return upperHalves.withUnsafeBufferPointer { table in
      var upper: UInt8 = 0xFF
      for _ in 0..<wordBytes {
        upper = table[Int(upper ^ UInt8(truncatingIfNeeded: laid))]
        laid >>= 8
      }
      for byte in bytes[index..<bytes.count - 1] { upper = table[Int(upper ^ byte)] }
      return step(upper ^ last)
    }
  }

  /// The register after a byte was put into its empty lower half.
  private static func step(_ byte: UInt8) -> UInt16 {
    var register = UInt16(byte)
    for _ in 0..<8 { register = register & 1 == 1 ? register >> 1 ^ 0xA001 : register >> 1 }
    return register
  }
}
