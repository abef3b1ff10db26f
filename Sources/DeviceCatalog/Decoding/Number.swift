/// A number as it stands in a payload: whole numbers of 64 bits exactly, anything else as a double.
///
/// `value` is the nearest double; `remainder` is what it lacks to a whole number beyond 2^53, and 0 otherwise. Both
/// together are exact, since no 64-bit integer is further than 1,024 from its nearest double.
public struct Number: Equatable, Sendable {
  public let value: Double
  public let remainder: Double

  @inline(__always)
  static var zero: Number { Number(0.0) }

  @inline(__always)
  public init(_ value: Double) {
    self.value = value
    remainder = 0
  }

  @inline(__always)
  init(_ integer: Int64) {
    value = Double(integer)
    remainder = integer.magnitude <= 1 << 53 ? 0 : Double(Int128(integer) - Int128(value))
  }

  @inline(__always)
  init(_ integer: UInt64) {
    value = Double(integer)
    remainder = integer <= 1 << 53 ? 0 : Double(Int128(integer) - Int128(value))
  }

  /// Nil for a text that is no finite number.
  init?(_ text: String) {
    if let integer = Int64(text) {
      self.init(integer)
    } else if let integer = UInt64(text) {
      self.init(integer)
    } else if let value = Double(text), value.isFinite {
      self.init(value)
    } else {
      return nil
    }
  }

  /// The shortest decimal that reads back as this number; whole numbers without a fraction.
  public var text: String {
    if remainder != 0 { return String(Int128(value) + Int128(remainder)) }
    return Int64(exactly: value).map(String.init) ?? "\(value)"
  }
}
