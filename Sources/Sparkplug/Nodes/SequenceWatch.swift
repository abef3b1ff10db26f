import Telemetry

/// Follows the numbers of one node's messages, 0 to 255 and again from 0, over births, data and deaths of its devices.
///
/// A number that is passed over may still come, on another way through a cluster of brokers; a number that comes twice
/// says nothing. What is missing when its number is used again, 256 messages later, is missing for good, and only a
/// birth mends that. Source: Eclipse Sparkplug 3.0, section 5.18 (reordering).
struct SequenceWatch: Equatable {
  private(set) var last: UInt8?
  private(set) var missing: NumberSet
  /// When a number was first passed over that has not come since.
  private(set) var missingSince: Timestamp?

  init(last: UInt8? = nil, missing: NumberSet = NumberSet(), missingSince: Timestamp? = nil) {
    self.last = last
    self.missing = missing
    self.missingSince = missingSince
  }

  /// A birth of the node has the number 0. Where that was passed over, one may have been, and aliases may mean other
  /// metrics than before. Not so where it alone is missing: there are nodes that keep it for births, and go on from 255
  /// with 1.
  var mayHaveMissedBirth: Bool { missing.contains(0) && (missing.contains(255) || missing.contains(1)) }

  /// A birth of the node: what was before does not matter any more.
  mutating func begin(at number: UInt8?) {
    self = SequenceWatch(last: number)
  }

  mutating func take(_ number: UInt8, at time: Timestamp) {
    guard let last else {
      self.last = number
      return
    }
    if number == last { return }
    if number != last &+ 1, missing.remove(number) {
      if missing.isEmpty { missingSince = nil }
      return
    }
    var passedOver = last &+ 1
    while passedOver != number {
      missing.insert(passedOver)
      missingSince = missingSince ?? time
      passedOver &+= 1
    }
    self.last = number
  }
}

// MARK: What is stored

extension SequenceWatch {
  init(_ stored: StoredSequence) {
    self.init(
      last: stored.hasLast ? UInt8(exactly: stored.last) : nil, missing: NumberSet(words: stored.missing),
      missingSince: stored.hasMissingSince ? Timestamp(microseconds: stored.missingSince) : nil)
  }

  var stored: StoredSequence {
    var stored = StoredSequence()
    if let last { stored.last = UInt32(last) }
    if let missingSince {
      stored.missing = missing.words
      stored.missingSince = missingSince.microseconds
    }
    return stored
  }
}

/// Numbers from 0 to 255.
struct NumberSet: Equatable {
  private var bits: SIMD4<UInt64> = .zero

  init() {}

  /// - Parameter words: of 64 numbers each; none, or four.
  init(words: [UInt64]) {
    for (index, word) in words.prefix(4).enumerated() { bits[index] = word }
  }

  var words: [UInt64] { (0..<4).map { bits[$0] } }

  var isEmpty: Bool { bits == .zero }

  func contains(_ number: UInt8) -> Bool { bits[Int(number >> 6)] & bit(number) != 0 }

  mutating func insert(_ number: UInt8) { bits[Int(number >> 6)] |= bit(number) }

  /// False where it was not in.
  mutating func remove(_ number: UInt8) -> Bool {
    guard contains(number) else { return false }
    bits[Int(number >> 6)] &= ~bit(number)
    return true
  }

  private func bit(_ number: UInt8) -> UInt64 { 1 << UInt64(number & 63) }
}
