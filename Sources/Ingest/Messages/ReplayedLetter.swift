import DurableSQLite
import Foundation
import Telemetry

/// A dead letter that is to be read again.
public struct ReplayedLetter: Sendable {
  public var id: UInt64
  public var topic: Data
  public var payload: Data
  /// When the message came first.
  public var receivedAt: Timestamp
  public var isQoS1: Bool
  public var isRetained: Bool

  public init(
    id: UInt64, topic: Data, payload: Data, receivedAt: Timestamp, isQoS1: Bool, isRetained: Bool
  ) {
    self.id = id
    self.topic = topic
    self.payload = payload
    self.receivedAt = receivedAt
    self.isQoS1 = isQoS1
    self.isRetained = isRetained
  }

  /// Bytes of its frame.
  public var frameBytes: Int { MessageFrame.headerBytes + topic.count + payload.count }

  /// Calls `body` with the message as it goes into the journal.
  func withMessage<Value>(_ body: (borrowing IncomingMessage, _ topicHash: UInt64) -> Value) -> Value {
    var flags: MessageFrame.Flags = .replayed
    if isQoS1 { flags.insert(.qos1) }
    if isRetained { flags.insert(.retained) }
    return topic.withUnsafeBytes { topic in
      payload.withUnsafeBytes { payload in
        body(
          IncomingMessage(
            topic: topic, payload: payload, receivedAt: receivedAt, contentHash: id, packetID: 0, flags: flags),
          ContentHash.of(topic))
      }
    }
  }
}

extension Journal {
  /// Commits letters where no session runs, and publishes them in an empty ring.
  public func append(_ letters: [ReplayedLetter], through ring: MessageRing, applied: UInt64) throws(DatabaseFailure) {
    for letter in letters { letter.withMessage { ring.append($0, topicHash: $1) } }
    ring.publish(firstSequence: try commit(ring.unpublishedRuns(), applied: applied))
  }
}
