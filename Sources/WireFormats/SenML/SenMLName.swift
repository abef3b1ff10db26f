/// What of a record's name is the device, and what is measured.
///
/// A base name and a name part it themselves: `urn:dev:ow:10e2073a01080063:` and `voltage`. Where only one of them is
/// there, it is parted behind its last `:` or `/`, but for the beginning of a URN, which says what kind of id follows:
/// `urn:dev:ow:10e2073a01080063` is a device and nothing else. Separators at a device's end are no part of it.
///
/// Source: RFC 8428, section 4.5.1; RFC 9039 for `urn:dev:`.
struct SenMLName {
  /// Empty where the name has none.
  let device: UnsafeRawBufferPointer
  /// What is measured; empty where the name has none.
  let metric: UnsafeRawBufferPointer

  init(base: UnsafeRawBufferPointer, name: UnsafeRawBufferPointer) {
    guard base.isEmpty || name.isEmpty else {
      device = SenMLName.withoutSeparators(base)
      metric = name
      return
    }
    let whole = base.isEmpty ? name : base
    let trimmed = SenMLName.withoutSeparators(whole)
    let prefix = SenMLName.prefixBytes(of: trimmed)
    if trimmed.count < whole.count {
      (device, metric) = (trimmed, .nothing)
    } else if let separator = trimmed[prefix...].lastIndex(where: SenMLName.isSeparator) {
      device = SenMLName.withoutSeparators(trimmed.part(0..<separator))
      metric = trimmed.part(separator + 1..<trimmed.count)
    } else if prefix > 0 {
      (device, metric) = (trimmed, .nothing)
    } else {
      (device, metric) = (.nothing, trimmed)
    }
  }

  /// A device's last part: `10e2073a01080063` of `urn:dev:ow:10e2073a01080063`.
  static func id(of device: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
    let end = device.lastIndex(where: isSeparator).map { $0 + 1 } ?? 0
    return device.part(end..<device.count)
  }

  private static func isSeparator(_ byte: UInt8) -> Bool { byte == UInt8(ascii: ":") || byte == UInt8(ascii: "/") }

  private static func withoutSeparators(_ name: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
    name.part(0..<(name.lastIndex { !isSeparator($0) }.map { $0 + 1 } ?? 0))
  }

  /// The bytes of `urn:imei:` or `urn:dev:mac:`; 0 where the name is no URN.
  private static func prefixBytes(of name: UnsafeRawBufferPointer) -> Int {
    let colons = name.starts(with: "urn:dev:".utf8) ? 3 : name.starts(with: "urn:".utf8) ? 2 : 0
    var end = 0
    for _ in 0..<colons {
      guard let colon = name[end...].firstIndex(of: UInt8(ascii: ":")) else { return name.count }
      end = colon + 1
    }
    return end
  }
}
