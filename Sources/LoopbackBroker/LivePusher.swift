import Glibc
import Synchronization

/// A broker that pushes what many devices say now, at a pace that may change meanwhile, until the subscriber leaves.
///
/// Each device has one message, made before. Only its time is written anew when it is sent, so that pushing costs next
/// to nothing beside the subscriber that is measured on the same machine. Others may be put in between, once each.
public final class LivePusher: Sendable {
  /// How fast messages come due.
  public enum Pace: Equatable, Sendable {
    case perSecond(Double)
    /// As fast as the subscriber takes them.
    case unbounded
  }

  /// What has become of the messages so far.
  public struct Counts: Equatable, Sendable {
    /// By the pace.
    public fileprivate(set) var due = 0.0
    public fileprivate(set) var sent = 0
    public fileprivate(set) var acknowledged = 0

    /// Due and not acknowledged.
    public var backlog: Int { max(0, Int(due) - acknowledged) }
  }

  /// A PUBLISH packet among others.
  private struct Packet {
    let bytes: Range<Int>
    let idPlace: Int
    let timePlace: Int
  }

  /// What the thread that pushes shares with those that look.
  private struct State {
    var pace: Pace
    var counts = Counts()
    /// To be sent next.
    var interjections: [(topic: String, payload: [UInt8])] = []
    var interjectedAtMicroseconds: [Int64] = []
    /// Nil where nobody asked for them.
    var delaysMilliseconds: [Float]?
  }

  /// Messages that are sent and not acknowledged, at most; as many more may be interjected.
  public static let mostInFlight = Pusher.mostInFlight

  /// Digits of milliseconds since 1970.
  private static let timeDigits = 13
  private static let messagesAtOnce = 256
  /// How often a paced broker looks what is due.
  private static let beatMilliseconds: Int32 = 2

  private let packets: [Packet]
  private let bytes: [UInt8]
  private let timeOffset: Int
  private let state: Mutex<State>

  /// - Parameters:
  ///   - devices: they speak in turn.
  ///   - timeOffset: where the 13 digits of the time begin in each payload.
  ///   - message: topic and payload of a device.
  public init(
    devices: Int, timeOffset: Int, pace: Pace, message: (Int) -> (topic: String, payload: [UInt8])
  ) {
    var packets: [Packet] = []
    var bytes: [UInt8] = []
    for device in 0..<devices { packets.append(Self.append(message(device), to: &bytes, timeOffset)) }
    self.packets = packets
    self.bytes = bytes
    self.timeOffset = timeOffset
    state = Mutex(State(pace: pace))
  }

  private static func append(
    _ message: (topic: String, payload: [UInt8]), to bytes: inout [UInt8], _ timeOffset: Int
  ) -> Packet {
    let start = bytes.count
    bytes += MQTTPacket.publish(topic: message.topic, payload: message.payload, packetID: 1, .v311)
    let body = bytes.count - message.payload.count
    return Packet(bytes: start..<bytes.count, idPlace: body - 2, timePlace: body + timeOffset)
  }

  public var pace: Pace {
    get { state.withLock { $0.pace } }
    set { state.withLock { $0.pace = newValue } }
  }

  public var counts: Counts { state.withLock { $0.counts } }

  // MARK: Beside the devices

  /// Sends messages as soon as may be, each once; their time, at the same place as in those of the devices, is that of
  /// sending.
  public func interject(_ messages: [(topic: String, payload: [UInt8])]) {
    state.withLock { $0.interjections += messages }
  }

  /// When each message was sent that was interjected so far, in the order in which they were, in microseconds since 1970.
  public var interjectedAtMicroseconds: [Int64] { state.withLock { $0.interjectedAtMicroseconds } }

  /// Begins to keep the time between each message's sending and its acknowledgement.
  public func keepDelays() { state.withLock { $0.delaysMilliseconds = [] } }

  /// The times since `keepDelays`, in milliseconds; no more are kept.
  public func takeDelays() -> [Float] {
    state.withLock { state in
      defer { state.delaysMilliseconds = nil }
      return state.delaysMilliseconds ?? []
    }
  }

  // MARK: Pushing

