import Telemetry

/// What was last journaled under each MQTT packet id, so that a redelivery is told from a new message.
///
/// 65,535 ids, 1 MiB. An id is used again by the broker once it has our acknowledgement.
struct PacketTable {
  struct Entry: Equatable {
    var contentHash: UInt64
    /// 0: none.
    var sequence: UInt64
  }

  private var entries = [Entry](repeating: Entry(contentHash: 0, sequence: 0), count: 65536)

  subscript(packetID: UInt16) -> Entry {
    get { entries[Int(packetID)] }
    set { entries[Int(packetID)] = newValue }
  }

  /// True where the last message under this id had the same topic and payload.
  func holds(_ packetID: UInt16, contentHash: UInt64) -> Bool {
    let entry = entries[Int(packetID)]
    return packetID != 0 && entry.sequence != 0 && entry.contentHash == contentHash
  }

  mutating func removeAll() {
    for index in entries.indices { entries[index] = Entry(contentHash: 0, sequence: 0) }
  }

  /// The ids whose last message lies in a span of sequences.
  func entries(in span: ClosedRange<UInt64>) -> [(packetID: Int, entry: Entry)] {
    entries.enumerated().filter { $0.offset != 0 && span.contains($0.element.sequence) }
      .map { (packetID: $0.offset, entry: $0.element) }
  }
}
