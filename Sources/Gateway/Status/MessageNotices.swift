import Ingest

/// Says of messages that somebody may want to know of that they come: when the first one does, and then once an hour at
/// most.
struct MessageNotices: Sendable {
  private static let interval = Duration.seconds(3600)

  let largestPayloadBytes: Int
  private var told: [String: (count: Int64, at: ContinuousClock.Instant)] = [:]

  init(largestPayloadBytes: Int) {
    self.largestPayloadBytes = largestPayloadBytes
  }

  mutating func sentences(_ qualities: MessageQualities, now: ContinuousClock.Instant) -> [String] {
    var sentences: [String] = []
    if isNews("QoS 0", qualities.atQoS0, now) {
      sentences.append(
        """
        messages come at QoS 0 (\(qualities.atQoS0) so far): what the broker drops of them, and what comes while the \
        gateway is away, is lost unseen; devices that publish at QoS 1 lose nothing
        """)
    }
    if isNews("retained", qualities.retained, now) {
      sentences.append(
        """
        retained messages come (\(qualities.retained) so far): they are not aggregated, for they were counted when they \
        were published; those with a time stamp of their own set latest values
        """)
    }
    if isNews("oversize", qualities.oversize, now) {
      sentences.append(
        """
        messages are larger than mqtt.max_packet, \(largestPayloadBytes) bytes (\(qualities.oversize) so far), and \
        become dead letters: `ganglion dead-letters list --reason oversize` shows from where
        """)
    }
    return sentences
  }

  private mutating func isNews(_ kind: String, _ count: Int64, _ now: ContinuousClock.Instant) -> Bool {
    let last = told[kind] ?? (count: 0, at: now - Self.interval)
    guard count > last.count, now - last.at >= Self.interval else { return false }
    told[kind] = (count, now)
    return true
  }
}
