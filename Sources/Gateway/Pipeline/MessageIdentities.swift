import Storage
import Telemetry

/// What devices called their messages lately, so that a message sent again is known.
///
/// Invariants
/// - An id is known until `horizon` has passed since its message was received, by times of receipt, and as long as no
///   `limit` newer ones have come: readings alone decide, so that a replay decides the same.
/// - `unsaved` and `forgotten` are what the next checkpoint has to write.
struct MessageIdentities {
  private struct Key: Hashable {
    let deviceID: Int64
    let hash: UInt64
  }

  private let horizon: Duration
  private let limit: Int
  private var known: Set<Key> = []
  /// In the order of receipt; those before `first` are forgotten.
  private var order: [MessageIdentity] = []
  private var first = 0
  private var savedCount: Int
  /// Ids that went before their time, because there were too many.
  private(set) var crowdedOut: Int64 = 0

  /// - Parameter stored: in the order of receipt.
  init(_ stored: [MessageIdentity], horizon: Duration, limit: Int) {
    self.horizon = horizon
    self.limit = limit
    order = stored
    savedCount = stored.count
    for identity in stored { known.insert(Key(deviceID: identity.deviceID, hash: identity.hash)) }
  }

  /// Ids that are known.
  var count: Int { known.count }

  /// Takes a message's id in.
  ///
  /// - Returns: false where it is known already.
  mutating func insert(_ identity: MessageIdentity) -> Bool {
    forget(before: identity.receivedAt - horizon)
    guard known.insert(Key(deviceID: identity.deviceID, hash: identity.hash)).inserted else { return false }
    order.append(identity)
    if known.count > limit {
      forgetFirst()
      crowdedOut += 1
    }
    return true
  }

  private mutating func forget(before moment: Timestamp) {
    while first < order.count, order[first].receivedAt < moment { forgetFirst() }
  }

  private mutating func forgetFirst() {
    known.remove(Key(deviceID: order[first].deviceID, hash: order[first].hash))
    first += 1
  }

  /// Ids that are not in the store yet.
  var unsaved: [MessageIdentity] { Array(order[max(first, savedCount)...]) }

  /// How many of the oldest ids in the store are forgotten.
  var forgotten: Int { min(first, savedCount) }

  /// To be called once the changes are in the store.
  mutating func saved() {
    guard first > 0 || savedCount < order.count else { return }
    order.removeFirst(first)
    first = 0
    savedCount = order.count
  }
}
