import Telemetry

/// A packet of HJ 212 with real-time data, and what it says.
///
/// Source: HJ 212-2017, §6 and annex A.
struct HJ212Writer {
  private static let realTimeData = "2011"
  private static let password = "123456"

  private let time: Timestamp
  private let station: String
  private let system: String
  private var known: DeviceReadings
  private var factors: [String] = []

  /// - Parameters:
  ///   - system: whose data they are: `21` surface water, `32` waste water.
  ///   - time: in whole seconds.
  init(station: String, system: String, at time: Timestamp) {
    self.time = time
    self.station = station
    self.system = system
    known = DeviceReadings(station, at: time)
  }

  var readings: [KnownReading] { known.all }

  /// - Parameters:
  ///   - factor: from the unit of the packet to the metric's canonical one.
  ///   - flag: `N` for a good value; any other makes it bad.
  ///   - isBad: though its flag is good.
  mutating func add(
    _ code: String, as metric: String, _ value: Decimal, factor: Double = 1, flag: Character = "N",
    isBad: Bool = false
  ) {
    factors.append("\(code)-Rtd=\(value.text),\(code)-Flag=\(flag)")
    known.add(metric, flag == "N" && !isBad ? value.value * factor : nil)
  }

  var packet: [UInt8] {
    let digits = time.cityDigits
    let segment = Array(
      """
      QN=\(digits)000;ST=\(system);CN=\(Self.realTimeData);PW=\(Self.password);MN=\(station);Flag=5;\
      CP=&&DataTime=\(digits);\(factors.joined(separator: ";"))&&
      """.utf8)
    let length = Array(String(segment.count + 10_000).utf8.dropFirst())
    let sum = Array(Hex.text(UInt64(Self.sum(of: segment)), digits: 4).uppercased().utf8)
    return Array("##".utf8) + length + segment + sum + Array("\r\n".utf8)
  }

  /// Before each byte the register loses its lower half, which is why this is not CRC-16/MODBUS.
  private static func sum(of bytes: [UInt8]) -> UInt16 {
    bytes.reduce(0xFFFF) { register, byte in
      (0..<8).reduce(register >> 8 ^ UInt16(byte)) { register, _ in
        register & 1 == 1 ? register >> 1 ^ 0xA001 : register >> 1
      }
    }
  }
}
