import Telemetry

/// The data of a self-report: values, alarms, state, time label.
///
/// The time label has five bytes in SZY206-2016 and seven in SL/T 427-2021. Values have three bytes or more, so that only
/// one of the two leaves room for whole values.
struct SZY206Report {
  private static let wordBytes = 2
  private static let shortLabelBytes = 5
  private static let longLabelBytes = 7

  /// One kind of value.
  private struct Quantity {
    let name: StaticString
    let bytes: Int
    let decimals: Int
    var sign = Sign.none
  }

  private enum Sign {
    case none, half, bit
  }

  private let frame: SZY206Frame

  init(_ frame: SZY206Frame) { self.frame = frame }

  func read(into records: FieldRecords) throws(Refusal) {
    let data = frame.data
    let (quantities, count, labelBytes) = try layout()
    records.begin()
    records.addHex("address", frame.address)
    records.addHex("afn", CollectionOfOne(frame.function))
    var cursor = ByteCursor(data)
    for number in 1...count {
      for quantity in quantities {
        guard let bytes = cursor.take(quantity.bytes) else { return }
        add(quantity, number, bytes, to: records)
      }
    }
    guard let alarms = cursor.take(SZY206Report.wordBytes), let state = cursor.take(SZY206Report.wordBytes),
      let label = cursor.take(labelBytes)
    else { return }
    records.add("alarms", word(alarms))
    records.add("state", word(state))
    addLabel(label, to: records)
  }

  /// The quantities of a sensor, how many sensors there are, and the length of the time label.
  private func layout() throws(Refusal) -> (quantities: [Quantity], sensors: Int, labelBytes: Int) {
    let words = 2 * SZY206Report.wordBytes
    for label in [SZY206Report.shortLabelBytes, SZY206Report.longLabelBytes] {
      let bytes = frame.data.count - words - label
      let quantities = try quantities(bytes)
      let width = quantities.reduce(0) { $0 + $1.bytes }
      if bytes >= width, bytes % width == 0 { return (quantities, bytes / width, label) }
    }
    throw Refusal(
      .malformed,
      "\(frame.data.count) bytes of AFN \(hexText(frame.function)) are no whole values of kind \(frame.kind), alarms, "
        + "state and time label")
  }

  private func quantities(_ bytes: Int) throws(Refusal) -> [Quantity] {
    let flow = Quantity(name: "flow", bytes: 5, decimals: 3, sign: .half)
    switch frame.kind {
    case 1: return [Quantity(name: "rain_mm", bytes: 3, decimals: 1)]
    case 2: return [Quantity(name: "level_m", bytes: 4, decimals: 3, sign: .half)]
    case 3 where bytes % 10 == 0: return [flow, Quantity(name: "volume_m3", bytes: 5, decimals: 0, sign: .bit)]
    case 3: return [flow]
    case 4: return [Quantity(name: "velocity_m_s", bytes: 3, decimals: 3, sign: .half)]
    default:
      throw Refusal(
        .malformed, "AFN \(hexText(frame.function)) is read with data of kind 1 to 4, the frame's is \(frame.kind)")
    }
  }

  private func add(
    _ quantity: Quantity, _ number: Int, _ bytes: UnsafeRawBufferPointer, to records: FieldRecords
  ) {
    let value = value(bytes, quantity.sign)
    if number == 1 {
      records.add(quantity.name, value, decimals: quantity.decimals)
    } else {
      records.add(numbered(quantity.name, number, in: records), value, decimals: quantity.decimals)
    }
  }

  private func value(_ bytes: UnsafeRawBufferPointer, _ sign: Sign) -> PackedNumber {
    if PackedNumber.isFilled(bytes, with: 0xAA) || PackedNumber.isFilled(bytes, with: 0xFF) { return .missing }
    guard sign != .none, let last = bytes.last else { return PackedNumber(bytes.reversed()) }
    let half = last >> 4
    // F stands for a minus alone; 8 is the sign's bit without a digit.
    guard half < 9 || sign == .bit || half == 0x0F else { return .noDecimals }
    let digit = sign == .half && half == 0x0F ? 0 : half & 0x07
    return withUnsafeTemporaryAllocation(byteCount: bytes.count, alignment: 1) { digits in
      digits.copyBytes(from: bytes)
      digits[bytes.count - 1] = digit << 4 | last & 0x0F
      let number = PackedNumber(UnsafeRawBufferPointer(digits).reversed())
      return half >= 8 ? number.negated : number
    }
  }

  /// `level_m_2` and so on; at most 99, since a frame has no more than 255 bytes.
  private func numbered(
    _ name: StaticString, _ number: Int, in records: FieldRecords
  ) -> UnsafeRawBufferPointer {
    let count = name.utf8CodeUnitCount
    return withUnsafeTemporaryAllocation(byteCount: count + 3, alignment: 1) { text in
      text.copyBytes(from: UnsafeBufferPointer(start: name.utf8Start, count: count))
      text[count] = UInt8(ascii: "_")
      var end = count + 1
      if number >= 10 {
        text[end] = UInt8(ascii: "0") + UInt8(number / 10 % 10)
        end += 1
      }
      text[end] = UInt8(ascii: "0") + UInt8(number % 10)
      return records.keep(text[...end])
    }
  }

  private func word(_ bytes: UnsafeRawBufferPointer) -> RawValue {
    .integer(bytes.reversed().reduce(0) { $0 << 8 | Int64($1) })
  }

  /// Second, minute, hour, day, then month and year in the long form, all packed decimals; the delay is binary.
  private func addLabel(_ label: UnsafeRawBufferPointer, to records: FieldRecords) {
    guard let delay = label.last else { return }
    if label.count == SZY206Report.longLabelBytes {
      records.setTime(
        FieldRecords.Time(
          ChinaTime.timestamp(
            year: label[5], month: label[4], day: label[3], hour: label[2], minute: label[1], second: label[0])))
    } else if label.count == SZY206Report.shortLabelBytes {
      let names: [StaticString] = ["second", "minute", "hour", "day"]
      for (name, packed) in zip(names, label) {
        records.add(name, PackedNumber(CollectionOfOne(packed)), decimals: 0)
      }
    }
    records.add("delay_min", .integer(Int64(delay)))
  }
}
