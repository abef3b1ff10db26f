/// A sum over bytes of the region, and where it stands.
///
/// With a place other than `next` it may stand before the fields: what follows it is behind the step before it.
public struct LayoutChecksum: Sendable, Equatable {
  public var kind: LayoutChecksumKind
  public var at: LayoutPlace
  public var order: LayoutOrder
  /// The first byte.
  public var from: LayoutPlace
  /// Behind the last byte; nil for where the checksum stands.
  public var to: LayoutPlace?

  public init(
    _ kind: LayoutChecksumKind, at: LayoutPlace, order: LayoutOrder = .big, from: LayoutPlace = .byte(0),
    to: LayoutPlace? = nil
  ) {
    self.kind = kind
    self.at = at
    self.order = order
    self.from = from
    self.to = to
  }
}

/// Checksums of device payloads.
///
/// Source: the CRCs' parameters are those of the catalogue of parametrised CRC algorithms
/// (https://reveng.sourceforge.io/crc-catalogue/16.htm); the comments give its names and the check value of "123456789".
public enum LayoutChecksumKind: String, Sendable, CaseIterable {
  /// The bytes' sum modulo 256.
  case sum8
  /// All bytes, exclusive or.
  case xor8
  /// CRC-16/MODBUS, 4B37.
  case modbus = "crc16-modbus"
  /// CRC-16/IBM-3740, often called CCITT-FALSE, 29B1.
  case ccitt = "crc16-ccitt"
  /// CRC-16/XMODEM: as CCITT, begun with 0; 31C3.
  case xmodem = "crc16-xmodem"
  /// CRC-16/KERMIT: CCITT with reflected bits, begun with 0; 2189.
  case kermit = "crc16-kermit"

  public var bits: Int {
    switch self {
    case .sum8, .xor8: 8
    case .modbus, .ccitt, .xmodem, .kermit: 16
    }
  }

  public func value(of bytes: UnsafeRawBufferPointer) -> UInt16 {
    switch self {
    case .sum8: UInt16(bytes.reduce(0 as UInt8, &+))
    case .xor8: UInt16(bytes.reduce(0 as UInt8, ^))
    case .modbus: reflectedCRC(bytes, polynomial: 0xA001, start: 0xFFFF)
    case .ccitt: plainCRC(bytes, start: 0xFFFF)
    case .xmodem: plainCRC(bytes, start: 0)
    case .kermit: reflectedCRC(bytes, polynomial: 0x8408, start: 0)
    }
  }
}

private func reflectedCRC(_ bytes: UnsafeRawBufferPointer, polynomial: UInt16, start: UInt16) -> UInt16 {
  var register = start
  for byte in bytes {
    register ^= UInt16(byte)
    for _ in 0..<8 { register = register & 1 == 1 ? register >> 1 ^ polynomial : register >> 1 }
  }
  return register
}

private func plainCRC(_ bytes: UnsafeRawBufferPointer, start: UInt16) -> UInt16 {
  var register = start
  for byte in bytes {
    register ^= UInt16(byte) << 8
    for _ in 0..<8 { register = register & 0x8000 != 0 ? register << 1 ^ 0x1021 : register << 1 }
  }
  return register
}
