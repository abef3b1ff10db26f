import Glibc
import Synchronization

/// A broker that pushes what many devices say now, at a pace that may change meanwhile, until the subscriber leaves.
///
/// Each device has one message, made before. Only its time is written anew when it is sent, so that pushing costs next
/// to nothing beside the subscriber that is measured on the same machine.
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

  /// A device's PUBLISH packet, among all of them.
  private struct Packet {
    let bytes: Range<Int>
    let idPlace: Int
    let timePlace: Int
  }

  /// Digits of milliseconds since 1970.
  private static let timeDigits = 13
  private static let messagesAtOnce = 256
  /// How often a paced broker looks what is due.
  private static let beatMilliseconds: Int32 = 2

  private let packets: [Packet]
  private let bytes: [UInt8]
  private let state: Mutex<(pace: Pace, counts: Counts)>

  /// - Parameters:
  ///   - devices: they speak in turn.
  ///   - timeOffset: where the 13 digits of the time begin in each payload.
  ///   - message: topic and payload of a device.
  public init(
    devices: Int, timeOffset: Int, pace: Pace, message: (Int) -> (topic: String, payload: [UInt8])
  ) {
    var packets: [Packet] = []
    var bytes: [UInt8] = []
    for device in 0..<devices {
      let (topic, payload) = message(device)
      let packet = MQTTPacket.publish(topic: topic, payload: payload, packetID: 1, .v311)
      let end = bytes.count + packet.count
      packets.append(
        Packet(
          bytes: bytes.count..<end, idPlace: end - payload.count - 2, timePlace: end - payload.count + timeOffset))
      bytes += packet
    }
    self.packets = packets
    self.bytes = bytes
    state = Mutex((pace, Counts()))
  }

  public var pace: Pace {
    get { state.withLock { $0.pace } }
    set { state.withLock { $0.pace = newValue } }
  }

  public var counts: Counts { state.withLock { $0.counts } }

  /// Takes a client in, answers its CONNECT and SUBSCRIBE, and pushes at QoS 1 until it is gone.
  public func serve(_ broker: LoopbackBroker) throws(LoopbackBroker.Failure) {
    guard let client = try broker.acceptSubscriber(qos: 1) else { return }
    var output: [UInt8] = []
    var sentBytes = 0
    var lastTimes = [Int64](repeating: 0, count: packets.count)
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
        let due = pace == .unbounded ? Int.max : Int(counts.due)
        let room = min(due, counts.acknowledged + Pusher.mostInFlight) - counts.sent
        for index in counts.sent..<counts.sent + max(0, min(room, Self.messagesAtOnce)) {
          append(index, to: &output, &lastTimes)
        }
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
        state.withLock { $0.counts.acknowledged += pubacks }
        isOpen = open
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
      return state
    }
  }

  private func append(_ index: Int, to output: inout [UInt8], _ lastTimes: inout [Int64]) {
    let device = index % packets.count
    let packet = packets[device]
    let start = output.count - packet.bytes.lowerBound
    output += bytes[packet.bytes]
    let id = UInt16(index % 65535) + 1
    output[start + packet.idPlace] = UInt8(id >> 8)
    output[start + packet.idPlace + 1] = UInt8(id & 0xFF)
    // No device speaks twice in a millisecond: that would be the same reading again.
    let time = max(Self.milliseconds, lastTimes[device] + 1)
    lastTimes[device] = time
    var rest = time
    for place in (0..<Self.timeDigits).reversed() {
      output[start + packet.timePlace + place] = UInt8(0x30 + rest % 10)
      rest /= 10
    }
    state.withLock { $0.counts.sent += 1 }
  }

  /// By the machine's clock, since 1970.
  private static var milliseconds: Int64 {
    var now = timespec()
    clock_gettime(CLOCK_REALTIME, &now)
    return Int64(now.tv_sec) * 1000 + Int64(now.tv_nsec) / 1_000_000
  }
}
