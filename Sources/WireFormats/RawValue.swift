/// A value as it stands in a payload, before a profile says what it means.
///
/// Texts point into the payload, or into the reader that found them, and live until its next message.
public enum RawValue {
  /// Nothing stands there.
  case absent
  case null
  case boolean(Bool)
  case integer(Int64)
  /// A whole number beyond those of `integer`.
  case unsigned(UInt64)
  case double(Double)
  case text(UnsafeRawBufferPointer)
  case list
  case object
  /// A number that the format allows and no 64-bit integer or double holds, such as 1e999.
  case unheld

  public var isAbsent: Bool { if case .absent = self { true } else { false } }

  /// The bytes of a text; nil for any other value.
  public var text: UnsafeRawBufferPointer? { if case .text(let bytes) = self { bytes } else { nil } }
}
