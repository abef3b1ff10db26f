/// A date and time of day as it is written in ISO 8601, before it is known what moment it names.
///
/// Source: ISO 8601-1:2019, RFC 3339. Proleptic Gregorian calendar.
public struct CivilTime: Equatable, Sendable {
  /// Seconds since 1970-01-01T00:00:00 of the same wall clock.
  public var wallSeconds: Int64
  public var microseconds: Int64
  /// Seconds east of UTC; nil where the text has no zone.
  public var zoneOffset: Int64?

  /// The moment, or nil where it is outside the accepted years.
  ///
  /// - Parameter zoneOffset: seconds east of UTC at a wall clock time, for texts without a zone.
  public func timestamp(zoneOffset standing: (Int64) -> Int64) -> Timestamp? {
    let seconds = wallSeconds - (zoneOffset ?? standing(wallSeconds))
    let moment = Timestamp(microseconds: seconds * 1_000_000 + microseconds)
    return Timestamp.accepted.contains(moment) ? moment : nil
  }

  /// Reads `2026-11-21T08:00:00.123+08:00`, with a blank or `t` for the `T`, a comma for the point, without zone, and
  /// the basic form `20261121T080000Z`. Digits behind the microseconds are cut off. Nil for anything else.
  public static func parse(_ text: UnsafeRawBufferPointer) -> CivilTime? {
    var reader = DigitReader(text)
    guard let year = reader.digits(4) else { return nil }
    let isExtended = reader.take(UInt8(ascii: "-"))
    guard let month = reader.digits(2), !isExtended || reader.take(UInt8(ascii: "-")), let day = reader.digits(2),
      reader.take(UInt8(ascii: "T")) || reader.take(UInt8(ascii: "t")) || reader.take(UInt8(ascii: " ")),
      let hour = reader.digits(2), !isExtended || reader.take(UInt8(ascii: ":")), let minute = reader.digits(2),
      !isExtended || reader.take(UInt8(ascii: ":")), let second = reader.digits(2)
    else { return nil }
    guard year >= 1, (1...12).contains(month), day >= 1, day <= daysInMonth(month, of: year),
      hour < 24, minute < 60, second <= 60
    else { return nil }
    var microseconds: Int64 = 0
    if reader.take(UInt8(ascii: ".")) || reader.take(UInt8(ascii: ",")) {
      guard let fraction = reader.fraction() else { return nil }
      microseconds = fraction
    }
    guard let zone = reader.zone(), reader.isAtEnd else { return nil }
    let wall = daysSince1970(year: year, month: month, day: day) * 86400 + hour * 3600 + minute * 60 + second
    return CivilTime(wallSeconds: wall, microseconds: microseconds, zoneOffset: zone.offset)
  }

  /// The wall clock of a moment at an offset from UTC.
  public init(_ moment: Timestamp, zoneOffset: Int64) {
    let seconds = moment.seconds
    wallSeconds = seconds + zoneOffset
    microseconds = moment.microseconds - seconds * 1_000_000
    self.zoneOffset = zoneOffset
  }

  init(wallSeconds: Int64, microseconds: Int64, zoneOffset: Int64?) {
    self.wallSeconds = wallSeconds
    self.microseconds = microseconds
    self.zoneOffset = zoneOffset
  }

  /// RFC 3339 with the zone, and with a fraction where there is one: `2026-11-21T08:00:00.25+08:00`.
  public var text: String {
    String(unsafeUninitializedCapacity: CivilTime.longestTextBytes) { write(into: $0) }
  }

  /// Writes the same; answers have thousands of them.
  ///
  /// - Parameter bytes: room for `longestTextBytes`.
  /// - Returns: how many there are.
  public func write(into bytes: UnsafeMutableBufferPointer<UInt8>) -> Int {
    let days = (wallSeconds >= 0 ? wallSeconds : wallSeconds - 86399) / 86400
    let second = wallSeconds - days * 86400
    let date = CivilTime.date(daysSince1970: days)
    var digits = DigitWriter(bytes)
    digits.put(date.year, width: 4)
    digits.put("-", date.month)
    digits.put("-", date.day)
    digits.put("T", second / 3600)
    digits.put(":", second / 60 % 60)
    digits.put(":", second % 60)
    if microseconds > 0 { digits.putFraction(microseconds) }
    if let zoneOffset, zoneOffset != 0 {
      digits.put(zoneOffset < 0 ? "-" : "+", abs(zoneOffset) / 3600)
      digits.put(":", abs(zoneOffset) / 60 % 60)
    } else {
      digits.put("Z")
    }
    return digits.count
  }

  /// `2026-11-21T08:00:00.123456+08:00`, with room for years beyond four digits.
  public static let longestTextBytes = 48

