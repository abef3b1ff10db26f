import DeviceCatalog
import Foundation
import Ingest
import Storage

/// The dead letters of which the store does not know yet: new ones, and those that were taken out to be read again.
///
/// Invariant: a letter is taken out once, whether it is in the store or only here; put back it can be taken out again.
struct DeadLetterBox {
  private var kept: [UInt64: DeadLetter] = [:]
  private var takenOut: Set<UInt64> = []
  /// Of topics and payloads in memory.
  private(set) var bytes = 0

  /// New ones, in the order of their ids.
  var unsaved: [DeadLetter] { kept.values.sorted { $0.id < $1.id } }

  /// Those of the store that are there no more, or not as they were.
  var opened: [UInt64] { takenOut.sorted() }

  mutating func put(_ letter: DeadLetter) {
    kept[letter.id] = letter
    bytes += letter.topic.count + letter.payload.count
  }

  /// Takes a letter out.
  ///
  /// - Parameter stored: what the store knows of a letter.
  /// - Returns: nil where there is none.
  mutating func open<Failure: Error>(
    _ id: UInt64, stored: (UInt64) throws(Failure) -> LetterAccount?
  ) throws(Failure) -> LetterAccount? {
    if let letter = kept.removeValue(forKey: id) {
      bytes -= letter.topic.count + letter.payload.count
      return LetterAccount(route: letter.route, reason: letter.reason)
    }
    guard !takenOut.contains(id), let account = try stored(id) else { return nil }
    takenOut.insert(id)
    return account
  }

  /// To be called once the changes are in the store.
  mutating func saved() { self = DeadLetterBox() }
}

extension DeadLetter {
  /// A message as it came, with the reason why it was not taken in.
  init(_ message: RingMessage, profile: String?, _ refusal: PayloadDecoder.Refusal, route: String) {
    let frame = message.frame
    self.init(
      id: frame.letterID ?? message.sequence, receivedAt: frame.receivedAt, topic: Data(frame.topic),
      payload: Data(frame.payload), qos: frame.flags.contains(.qos1) ? 1 : 0,
      isRetained: frame.flags.contains(.retained), profile: profile, reason: refusal.reason, detail: refusal.detail,
      route: route)
  }
}
