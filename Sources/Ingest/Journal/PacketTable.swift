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

  /// True where the last message under this id had the same topic and payload, and was journaled at `sequence` or later.
  func holds(_ packetID: UInt16, contentHash: UInt64, from sequence: UInt64 = 1) -> Bool {
    let entry = entries[Int(packetID)]
    return packetID != 0 && entry.sequence > 0 && entry.sequence >= sequence && entry.contentHash == contentHash
  }

  /// The sequence of the oldest of the last messages under so many ids; 1 where there are fewer.
  func oldest(ofLast count: Int) -> UInt64 {
    var sequences: [UInt64] = []
    forEachEntry { _, entry in sequences.append(entry.sequence) }
    guard count < sequences.count else { return 1 }
    sequences.sort(by: >)
    return sequences[count] + 1
  }

  /// Forgets what was journaled up to a sequence.
  mutating func remove(through sequence: UInt64) {
    entries.withUnsafeMutableBufferPointer { entries in
      var packetID = 1
      while packetID < entries.count {
        if entries[packetID].sequence <= sequence { entries[packetID] = Entry(contentHash: 0, sequence: 0) }
        packetID += 1
      }
    }
  }

  mutating func removeAll() {
    entries = PacketTable().entries
  }

  /// The ids whose last message lies in a span of sequences.
  func entries(in span: ClosedRange<UInt64>) -> [(packetID: Int, entry: Entry)] {
    var found: [(packetID: Int, entry: Entry)] = []
    forEachEntry { packetID, entry in
      if span.contains(entry.sequence) { found.append((packetID, entry)) }
    }
    return found
  }

  /// Every id that has a message. A plain loop: it is run for each trim.
  private func forEachEntry(_ body: (Int, Entry) -> Void) {
    entries.withUnsafeBufferPointer { entries in
      var packetID = 1
      while packetID < entries.count {
        if entries[packetID].sequence > 0 { body(packetID, entries[packetID]) }
        packetID += 1
      }
    }
  }
}
