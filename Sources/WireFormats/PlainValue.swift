/// A payload that is one value and nothing else, as `21.5`, `ON`, `21.5 °C`: the field `value`.
///
/// Blanks around it are no part of it. What is a decimal number is one; all else is a text.
public struct PlainValue: WireFormat {
  /// Longer ones are no single values.
  public static let longestBytes = 1024

  public init() {}

  public func read(_ payload: UnsafeRawBufferPointer, into records: FieldRecords) -> Refusal? {
    guard let first = payload.firstIndex(where: { $0 > 0x20 }), let last = payload.lastIndex(where: { $0 > 0x20 })
    else {
      return Refusal(.empty, "the payload has nothing but blanks")
    }
    let text = UnsafeRawBufferPointer(rebasing: payload[first...last])
    guard text.count <= PlainValue.longestBytes else {
      return Refusal(.malformed, "a single value has at most \(PlainValue.longestBytes) bytes, this one \(text.count)")
    }
    guard String(validating: text, as: UTF8.self) != nil else {
      return Refusal(.malformed, "the value is no UTF-8 text")
    }
    records.add("value", DecimalNumber.signedValue(text) ?? .text(text))
    return nil
  }
}
