/// What a field of a SenML record is. The raw values are the labels of CBOR.
///
/// Source: RFC 8428, sections 4.3 and 6.
public enum SenMLLabel: Int64, CaseIterable, Sendable {
  case baseSum = -6
  case baseValue
  case baseUnit
  case baseTime
  case baseName
  case baseVersion
  case name
  case unit
  case value
  case stringValue
  case booleanValue
  case sum
  case time
  case updateTime
  case dataValue

  /// Nil for a label that RFC 8428 does not have.
  ///
  /// - Parameter text: as JSON has it: `bn`, `n`, `v` and so on.
  public init?(text: UnsafeRawBufferPointer) {
    guard text.count == 1 || text.count == 2 else {
      guard text.elementsEqual("bver".utf8) else { return nil }
      self = .baseVersion
      return
    }
    let label =
      switch (text[0], text[text.count - 1], text.count) {
      case (UInt8(ascii: "b"), let second, 2): SenMLLabel.base(second)
      case (UInt8(ascii: "v"), let second, 2): SenMLLabel.valueOfType(second)
      case (UInt8(ascii: "u"), UInt8(ascii: "t"), 2): SenMLLabel.updateTime
      case (let only, _, 1): SenMLLabel.regular(only)
      default: SenMLLabel?.none
      }
    guard let label else { return nil }
    self = label
  }

  private static func regular(_ letter: UInt8) -> SenMLLabel? {
    switch letter {
    case UInt8(ascii: "n"): .name
    case UInt8(ascii: "u"): .unit
    case UInt8(ascii: "v"): .value
    case UInt8(ascii: "s"): .sum
    case UInt8(ascii: "t"): .time
    default: nil
    }
  }

  private static func base(_ letter: UInt8) -> SenMLLabel? {
    switch letter {
    case UInt8(ascii: "n"): .baseName
    case UInt8(ascii: "u"): .baseUnit
    case UInt8(ascii: "v"): .baseValue
    case UInt8(ascii: "s"): .baseSum
    case UInt8(ascii: "t"): .baseTime
    default: nil
    }
  }

  private static func valueOfType(_ letter: UInt8) -> SenMLLabel? {
    switch letter {
    case UInt8(ascii: "s"): .stringValue
    case UInt8(ascii: "b"): .booleanValue
    case UInt8(ascii: "d"): .dataValue
    default: nil
    }
  }

  /// How a sentence names it.
  var text: StaticString {
    switch self {
    case .baseSum: "bs"
    case .baseValue: "bv"
    case .baseUnit: "bu"
    case .baseTime: "bt"
    case .baseName: "bn"
    case .baseVersion: "bver"
    case .name: "n"
    case .unit: "u"
    case .value: "v"
    case .stringValue: "vs"
    case .booleanValue: "vb"
    case .sum: "s"
    case .time: "t"
    case .updateTime: "ut"
    case .dataValue: "vd"
    }
  }
}
