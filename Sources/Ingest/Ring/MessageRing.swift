import Glibc
import Synchronization

/// The ring between the session thread, which fills it, and the pipeline thread, which empties it.
///
/// Messages stand as frames in a byte arena; a slot says where. The producer appends frames, journals them from where
/// they stand, and publishes them all at once; the consumer sees none that is not published.
///
/// Invariants
/// - One producer, one consumer. The producer owns `appended`, `arenaHead` and the slots from `published` on; the
///   consumer owns `consumed` and reads the slots before `published`.
/// - `consumed ≤ published ≤ appended ≤ consumed + capacity`.
/// - Arena positions only grow; position modulo size is the place. A frame never wraps: where the rest of the arena is
///   too short it is skipped. The arena is free from `arenaHead` up to the end of the last consumed frame, one size on.
/// - `trailingBytes` behind the arena are readable, for decoders that read ahead.
public final class MessageRing: @unchecked Sendable {
  struct Slot {
    var sequence: UInt64
    var topicHash: UInt64
    var start: Int
    var end: Int
  }

  /// Rung by the producer after a publish.
  public let hasMessages = Doorbell()
  /// Rung by the consumer after a release, and by whoever wants the producer to look up.
  public let hasRoom = Doorbell()
  /// In messages; a power of two.
  public let capacity: Int
  public let arenaBytes: Int

  private let slots: UnsafeMutablePointer<Slot>
  private let arena: UnsafeMutableRawPointer
  private let published = PaddedCursor()
  private let consumed = PaddedCursor()
  private var producer = Producer()

  private struct Producer {
    var appended = 0
    var arenaHead = 0
    /// The consumer's cursor when it was last looked at, and the end of the frame before it.
    var seenConsumed = 0
    var seenArenaTail = 0
  }

  /// - Parameters:
  ///   - capacity: messages, a power of two.
  ///   - arenaBytes: bytes for their frames, a power of two.
  ///   - trailingBytes: readable bytes behind the last frame.
  public init(capacity: Int, arenaBytes: Int, trailingBytes: Int) {
    precondition(capacity > 0 && capacity & (capacity - 1) == 0, "the capacity is a power of two")
    precondition(arenaBytes > 0 && arenaBytes & (arenaBytes - 1) == 0, "the arena's size is a power of two")
    self.capacity = capacity
    self.arenaBytes = arenaBytes
    slots = .allocate(capacity: capacity)
    arena = .allocate(byteCount: arenaBytes + trailingBytes, alignment: 64)
    memset(arena + arenaBytes, 0, trailingBytes)
  }

  deinit {
    slots.deallocate()
    arena.deallocate()
  }

  // MARK: Either side

  /// Messages published and not released.
  public var occupancy: Int {
    let consumed = consumed.value.load(ordering: .acquiring)
    return published.value.load(ordering: .acquiring) - consumed
  }

  // MARK: Producer

  /// Messages appended and not published.
  var unpublishedCount: Int { producer.appended - published.value.load(ordering: .relaxed) }

  /// True where `messages` frames of together `bytes` bytes can be appended, wherever the arena's end falls.
  func hasRoom(messages: Int, bytes: Int) -> Bool {
    if isRoomy(messages, bytes) { return true }
    producer.seenConsumed = consumed.value.load(ordering: .acquiring)
    if producer.seenConsumed > 0 {
      producer.seenArenaTail = slots[(producer.seenConsumed - 1) & (capacity - 1)].end
    }
    return isRoomy(messages, bytes)
  }

  private func isRoomy(_ messages: Int, _ bytes: Int) -> Bool {
    // The skip at the arena's end costs less than the largest frame, which `bytes` covers once more.
    capacity - (producer.appended - producer.seenConsumed) >= messages
      && arenaBytes - (producer.arenaHead - producer.seenArenaTail) >= 2 * bytes
  }

  /// Appends a message. There must be room.
  func append(_ message: borrowing IncomingMessage, topicHash: UInt64) {
    let bytes = message.frameBytes
    var start = producer.arenaHead
    let place = start & (arenaBytes - 1)
    if place + bytes > arenaBytes { start += arenaBytes - place }
    precondition(start + bytes - producer.seenArenaTail <= arenaBytes, "appended to a full ring")
    precondition(producer.appended - producer.seenConsumed < capacity, "appended to a full ring")
    message.write(to: UnsafeMutableRawBufferPointer(start: arena + start & (arenaBytes - 1), count: bytes))
    slots[producer.appended & (capacity - 1)] = Slot(
      sequence: 0, topicHash: topicHash, start: start, end: start + bytes)
    producer.appended += 1
    producer.arenaHead = start + bytes
  }

  /// The frames appended and not published, in one or two contiguous runs.
  func unpublishedRuns() -> [FrameRun] {
    var runs: [FrameRun] = []
    let first = published.value.load(ordering: .relaxed)
    guard first < producer.appended else { return [] }
    var runStart = slots[first & (capacity - 1)].start
    var runEnd = runStart
    var count = 0
    for index in first..<producer.appended {
      let slot = slots[index & (capacity - 1)]
      if slot.start != runEnd || (slot.start & (arenaBytes - 1) == 0 && count > 0) {
        runs.append(run(runStart, runEnd, count))
        runStart = slot.start
        count = 0
      }
      runEnd = slot.end
      count += 1
    }
    runs.append(run(runStart, runEnd, count))
    return runs
  }

  private func run(_ start: Int, _ end: Int, _ count: Int) -> FrameRun {
    let bytes = UnsafeRawBufferPointer(start: arena + start & (arenaBytes - 1), count: end - start)
    return FrameRun(bytes: bytes, count: count)
  }

  /// Makes all appended messages visible; the first gets the number `sequence`, the others follow.
  func publish(firstSequence sequence: UInt64) {
    let first = published.value.load(ordering: .relaxed)
    for index in first..<producer.appended {
      slots[index & (capacity - 1)].sequence = sequence + UInt64(index - first)
    }
    published.value.store(producer.appended, ordering: .sequentiallyConsistent)
    hasMessages.ring()
  }

  // MARK: Consumer

  /// The messages that can be read now.
  public func readable() -> Range<Int> {
    consumed.value.load(ordering: .relaxed)..<published.value.load(ordering: .sequentiallyConsistent)
  }

  /// A message among the readable ones; lives until it is released.
  public func message(at index: Int) -> RingMessage {
    let slot = slots[index & (capacity - 1)]
    let bytes = UnsafeRawBufferPointer(start: arena + slot.start & (arenaBytes - 1), count: slot.end - slot.start)
    return RingMessage(sequence: slot.sequence, topicHash: slot.topicHash, frame: MessageFrame(bytes))
  }

  /// Gives the room of all messages before `index` back.
  public func release(before index: Int) {
    consumed.value.store(index, ordering: .sequentiallyConsistent)
    hasRoom.ring()
  }
}

/// A message with its number in the journal.
public struct RingMessage {
  public let sequence: UInt64
  /// XXH3 of the topic.
  public let topicHash: UInt64
  public let frame: MessageFrame
}

/// Frames that stand one behind the other.
struct FrameRun {
  let bytes: UnsafeRawBufferPointer
  let count: Int
}

/// A cursor on cache lines of its own, so that the sides of the ring do not slow each other down.
private final class PaddedCursor: Sendable {
  // Two lines: x86 fetches them in pairs.
  private let before = (0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)
  let value = Atomic<Int>(0)
  private let after = (0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)
}
