/// CRC-16 as Modbus has it.
///
/// Source: MODBUS over Serial Line, V1.02, section 6.2.2.
enum ModbusChecksum {
  static func of(_ bytes: [UInt8]) -> UInt16 {
    bytes.reduce(0xFFFF) { register, byte in
      (0..<8).reduce(register ^ UInt16(byte)) { rest, _ in rest & 1 == 1 ? rest >> 1 ^ 0xA001 : rest >> 1 }
    }
  }
}
