import Telemetry

/// A frame of SL 651 from a station to its centre.
///
/// Source: SL 651-2014, tables 10 to 12 and the table of elements.
struct SL651Writer {
  enum Function: UInt8 {
    /// At its set times.
    case timed = 0x32
    /// Between them.
    case additional = 0x33
    /// With the parts of the hour.
    case hourly = 0x34
  }

  private static let centre: UInt8 = 1
  private static let password: [UInt8] = [0, 0]
  private static let river: UInt8 = 0x48
  private static let startOfText: UInt8 = 0x02
  private static let endOfText: UInt8 = 0x03

  private let station: [UInt8]
  private let function: Function
  private var body: [UInt8]

  /// - Parameters:
  ///   - station: 10 decimal digits.
  ///   - serial: the number of the report.
  init(station: String, _ function: Function, serial: UInt16, sentAt time: Timestamp) {
    self.station = PackedDecimals.bytes(station)
    self.function = function
    body = [UInt8(serial >> 8), UInt8(truncatingIfNeeded: serial)]
    body += PackedDecimals.bytes(time.cityDigits.dropFirst(2))
    body += [0xF1, 0xF1] + self.station
  }

  /// What follows was observed at this minute; of reports without it the time is that of the sending.
  mutating func observe(at time: Timestamp) {
    body += [Self.river, 0xF0, 0xF0] + PackedDecimals.bytes(time.cityDigits.dropFirst(2).dropLast(2))
  }

  /// - Parameters:
  ///   - value: without its point; nil where there is none.
  ///   - width: bytes that it takes.
  ///   - decimals: digits behind the point.
  mutating func add(_ element: UInt8, _ value: Int?, width: Int, decimals: Int) {
    body += [element, UInt8(width << 3 | decimals)]
    guard let value else {
      body += [UInt8](repeating: 0xFF, count: width)
      return
    }
    body +=
      value < 0 ? [0xFF] + PackedDecimals.bytes(-value, count: width - 1) : PackedDecimals.bytes(value, count: width)
  }

  /// The state of the station and its alarms, a bit each.
  mutating func add(state bits: Int) {
    var field = BinaryFields()
    field.append(bits, bytes: 4)
    body += [0x45, 0x20] + field.bytes
  }

  /// The rain of twelve times five minutes in tenths of a millimetre, nil where there is none; observed is the first.
  mutating func add(hourlyRain parts: [Int?]) {
    body += [0xF4, 0x60] + parts.map { $0.map { UInt8($0) } ?? 0xFF }
  }

  var frame: [UInt8] {
    var frame: [UInt8] = [0x7E, 0x7E, Self.centre] + station + Self.password + [function.rawValue]
    frame += [UInt8(body.count >> 8), UInt8(truncatingIfNeeded: body.count), Self.startOfText] + body
    frame.append(Self.endOfText)
    let crc = ModbusChecksum.of(frame)
    return frame + [UInt8(crc >> 8), UInt8(truncatingIfNeeded: crc)]
  }
}
