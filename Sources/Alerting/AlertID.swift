import Telemetry

/// The name of an alert, of one of its transitions, or of a call: the same whenever the same thing is found again.
public struct AlertID: RawRepresentable, Hashable, Comparable, Sendable, CustomStringConvertible {
  /// The 64 bits.
  public let rawValue: UInt64

  public init(rawValue: UInt64) {
    self.rawValue = rawValue
  }

  /// Reads sixteen hexadecimal digits, as `text` writes them. Nil for anything else.
  public init?(text: some StringProtocol) {
    guard text.utf8.count == 16, text.utf8.allSatisfy({ Self.digits.contains($0) }),
      let number = UInt64(text, radix: 16)
    else { return nil }
    rawValue = number
  }

  private static let digits = Array("0123456789abcdef".utf8)

  /// Sixteen hexadecimal digits.
  public var text: String {
    let digits = String(rawValue, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }

  /// Its `text`.
  public var description: String { text }

  /// Of the alert's being taken on at a moment.
  public func acknowledged(at moment: Timestamp) -> AlertID {
    var hash = StableHash("acknowledged")
    hash.add(rawValue)
    hash.add(moment.microseconds)
    return AlertID(rawValue: hash.value)
  }

  public static func < (left: AlertID, right: AlertID) -> Bool { left.rawValue < right.rawValue }
}
