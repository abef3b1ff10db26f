/// Names of HJ 212 in one spelling, however a device writes them.
///
/// Source: HJ 212-2017 §6 (header and data area), annex B (codes); HJ/T 212-2005 annex B.
enum HJ212Name {
  /// What a header field is called in the standard, and whether it counts something; nil for names that it does not
  /// have.
  static func header(_ name: UnsafeRawBufferPointer) -> (name: StaticString, isNumber: Bool)? {
    guard let first = name.first else { return nil }
    let candidate: (name: StaticString, isNumber: Bool)?
    switch (name.count, first | 0x20) {
    case (2, UInt8(ascii: "q")): candidate = ("QN", false)
    case (2, UInt8(ascii: "s")): candidate = ("ST", false)
    case (2, UInt8(ascii: "c")): candidate = ("CN", false)
    case (2, UInt8(ascii: "m")): candidate = ("MN", false)
    case (4, UInt8(ascii: "f")): candidate = ("Flag", true)
    case (4, UInt8(ascii: "p")): candidate = ("PNUM", true)
    case (3, UInt8(ascii: "p")): candidate = ("PNO", true)
    default: candidate = nil
    }
    return candidate.flatMap { isSame(name, $0.name) ? $0 : nil }
  }

  /// What a factor's value is called in the standard; nil for suffixes that it does not have.
  static func knownSuffix(_ suffix: UnsafeRawBufferPointer) -> StaticString? {
    guard suffix.count >= 3 else { return nil }
    let candidate: StaticString?
    switch (suffix.count, suffix[0] | 0x20, suffix[suffix.count - 1] | 0x20) {
    case (3, UInt8(ascii: "r"), _): candidate = "Rtd"
    case (3, UInt8(ascii: "a"), _): candidate = "Avg"
    case (3, UInt8(ascii: "c"), _): candidate = "Cou"
    case (3, UInt8(ascii: "m"), UInt8(ascii: "n")): candidate = "Min"
    case (3, UInt8(ascii: "m"), _): candidate = "Max"
    case (4, UInt8(ascii: "f"), _): candidate = "Flag"
    case (4, UInt8(ascii: "i"), _): candidate = "Info"
    case (5, UInt8(ascii: "e"), _): candidate = "EFlag"
    case (5, UInt8(ascii: "z"), UInt8(ascii: "d")): candidate = "ZsRtd"
    case (5, UInt8(ascii: "z"), UInt8(ascii: "g")): candidate = "ZsAvg"
    case (5, UInt8(ascii: "z"), UInt8(ascii: "n")): candidate = "ZsMin"
    case (5, UInt8(ascii: "z"), UInt8(ascii: "x")): candidate = "ZsMax"
    case (10, UInt8(ascii: "s"), _): candidate = "SampleTime"
    default: candidate = nil
    }
    return candidate.flatMap { isSame(suffix, $0) ? $0 : nil }
  }

  /// `PW` in the header, `NewPW` where a new one is set.
  static func isSecret(_ name: UnsafeRawBufferPointer) -> Bool {
    name.count >= 2 && isSame(UnsafeRawBufferPointer(rebasing: name[(name.count - 2)...]), "PW")
  }

  /// Whether two names differ in nothing but capital and small letters.
  static func isSame(_ name: UnsafeRawBufferPointer, _ other: StaticString) -> Bool {
    isSame(name, UnsafeRawBufferPointer(start: other.utf8Start, count: other.utf8CodeUnitCount))
  }

  @inline(__always)
  static func isSame(_ name: UnsafeRawBufferPointer, _ other: UnsafeRawBufferPointer) -> Bool {
    guard name.count == other.count else { return false }
    for index in 0..<name.count where name[index] != other[index] && small(name[index]) != small(other[index]) {
      return false
    }
    return true
  }

  /// A factor's code in its one spelling: the bytes themselves where they are in it already.
  static func code(_ code: UnsafeRawBufferPointer, in records: FieldRecords) -> UnsafeRawBufferPointer {
    let casing = casing(of: code)
    if code.allSatisfy({ casing.applied(to: $0) == $0 }) { return code }
    return records.keep(code.lazy.map { casing.applied(to: $0) })
  }

  /// `a34004-Rtd` of its two parts, which stand in `name` with a byte between them.
  static func factor(
    _ name: UnsafeRawBufferPointer, codeCount: Int, in records: FieldRecords
  ) -> UnsafeRawBufferPointer {
    let code = UnsafeRawBufferPointer(rebasing: name[..<codeCount])
    let suffix = UnsafeRawBufferPointer(rebasing: name[(codeCount + 1)...])
    let casing = casing(of: code)
    let known = knownSuffix(suffix)
    let isKnown = known.map { isExact(suffix, $0) } ?? true
    if isKnown, code.allSatisfy({ casing.applied(to: $0) == $0 }) { return name }
    return records.keep(
      name.indices.lazy.map { index in
        if index < codeCount { return casing.applied(to: name[index]) }
        if index > codeCount, let known { return known.utf8Start[index - codeCount - 1] }
        return name[index]
      })
  }

  private enum Casing {
    case small
    case capital
    case asItIs

    @inline(__always)
    func applied(to byte: UInt8) -> UInt8 {
      guard HJ212Name.isLetter(byte) else { return byte }
      return switch self {
      case .small: byte | 0x20
      case .capital: byte & ~0x20
      case .asItIs: byte
      }
    }
  }

  /// Small for a letter and digits: five of them in the standard, at least three in what devices make of it. Two make a
  /// code of 2005. Bytes of Chinese characters may look like letters, and so nothing is changed beside them.
  private static func casing(of code: UnsafeRawBufferPointer) -> Casing {
    if code.contains(where: { $0 >= 0x80 }) { return .asItIs }
    guard code.count > 3, isLetter(code[0]), code[1] &- 0x30 <= 9, code[2] &- 0x30 <= 9, code[3] &- 0x30 <= 9
    else { return .capital }
    return .small
  }

  private static func isExact(_ name: UnsafeRawBufferPointer, _ other: StaticString) -> Bool {
    for index in 0..<name.count where name[index] != other.utf8Start[index] { return false }
    return true
  }

  static func isLetter(_ byte: UInt8) -> Bool { (byte | 0x20) &- UInt8(ascii: "a") < 26 }

  private static func small(_ byte: UInt8) -> UInt8 { isLetter(byte) ? byte | 0x20 : byte }
}
