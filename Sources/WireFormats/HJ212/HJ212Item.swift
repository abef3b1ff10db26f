import Telemetry

/// `a34004-Rtd=207`: a name and what it is said to be.
struct HJ212Item {
  enum Kind {
    case value
    case flag
    case sampleTime
  }

  let name: UnsafeRawBufferPointer
  /// How many bytes of the name are the factor's code, before its `-`; 0 for a name without a factor.
  let codeCount: Int
  /// Without blanks around it, and without the `//` around a text.
  let text: UnsafeRawBufferPointer
  /// Where the name begins in the payload.
  let offset: Int
  /// True where a `;`, or nothing, stands before it.
  let opensGroup: Bool
  /// False where a separator is missing and nobody can tell where the value ends.
  let isWhole: Bool
  let kind: Kind

  init(
    name: UnsafeRawBufferPointer, codeCount: Int, text: UnsafeRawBufferPointer, offset: Int, opensGroup: Bool,
    isWhole: Bool
  ) {
    self.name = name
    self.codeCount = codeCount
    self.text = text
    self.offset = offset
    self.opensGroup = opensGroup
    self.isWhole = isWhole
    kind = codeCount == 0 ? .value : HJ212Item.kind(UnsafeRawBufferPointer(rebasing: name[(codeCount + 1)...]))
  }

  private static func kind(_ suffix: UnsafeRawBufferPointer) -> Kind {
    switch suffix.count {
    case 4 where HJ212Name.isSame(suffix, "Flag"): .flag
    case 10 where HJ212Name.isSame(suffix, "SampleTime"): .sampleTime
    default: .value
    }
  }

  var code: UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: name[..<codeCount]) }

  /// The value as a number where it is one and may be one, else as a text, and what is wrong with it.
  func value(mayBeNumber: Bool) -> (value: RawValue, quality: Quality) {
    if !isWhole { return (.null, .type) }
    if text.isEmpty { return (.null, .missing) }
    guard mayBeNumber, let number = DecimalNumber.signedValue(text) else { return (.text(text), .good) }
    if case .unheld = number { return (number, .overflow) }
    return (number, .good)
  }
}
