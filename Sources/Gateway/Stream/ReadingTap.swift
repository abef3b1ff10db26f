import Telemetry

/// The pipeline's end of the streams: it keeps the readings that are taken in until the checkpoint that includes them is
/// written, and hands them over then.
///
/// Invariants
/// - The pipeline's thread owns it. It waits for nobody: what it shares with others is a flag and a short lock.
/// - While nobody listens it keeps nothing, and costs a message one look at the flag.
/// - It keeps one reading less than the hub does, for the gap that stands before them where there were more; the oldest
///   go, and `beginsAt` of the batch says from where on it is whole.
/// - What is handed over is in the store.
struct ReadingTap {
  let hub: StreamHub
  private(set) var isOpen = false
  private let limit: Int
  private var message: UInt64 = 0
  private var index: UInt32 = 0
  private var readings: [StreamedReading] = []
  /// Where the oldest one stands, once the array has come round.
  private var oldest = 0
  private var beginsAt = StreamPlace()

  init(_ hub: StreamHub) {
    self.hub = hub
    limit = max(1, hub.limits.events - 1)
  }

  /// To be called before a message is taken in.
  @inline(__always)
  mutating func begin(_ sequence: UInt64) {
    if hub.isListening != isOpen { turn(at: StreamPlace(sequence: sequence)) }
    guard isOpen else { return }
    message = sequence
    index = 0
  }

  private mutating func turn(at place: StreamPlace) {
    isOpen.toggle()
    readings = []
    oldest = 0
    beginsAt = place
  }

  /// Keeps what was taken in of a message; repeats are passed over, for they were told when they came first.
  mutating func keep(_ samples: UnsafeBufferPointer<Sample>, receivedAt: Timestamp) {
    for sample in samples {
      let place = StreamPlace(sequence: message, index: index)
      index += 1
      if sample.isRepeat { continue }
      keep(
        StreamedReading(
          place: place, series: sample.series, quality: sample.quality, time: sample.time, receivedAt: receivedAt,
          value: sample.value))
    }
  }

  private mutating func keep(_ reading: StreamedReading) {
    guard readings.count == limit else {
      readings.append(reading)
      return
    }
    beginsAt = readings[oldest].place.next
    readings[oldest] = reading
    oldest = (oldest + 1) % limit
  }

  /// To be called once a checkpoint is written, also where there was nothing to write.
  ///
  /// - Parameters:
  ///   - sequence: the last message that the store has.
  ///   - changes: of devices and series, which it has since.
  ///   - moment: when the checkpoint was begun.
  mutating func handOver(through sequence: UInt64, _ changes: DeviceRegistry.Unsaved, at moment: Timestamp) {
    let end = StreamPlace.behind(sequence)
    if hub.isListening != isOpen { turn(at: end) }
    guard isOpen else {
      hub.take(nil, DeviceRegistry.Unsaved(), through: end, at: moment)
      return
    }
    let inOrder = oldest == 0 ? readings : Array(readings[oldest...] + readings[..<oldest])
    hub.take(
      ReadingBatch(beginsAt: beginsAt, endsAt: end, readings: inOrder), changes, through: end, at: moment)
    readings = []
    readings.reserveCapacity(min(limit, inOrder.count))
    oldest = 0
    beginsAt = end
  }
}
