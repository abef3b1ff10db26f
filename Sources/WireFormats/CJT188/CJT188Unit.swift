/// A unit byte, and what turns its values into the unit that a field has.
///
/// Source: CJ/T 188-2004, table of unit codes.
struct CJT188Unit {
  enum Quantity {
    /// kWh.
    case energy
    /// kW.
    case power
    /// m³.
    case volume
    /// m³/h.
    case flow
  }

  let quantity: Quantity
  /// Value in the field's unit = value × factor ÷ divisor, both whole.
  private let factor: Int64
  private let divisor: Double

  private init(_ quantity: Quantity, times factor: Int64 = 1, by divisor: Double = 1) {
    self.quantity = quantity
    self.factor = factor
    self.divisor = divisor
  }

  /// Nil for a byte that the table does not have.
  static func of(_ code: UInt8) -> CJT188Unit? {
    switch code {
    case 0x01: CJT188Unit(.energy, by: 3_600_000)  // J
    case 0x02: CJT188Unit(.energy, by: 1000)  // Wh
    case 0x05: CJT188Unit(.energy)  // kWh
    case 0x08: CJT188Unit(.energy, times: 1000)  // MWh
    case 0x0A: CJT188Unit(.energy, times: 100_000)  // 100 MWh
    case 0x0B: CJT188Unit(.energy, by: 3600)  // kJ
    case 0x0E: CJT188Unit(.energy, times: 10, by: 36)  // MJ
    case 0x11: CJT188Unit(.energy, times: 10_000, by: 36)  // GJ
    case 0x13: CJT188Unit(.energy, times: 1_000_000, by: 36)  // 100 GJ
    case 0x14: CJT188Unit(.power, by: 1000)  // W
    case 0x17: CJT188Unit(.power)  // kW
    case 0x1A: CJT188Unit(.power, times: 1000)  // MW
    case 0x29: CJT188Unit(.volume, by: 1000)  // L
    case 0x2C: CJT188Unit(.volume)  // m³
    case 0x32: CJT188Unit(.flow, by: 1000)  // L/h
    case 0x35: CJT188Unit(.flow)  // m³/h
    default: nil
    }
  }

  /// The value in the field's unit, correctly rounded: one division of whole numbers below 2^53.
  ///
  /// - Parameter digits: at most eight.
  func value(_ digits: Int64, decimals: Int) -> Double {
    Double(digits) * Double(factor) / (PackedNumber.power(decimals) * divisor)
  }
}
