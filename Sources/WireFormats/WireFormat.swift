/// A format whose payloads hold named values, in records of one time each.
///
/// A pure function from bytes to records: no clock, no state, no memory of earlier messages. Whatever the bytes are, it
/// does not trap, and its work is bounded by their number.
public protocol WireFormat: Sendable {
  /// Records may have times of their own, so that a reading can be told from its repeats by them.
  var hasTimes: Bool { get }

  /// Numbers may have units of their own, which are then converted to those of a profile.
  var hasUnits: Bool { get }

  /// Reads one payload.
  ///
  /// - Parameters:
  ///   - payload: need live no longer than what is read into `records`.
  ///   - records: gets the values; it is empty before.
  /// - Returns: nil where the payload is good, else why all of it is refused; then `records` counts for nothing.
  func read(_ payload: UnsafeRawBufferPointer, into records: FieldRecords) -> Refusal?
}

extension WireFormat {
  public var hasTimes: Bool { false }

  public var hasUnits: Bool { false }
}
