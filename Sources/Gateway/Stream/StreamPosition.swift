import Foundation
import Telemetry

/// How far a client has come, as the id of each event says it and `Last-Event-ID` brings it back:
/// `CLOSED.SEQUENCE.INDEX.TRANSITION` in decimal digits, or with `.MARK`, eight hexadecimal digits.
struct StreamPosition: Equatable, Sendable {
  /// Windows that end by then have been told; seconds since 1970.
  var closedThrough: Int64
  /// The next reading to be told stands here or behind it.
  var place: StreamPlace
  /// Transitions of alerts up to this place have been told.
  var transition: Int64
  /// Of the last point that was told of the windows that are being told; nil between them.
  var mark: UInt32?

  init(closedThrough: Int64, place: StreamPlace, transition: Int64, mark: UInt32? = nil) {
    self.closedThrough = closedThrough
    self.place = place
    self.transition = transition
    self.mark = mark
  }

  var text: String {
    let plain = "\(closedThrough).\(place.text).\(transition)"
    guard let mark else { return plain }
    let digits = String(mark, radix: 16)
    return "\(plain).\(String(repeating: "0", count: 8 - digits.count))\(digits)"
  }

  /// - Parameter text: an id.
  /// - Throws: `QueryError` for what is none.
  init(_ text: String) throws(QueryError) {
    let parts = text.split(separator: ".", omittingEmptySubsequences: false)
    guard (4...5).contains(parts.count), let closed = Self.decimal(parts[0], Int64.self),
      Timestamp.accepted.contains(seconds: closed), let sequence = Self.decimal(parts[1], UInt64.self),
      sequence <= UInt64(Int64.max), let index = Self.decimal(parts[2], UInt32.self), index < UInt32.max,
      let transition = Self.decimal(parts[3], Int64.self)
    else { throw Self.malformed(text) }
    self.init(closedThrough: closed, place: StreamPlace(sequence: sequence, index: index), transition: transition)
    guard parts.count == 5 else { return }
    guard parts[4].utf8.count == 8, parts[4].utf8.allSatisfy({ Self.hexadecimalDigits.contains($0) }),
      let mark = UInt32(parts[4], radix: 16)
    else { throw Self.malformed(text) }
    self.mark = mark
  }

  private static let hexadecimalDigits = Set("0123456789abcdef".utf8)

  /// Digits alone, as they are written: no sign, no zero in front.
  private static func decimal<Number: FixedWidthInteger>(_ text: Substring, _: Number.Type) -> Number? {
    guard let number = Number(text), "\(number)" == text, number >= 0 else { return nil }
    return number
  }

  private static func malformed(_ text: String) -> QueryError {
    QueryError("Last-Event-ID '\(text.prefix(64))' is no id of this stream; send the last one as it came, or none")
  }
}

extension ClosedRange<Timestamp> {
  fileprivate func contains(seconds: Int64) -> Bool {
    (lowerBound.seconds...upperBound.seconds).contains(seconds)
  }
}
