import Telemetry

/// The order of the bytes of a date, and the way from them to seconds.
struct CompiledTime {
  /// A byte's offset of each part; nil for a part that the format has not.
  private var offsets: [6 of Int?] = .init(repeating: nil)
  private var hasCentury = false
  private let isBinary: Bool
  private let zoneOffset: Int64
  private(set) var byteCount = 0

  private static let parts = ["YY", "MM", "DD", "hh", "mm", "ss"]

  /// Nil where the format is none.
  init?(_ time: LayoutTime) {
    isBinary = time.isBinary
    zoneOffset = time.zoneOffset
    var rest = Substring(time.format)
    while !rest.isEmpty {
      if rest.hasPrefix("ww") {
        rest = rest.dropFirst(2)
        byteCount += 1
        continue
      }
      guard let part = Self.parts.firstIndex(where: { rest.hasPrefix($0) }), offsets[part] == nil else { return nil }
      offsets[part] = byteCount
      let isLongYear = rest.hasPrefix("YYYY")
      if isLongYear { hasCentury = true }
      byteCount += isLongYear ? 2 : 1
      rest = rest.dropFirst(isLongYear ? 4 : 2)
    }
    guard offsets[0] != nil, offsets[1] != nil, offsets[2] != nil, byteCount <= 8 else { return nil }
  }

  /// Seconds since 1970 in UTC; nil where the bytes are no date.
  ///
  /// - Parameter bytes: `byteCount` of them.
  func seconds(_ bytes: UnsafeRawBufferPointer) -> Int64? {
    withUnsafeTemporaryAllocation(byteCount: 15, alignment: 1) { text in
      var digits = text.startIndex
      func put(_ number: UInt8) {
        text[digits] = 0x30 + number / 10
        text[digits + 1] = 0x30 + number % 10
        digits += 2
      }
      guard let year = self.year(bytes) else { return nil }
      put(UInt8(truncatingIfNeeded: year / 100))
      put(UInt8(truncatingIfNeeded: year % 100))
      for part in 1..<6 {
        guard let number = number(offsets[part], in: bytes, standing: part < 3 ? 1 : 0) else { return nil }
        put(number)
        if part == 2 {
          text[digits] = UInt8(ascii: "T")
          digits += 1
        }
      }
      return CivilTime.parse(UnsafeRawBufferPointer(text)).map { $0.wallSeconds - zoneOffset }
    }
  }

  /// At most 9999.
  private func year(_ bytes: UnsafeRawBufferPointer) -> Int? {
    guard let offset = offsets[0] else { return nil }
    if isBinary && hasCentury {
      let year = Int(bytes[offset]) << 8 | Int(bytes[offset + 1])
      return year <= 9999 ? year : nil
    }
    guard let high = number(offset, in: bytes, standing: 0) else { return nil }
    guard hasCentury else { return 2000 + Int(high) }
    guard let low = number(offset + 1, in: bytes, standing: 0) else { return nil }
    return Int(high) * 100 + Int(low)
  }

  /// 0–99; nil for what two digits do not say.
  private func number(_ offset: Int?, in bytes: UnsafeRawBufferPointer, standing: UInt8) -> UInt8? {
    guard let offset else { return standing }
    let byte = bytes[offset]
    if isBinary { return byte <= 99 ? byte : nil }
    guard byte >> 4 <= 9, byte & 0xF <= 9 else { return nil }
    return byte >> 4 * 10 + byte & 0xF
  }
}
