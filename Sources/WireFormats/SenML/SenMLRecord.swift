/// One record of a SenML pack as it is sent, whatever it is written in.
///
/// Of equal labels the first counts. A null stands for a field that is left out: writers that keep a place for every
/// field send it.
public struct SenMLRecord {
  private static let firstLabel = Int(SenMLLabel.baseSum.rawValue)

  private var values = InlineArray<15, RawValue>(repeating: .absent)
  /// A value stands there and is null.
  private(set) var hasNullValue = false

  public init() {}

  subscript(label: SenMLLabel) -> RawValue {
    get { values[SenMLRecord.index(label)] }
    set { values[SenMLRecord.index(label)] = newValue }
  }

  public mutating func set(_ label: SenMLLabel, _ value: RawValue) {
    guard self[label].isAbsent else { return }
    if case .null = value {
      if SenMLRecord.valueLabels.contains(label) { hasNullValue = true }
    } else {
      self[label] = value
    }
  }

  /// The same by a label's text; labels that nobody knows are passed over.
  ///
  /// - Throws: where the label is one that has to be understood.
  public mutating func set(_ label: UnsafeRawBufferPointer, _ value: RawValue) throws(Refusal) {
    if let known = SenMLLabel(text: label) { return set(known, value) }
    if label.last == UInt8(ascii: "_") {
      throw Refusal(.malformed, "the field \(label.quoted) has to be understood, as its '_' says, and is not known")
    }
  }

  static let valueLabels: [SenMLLabel] = [.value, .stringValue, .booleanValue, .dataValue]

  /// It is a measurement, and not only base fields for those behind it.
  var isMeasurement: Bool {
    !self[.name].isAbsent || !self[.unit].isAbsent || !self[.time].isAbsent || hasNullValue
  }

  private static func index(_ label: SenMLLabel) -> Int { Int(label.rawValue) - firstLabel }
}
