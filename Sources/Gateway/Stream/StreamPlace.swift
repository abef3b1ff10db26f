/// A place in the order in which readings are taken in: that of a reading itself, or where to go on.
///
/// It is made of the journal's numbers alone, so that it means the same after a restart.
struct StreamPlace: Comparable, Sendable {
  /// Of the message, in the journal.
  var sequence: UInt64 = 0
  /// Of the reading among those of its message, repeats counted.
  var index: UInt32 = 0

  /// Behind a whole message.
  static func behind(_ sequence: UInt64) -> StreamPlace { StreamPlace(sequence: sequence + 1) }

  /// Behind this reading.
  var next: StreamPlace { StreamPlace(sequence: sequence, index: index + 1) }

  var text: String { "\(sequence).\(index)" }

  static func < (left: StreamPlace, right: StreamPlace) -> Bool {
    (left.sequence, left.index) < (right.sequence, right.index)
  }
}
