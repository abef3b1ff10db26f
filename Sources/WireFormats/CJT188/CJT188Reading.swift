import Telemetry

/// The data of a frame: identifier, serial number, and what a meter of its type replies.
struct CJT188Reading {
  private static let readReply: UInt8 = 0x81
  /// Data identifier and serial number.
  private static let headerBytes = 3
  /// One reading and the status.
  private static let shortBytes = 6
  /// Two readings with units, clock, status.
  private static let volumeBytes = 19
  /// Five readings with units, two temperatures, working time, clock, status.
  private static let heatBytes = 43
  private static let clockBytes = 7
  private static let century: UInt8 = 0x20

  private let frame: CJT188Frame
  private let records: FieldRecords

  init(_ frame: CJT188Frame, _ records: FieldRecords) {
    self.frame = frame
    self.records = records
  }

  func read() throws(Refusal) {
    records.begin()
    let meter = UnsafeRawBufferPointer(rebasing: frame.address[..<5])
    records.addHex("address", meter.reversed())
    records.addHex("manufacturer", UnsafeRawBufferPointer(rebasing: frame.address[5...]).reversed())
    records.addHex("meter", frame.address.reversed())
    records.addHex("meter_type", CollectionOfOne(frame.meterType))
    records.addHex("control", CollectionOfOne(frame.control))
    if frame.isReply { records.add("is_error", .boolean(frame.isError)) }
    if frame.isError { return }
    var cursor = ByteCursor(frame.data)
    guard let header = cursor.take(CJT188Reading.headerBytes) else { return }
    let isReading = isCurrentReading(header)
    if isReading {
      records.add("data_id", .word("901F"))
    } else {
      records.addHex("data_id", header[..<2].reversed())
    }
    records.add("serial", .integer(Int64(header[2])))
    guard frame.control == CJT188Reading.readReply else { return }
    guard isReading else {
      throw Refusal(
        .malformed, "data identifier 901F is read, the reply's is \(hexText(header[1]))\(hexText(header[0]))")
    }
    try readValues(&cursor)
  }

  private func isCurrentReading(_ header: UnsafeRawBufferPointer) -> Bool {
    (header[0] == 0x1F && header[1] == 0x90) || (header[0] == 0x90 && header[1] == 0x1F)
  }

  private func readValues(_ cursor: inout ByteCursor) throws(Refusal) {
    let isHeat = (0x20...0x29).contains(frame.meterType)
    guard isHeat || (0x10...0x19).contains(frame.meterType) || (0x30...0x39).contains(frame.meterType) else {
      throw Refusal(.malformed, "meter types 10 to 39 are read, the reply's is \(hexText(frame.meterType))")
    }
    switch cursor.remaining {
    case CJT188Reading.shortBytes: addNumber("total", cursor.take(4), decimals: 2)
    case CJT188Reading.volumeBytes where !isHeat: readVolumes(&cursor)
    case CJT188Reading.heatBytes where isHeat: readHeat(&cursor)
    default:
      let long = isHeat ? CJT188Reading.heatBytes : CJT188Reading.volumeBytes
      throw Refusal(
        .malformed,
        "a meter of type \(hexText(frame.meterType)) replies \(long) bytes of values, or \(CJT188Reading.shortBytes); "
          + "here are \(cursor.remaining)")
    }
    addStatus(cursor.take(2))
  }

  private func readVolumes(_ cursor: inout ByteCursor) {
    addReading("volume_m3", cursor.take(5), .volume)
    addReading("settlement_volume_m3", cursor.take(5), .volume)
    addClock(cursor.take(CJT188Reading.clockBytes))
  }

  private func readHeat(_ cursor: inout ByteCursor) {
    addReading("settlement_energy_kwh", cursor.take(5), .energy)
    addReading("energy_kwh", cursor.take(5), .energy)
    addReading("power_kw", cursor.take(5), .power)
    addReading("flow_m3_h", cursor.take(5), .flow, decimals: 4)
    addReading("volume_m3", cursor.take(5), .volume)
    addNumber("supply_temperature_c", cursor.take(3), decimals: 2)
    addNumber("return_temperature_c", cursor.take(3), decimals: 2)
    addNumber("work_h", cursor.take(3), decimals: 0)
    addClock(cursor.take(CJT188Reading.clockBytes))
  }

  /// Eight digits and a unit byte.
  private func addReading(
    _ name: StaticString, _ bytes: UnsafeRawBufferPointer?, _ quantity: CJT188Unit.Quantity, decimals: Int = 2
  ) {
    guard let bytes, let code = bytes.last else { return }
    let number = PackedNumber(bytes.dropLast().reversed())
    guard case .digits(let digits) = number else { return records.add(name, number, decimals: 0) }
    guard let unit = CJT188Unit.of(code), unit.quantity == quantity else {
      return records.add(name, .double(Double(digits) / PackedNumber.power(decimals)), quality: .type)
    }
    records.add(name, .double(unit.value(digits, decimals: decimals)))
  }

  private func addNumber(_ name: StaticString, _ bytes: UnsafeRawBufferPointer?, decimals: Int) {
    guard let bytes else { return }
    records.add(name, PackedNumber(bytes.reversed()), decimals: decimals)
  }

  private func addClock(_ bytes: UnsafeRawBufferPointer?) {
    guard let bytes, bytes.count == CJT188Reading.clockBytes else { return }
    if PackedNumber.isFilled(bytes, with: 0) || PackedNumber.isFilled(bytes, with: 0xFF) {
      return records.add("clock_s", .null, quality: .missing)
    }
    guard let clock = clock(bytes) else { return records.add("clock_s", .null, quality: .type) }
    records.add("clock_s", .integer(clock.seconds))
    records.setTime(.at(clock))
  }

  private func clock(_ bytes: UnsafeRawBufferPointer) -> Timestamp? {
    if bytes[6] == CJT188Reading.century {
      let clock = ChinaTime.timestamp(
        year: bytes[5], month: bytes[4], day: bytes[3], hour: bytes[2], minute: bytes[1], second: bytes[0])
      if let clock { return clock }
    }
    guard bytes[0] == CJT188Reading.century else { return nil }
    return ChinaTime.timestamp(UnsafeRawBufferPointer(rebasing: bytes[1...]))
  }

  /// Bits 0 and 1 of the first byte are the valve, bit 2 is the battery; the second is the maker's.
  private func addStatus(_ bytes: UnsafeRawBufferPointer?) {
    guard let bytes, bytes.count == 2 else { return }
    switch bytes[0] & 0x03 {
    case 0: records.add("valve", .word("open"))
    case 1: records.add("valve", .word("closed"))
    case 3: records.add("valve", .word("fault"))
    default: records.add("valve", .null, quality: .type)
    }
    records.add("battery_low", .boolean(bytes[0] & 0x04 != 0))
    records.add("status", .integer(Int64(bytes[1]) << 8 | Int64(bytes[0])))
  }
}

extension RawValue {
  /// A text that the format itself gives.
  fileprivate static func word(_ word: StaticString) -> RawValue {
    .text(UnsafeRawBufferPointer(start: word.utf8Start, count: word.utf8CodeUnitCount))
  }
}