  /// Takes a client in, answers its CONNECT and SUBSCRIBE, and pushes at QoS 1 until it is gone.
  public func serve(_ broker: LoopbackBroker) throws(LoopbackBroker.Failure) {
    guard let client = try broker.acceptSubscriber(qos: 1) else { return }
    var output: [UInt8] = []
    var sentBytes = 0
    var lastTimes = [Int64](repeating: 0, count: packets.count)
    // By the message's number; acknowledgements come in the order of sending.
    var sentAt = [ContinuousClock.Instant](repeating: .now, count: 2 * Pusher.mostInFlight)
    var countedAt = ContinuousClock.now
    var isOpen = true
    while isOpen {
      if sentBytes == output.count {
        output.removeAll(keepingCapacity: true)
        sentBytes = 0
      }
      let now = ContinuousClock.now
      let (pace, counts) = count(from: countedAt, to: now)
      countedAt = now
      if output.isEmpty {
        let first = appendInterjections(from: counts.sent, to: &output)
        let due = pace == .unbounded ? Int.max : Int(counts.due)
        let room = min(due, counts.acknowledged + Pusher.mostInFlight) - first
        let end = first + max(0, min(room, Self.messagesAtOnce))
        for index in first..<end { append(index, to: &output, &lastTimes) }
        for index in counts.sent..<end { sentAt[index % sentAt.count] = now }
        state.withLock { $0.counts.sent = end }
      }
      let wantsToSend = !output.isEmpty
      var poll = pollfd(fd: client.socket, events: Int16(POLLIN) | (wantsToSend ? Int16(POLLOUT) : 0), revents: 0)
      // An unbounded one waits for acknowledgements where nothing may be sent.
      _ = Glibc.poll(&poll, 1, Self.beatMilliseconds)
      if poll.revents & Int16(POLLOUT) != 0 {
        let count = output.withUnsafeBytes {
          Glibc.send(
            client.socket, $0.baseAddress! + sentBytes, output.count - sentBytes,
            Int32(MSG_NOSIGNAL) | Int32(MSG_DONTWAIT))
        }
        if count > 0 { sentBytes += count }
      }
      if poll.revents & Int16(POLLIN | POLLHUP | POLLERR) != 0 {
        let (pubacks, open) = try client.countPubacks()
        acknowledge(pubacks, sentAt)
        isOpen = open
      }
    }
  }

  private func acknowledge(_ count: Int, _ sentAt: [ContinuousClock.Instant]) {
    let now = ContinuousClock.now
    state.withLock { state in
      let first = state.counts.acknowledged
      state.counts.acknowledged += count
      guard state.delaysMilliseconds != nil else { return }
      for index in first..<first + count {
        state.delaysMilliseconds?.append(Float((now - sentAt[index % sentAt.count]) / .milliseconds(1)))
      }
    }
  }

  /// Lets messages come due by the pace; a pace that begins anew owes nothing.
  private func count(
    from: ContinuousClock.Instant, to: ContinuousClock.Instant
  ) -> (pace: Pace, counts: Counts) {
    state.withLock { state in
      switch state.pace {
      case .perSecond(let rate): state.counts.due += rate * ((to - from) / .seconds(1))
      case .unbounded: state.counts.due = Double(state.counts.sent)
      }
      return (state.pace, state.counts)
    }
  }

  /// - Returns: the number of the next message.
  private func appendInterjections(from first: Int, to output: inout [UInt8]) -> Int {
    let messages = state.withLock { state in
      defer { state.interjections = [] }
      return state.interjections
    }
    guard !messages.isEmpty else { return first }
    let now = Self.microseconds
    for (place, message) in messages.enumerated() {
      let packet = Self.append(message, to: &output, timeOffset)
      write(UInt16((first + place) % 65535) + 1, now / 1000, into: packet, at: 0, &output)
    }
    state.withLock { $0.interjectedAtMicroseconds += repeatElement(now, count: messages.count) }
    return first + messages.count
  }

  private func append(_ index: Int, to output: inout [UInt8], _ lastTimes: inout [Int64]) {
    let device = index % packets.count
    let packet = packets[device]
    let offset = output.count - packet.bytes.lowerBound
    output += bytes[packet.bytes]
    // No device speaks twice in a millisecond: that would be the same reading again.
    let time = max(Self.microseconds / 1000, lastTimes[device] + 1)
    lastTimes[device] = time
    write(UInt16(index % 65535) + 1, time, into: packet, at: offset, &output)
  }

  /// - Parameter offset: where the packet stands in the output, from where it stood when it was made.
  private func write(
    _ id: UInt16, _ timeMilliseconds: Int64, into packet: Packet, at offset: Int, _ output: inout [UInt8]
  ) {
    output[offset + packet.idPlace] = UInt8(id >> 8)
    output[offset + packet.idPlace + 1] = UInt8(id & 0xFF)
    var rest = timeMilliseconds
    for place in (0..<Self.timeDigits).reversed() {
      output[offset + packet.timePlace + place] = UInt8(0x30 + rest % 10)
      rest /= 10
    }
  }

  /// By the machine's clock, since 1970.
  private static var microseconds: Int64 {
    var now = timespec()
    clock_gettime(CLOCK_REALTIME, &now)
    return Int64(now.tv_sec) * 1_000_000 + Int64(now.tv_nsec) / 1000
  }
}