  /// The inverse of `daysSince1970`.
  package static func date(daysSince1970 days: Int64) -> (year: Int64, month: Int64, day: Int64) {
    let fromMarch = days + 719_468
    let era = (fromMarch >= 0 ? fromMarch : fromMarch - 146_096) / 146_097
    let dayOfEra = fromMarch - era * 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let monthFromMarch = (5 * dayOfYear + 2) / 153
    let month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
    let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    return (year, month, dayOfYear - (153 * monthFromMarch + 2) / 5 + 1)
  }

  package static func daysInMonth(_ month: Int64, of year: Int64) -> Int64 {
    switch month {
    case 2: (year % 4 == 0 && year % 100 != 0) || year % 400 == 0 ? 29 : 28
    case 4, 6, 9, 11: 30
    default: 31
    }
  }

  /// Days from 1970-01-01, by counting years from March so that the leap day comes last.
  package static func daysSince1970(year: Int64, month: Int64, day: Int64) -> Int64 {
    let marchYear = month > 2 ? year : year - 1
    let monthFromMarch = (month + 9) % 12
    let leapDays = marchYear / 4 - marchYear / 100 + marchYear / 400
    let dayOfYear = (153 * monthFromMarch + 2) / 5 + day - 1
    // 719,468 days lie between 0000-03-01 and 1970-01-01.
    return marchYear * 365 + leapDays + dayOfYear - 719_468
  }
}

/// Writes digits into bytes that have room for them.
private struct DigitWriter {
  private let bytes: UnsafeMutableBufferPointer<UInt8>
  private(set) var count = 0

  init(_ bytes: UnsafeMutableBufferPointer<UInt8>) {
    self.bytes = bytes
  }

  mutating func put(_ character: Unicode.Scalar) {
    bytes[count] = UInt8(ascii: character)
    count += 1
  }

  /// A number of at least two digits behind a character.
  mutating func put(_ character: Unicode.Scalar, _ number: Int64) {
    put(character)
    put(number, width: 2)
  }

  /// A number with zeros before it.
  mutating func put(_ number: Int64, width: Int) {
    var magnitude = number.magnitude
    if number < 0 { put("-") }
    var length = width
    var limit: UInt64 = 1
    for _ in 0..<width { limit *= 10 }
    while magnitude >= limit {
      length += 1
      limit *= 10
    }
    for place in stride(from: count + length - 1, through: count, by: -1) {
      bytes[place] = UInt8(ascii: "0") + UInt8(magnitude % 10)
      magnitude /= 10
    }
    count += length
  }

  /// Millionths behind a point, without zeros at the end.
  mutating func putFraction(_ millionths: Int64) {
    put(".")
    put(millionths, width: 6)
    while bytes[count - 1] == UInt8(ascii: "0") { count -= 1 }
  }
}

/// Walks over ASCII digits.
private struct DigitReader {
  private let text: UnsafeRawBufferPointer
  private var position = 0

  init(_ text: UnsafeRawBufferPointer) { self.text = text }

  var isAtEnd: Bool { position == text.count }

  mutating func take(_ byte: UInt8) -> Bool {
    guard position < text.count, text[position] == byte else { return false }
    position += 1
    return true
  }

  private mutating func digit() -> Int64? {
    guard position < text.count, text[position] >= 0x30, text[position] <= 0x39 else { return nil }
    defer { position += 1 }
    return Int64(text[position] - 0x30)
  }

  mutating func digits(_ count: Int) -> Int64? {
    var value: Int64 = 0
    for _ in 0..<count {
      guard let digit = digit() else { return nil }
      value = value * 10 + digit
    }
    return value
  }

  /// Microseconds of one to any number of digits behind the point.
  mutating func fraction() -> Int64? {
    guard var value = digit() else { return nil }
    var places = 1
    while let digit = digit() {
      if places < 6 { value = value * 10 + digit }
      places += 1
    }
    while places < 6 {
      value *= 10
      places += 1
    }
    return value
  }

  /// `Z`, `±hh:mm`, `±hhmm`, `±hh` or nothing; nil for anything else.
  mutating func zone() -> (offset: Int64?, Void)? {
    if isAtEnd { return (nil, ()) }
    if take(UInt8(ascii: "Z")) || take(UInt8(ascii: "z")) { return (0, ()) }
    let isEast = take(UInt8(ascii: "+"))
    guard isEast || take(UInt8(ascii: "-")), let hours = digits(2), hours < 24 else { return nil }
    var minutes: Int64 = 0
    if take(UInt8(ascii: ":")) || !isAtEnd {
      guard let value = digits(2), value < 60 else { return nil }
      minutes = value
    }
    return ((isEast ? 1 : -1) * (hours * 3600 + minutes * 60), ())
  }
}
