/// The names of the elements that stations report: the standard's letter codes in lower case, by identifier.
///
/// Units: areas m², temperatures °C, evaporation and precipitation mm, air pressure hPa, openings, depths, waves and water
/// levels m, soil moisture and humidity %, flows m³/s, sediment discharge 10⁴ t, speeds m/s, voltages V, currents A,
/// sediment and most concentrations kg/m³ or mg/L (`sq` is kg/m³), conductivity µS/cm, turbidity the standard's degrees,
/// redox potential mV, water pressures kPa, meters' remainders m³ and their flows m³/h.
///
/// Source: SL 651-2014, table of elements and identifiers.
enum SL651Element {
  /// Step between the values of a series, in days, hours and minutes.
  static let step: UInt8 = 0x04
  /// Length of a period, as hours and minutes.
  static let period: UInt8 = 0x05
  /// The station's state and alarms.
  static let state: UInt8 = 0x45
  /// The twelve rainfalls of five minutes of an hour.
  static let hourlyRain: UInt8 = 0xF4
  /// The twelve water levels of an hour, of eight gauges.
  static let hourlyLevels: ClosedRange<UInt8> = 0xF5...0xFC

  /// Area and weather; gates; soil; precipitation.
  private static let first: [StaticString] = [
    "", "ac", "ai", "c", "", "dt", "ed", "ej", "fl", "gh", "gn", "gs", "gt", "gtp", "h", "hw",
    "m10", "m20", "m30", "m40", "m50", "m60", "m80", "m100", "mst", "ns", "p1", "p2", "p3", "p6", "p12", "pd",
    "pj", "pn01", "pn05", "pn10", "pn30", "pr", "pt",
  ]
  /// From 27H: flows; sediment; wind; speeds; voltage; water levels.
  private static let second: [StaticString] = [
    "q", "q1", "q2", "q3", "q4", "q5", "q6", "q7", "q8", "qa", "qz", "sw", "uc", "ue", "us", "va", "vj", "vt",
    "z", "zb", "zu", "z1", "z2", "z3", "z4", "z5", "z6", "z7", "z8", "sq", "zt",
  ]
  /// From 46H: water quality; water pressures.
  private static let third: [StaticString] = [
    "ph", "do", "cond", "turb", "codmn", "redox", "nh4n", "tp", "tn", "toc", "cu", "zn", "se", "as", "thg", "cd",
    "pb", "chla", "wp1", "wp2", "wp3", "wp4", "wp5", "wp6", "wp7", "wp8",
  ]
  /// From 60H: water meters' remainders and flows; voltages and currents of three phases.
  private static let fourth: [StaticString] = [
    "syl1", "syl2", "syl3", "syl4", "syl5", "syl6", "syl7", "syl8",
    "sbl1", "sbl2", "sbl3", "sbl4", "sbl5", "sbl6", "sbl7", "sbl8",
    "vta", "vtb", "vtc", "via", "vib", "vic",
  ]
  private static let names = first + second + third + fourth
  private static let levelNames: [StaticString] = [
    "drz1", "drz2", "drz3", "drz4", "drz5", "drz6", "drz7", "drz8",
  ]

  /// Nil where the standard knows no element of that identifier.
  static func name(_ identifier: UInt8) -> UnsafeRawBufferPointer? {
    if identifier == hourlyRain { return bytes("drp") }
    if hourlyLevels.contains(identifier) { return bytes(levelNames[Int(identifier - hourlyLevels.lowerBound)]) }
    guard Int(identifier) < names.count, names[Int(identifier)].utf8CodeUnitCount > 0 else { return nil }
    return bytes(names[Int(identifier)])
  }

  private static func bytes(_ name: StaticString) -> UnsafeRawBufferPointer {
    UnsafeRawBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount)
  }
}

/// How the values of an element are written.
struct SL651Layout {
  /// Bytes of one value.
  var width: Int
  /// Digits behind the point.
  var decimals: Int
  /// The value is a whole binary number, most significant byte first; else packed decimals.
  var isBinary = false

  /// The upper five bits are the width, the lower three the decimals. Source: SL 651-2014.
  init(definition: UInt8) {
    width = Int(definition >> 3)
    decimals = Int(definition & 0x07)
  }

  init(width: Int, decimals: Int, isBinary: Bool = false) {
    self.width = width
    self.decimals = decimals
    self.isBinary = isBinary
  }

  /// Elements outside the standard whose identifier stands twice, where others have a definition byte. What they would
  /// say as definition bytes, 15 and 31 bytes, no value has. Source: hourly reports of stations in the field.
  static func ofRepeated(_ identifier: UInt8) -> SL651Layout? {
    switch identifier {
    case 0x79, 0x7D: SL651Layout(width: 5, decimals: 0)
    case 0xF9: SL651Layout(width: 2, decimals: 3, isBinary: true)
    default: nil
    }
  }

  /// All bytes FF are no value. A first byte FF before packed decimals is their minus sign.
  func number(_ bytes: UnsafeRawBufferPointer) -> PackedNumber {
    if bytes.isEmpty || PackedNumber.isFilled(bytes, with: 0xFF) { return .missing }
    if isBinary { return SL651Layout.binary(bytes) }
    guard bytes.count > 1, bytes[0] == 0xFF else { return PackedNumber(bytes) }
    return PackedNumber(bytes[1...]).negated
  }

  private static func binary(_ bytes: UnsafeRawBufferPointer) -> PackedNumber {
    if bytes.count >= 8 { return .tooLong }
    return .digits(bytes.reduce(0) { $0 << 8 | Int64($1) })
  }
}
