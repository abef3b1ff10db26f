import HeapModule
import Telemetry

/// Messages that were made and are still on their way, each until a moment of the clock.
struct HeldMessages: Sendable {
  private struct Held: Comparable {
    let until: Timestamp
    /// Of equal moments the one that was held first goes first.
    let number: Int
    let message: SimulatedMessage

    static func < (left: Held, right: Held) -> Bool { (left.until, left.number) < (right.until, right.number) }
    static func == (left: Held, right: Held) -> Bool { left.number == right.number }
  }

  private var heap = Heap<Held>()
  private var lastNumber = 0

  mutating func hold(_ message: SimulatedMessage, until moment: Timestamp) {
    lastNumber += 1
    heap.insert(Held(until: moment, number: lastNumber, message: message))
  }

  /// The next one whose moment has come; nil where there is none.
  mutating func take(at now: Timestamp) -> SimulatedMessage? {
    guard let least = heap.min, least.until <= now else { return nil }
    return heap.removeMin().message
  }
}
