import Glibc
import Telemetry

/// A fleet of devices of any kind, each as often as its interval says, with what goes wrong on the way.
///
/// Invariants
/// - The time of a message is the clock's moment at which the device speaks, however fast the devices' own time goes
///   by: windows and the hour of the day are true at every rate.
/// - A device measures in the order of time: late and kept messages are made when they are measured and published
///   later, so that totals never fall and times never go back within a device.
/// - All that is random comes from the seed, and the same moments give the same messages.
struct DeviceFleet: Fleet {
  private struct Member {
    var device: any SimulatedDevice
    let traits: DeviceTraits
    var silence = Silence()
    /// Nil where its clock is right.
    var clockFault: ClockFault?
  }

  /// A span of messages in which a device is not heard.
  private struct Silence {
    /// Messages that are still to fall into it; 0 where the device is heard.
    var remaining = 0
    var isKeeping = false
    var kept: [SimulatedMessage] = []
  }

  /// So many messages in a row fall into a silence.
  private static let silenceMessages = 3...30

  private let shares: FaultShares
  private var random: RandomSource
  private var members: [Member]
  private var order: SpeakingOrder
  private var held = HeldMessages()
  private var hasBegun = false

  /// - Parameter devices: at least one.
  init(_ devices: [any SimulatedDevice], seed: UInt64, faults shares: FaultShares = .usual) {
    precondition(shares.offline < 1 && shares.bad + shares.late + shares.repeated <= 1)
    self.shares = shares
    random = RandomSource(seed: seed)
    members = devices.map { Member(device: $0, traits: $0.traits) }
    order = SpeakingOrder(intervalsSeconds: devices.map { $0.interval.seconds }, using: &random)
  }

  mutating func nextMessage(at now: Timestamp) -> SimulatedMessage {
    if !hasBegun { begin(at: now) }
    while true {
      if let message = held.take(at: now) { return message }
      if let message = speak(order.next(using: &random), at: now) { return message }
    }
  }

  /// Draws the devices whose clocks are wrong.
  private mutating func begin(at now: Timestamp) {
    hasBegun = true
    for index in members.indices where random.happens(withShare: shares.wrongClock) {
      members[index].clockFault = ClockFault.drawn(for: members[index].traits, startedAt: now, using: &random)
    }
  }

  /// A device's turn. Nil where nothing of it reaches the broker now.
  private mutating func speak(_ index: Int, at now: Timestamp) -> SimulatedMessage? {
    if members[index].silence.remaining == 0, random.happens(withShare: silenceShare) { beginSilence(of: index) }
    if members[index].silence.remaining > 0 {
      fallSilent(index, at: now)
      return nil
    }
    let message = send(makeMessage(of: index, at: now), at: now, by: members[index].traits)
    guard !members[index].silence.kept.isEmpty else { return message }
    releaseKept(of: index, before: message, at: now)
    return nil
  }

  private mutating func makeMessage(of index: Int, at now: Timestamp) -> SimulatedMessage {
    let time = members[index].clockFault?.time(at: now) ?? now
    var message = members[index].device.message(at: time, using: &random)
    if members[index].clockFault != nil { return message.refused }
    message.identity = members[index].traits.identity
    message.isTimedByReceipt = members[index].traits.clock == .receipt
    return message
  }

  /// What goes to the broker now; the rest is held.
  private mutating func send(
    _ message: SimulatedMessage, at now: Timestamp, by traits: DeviceTraits
  ) -> SimulatedMessage? {
    switch MessageFault.drawn(from: shares, for: traits, using: &random) {
    case .none: return message
    case .bad: return message.garbled(using: &random)
    case .repeated:
      held.hold(message.again, until: now + random.span(of: MessageFault.repeatSeconds))
      return message
    case .late:
      held.hold(message, until: now + random.span(of: MessageFault.lateSeconds))
      return nil
    }
  }

  // MARK: Silence

  /// The share of messages with which a silence begins, so that the share of those that fall into one is `offline`.
  private var silenceShare: Double {
    let mean = Double(Self.silenceMessages.lowerBound + Self.silenceMessages.upperBound) / 2
    return shares.offline / (mean - shares.offline * (mean - 1))
  }

  private mutating func beginSilence(of index: Int) {
    let isKeeping = members[index].traits.clock != .receipt && random.happens(withShare: shares.keeping)
    members[index].silence.remaining = Int.random(in: Self.silenceMessages, using: &random)
    members[index].silence.isKeeping = isKeeping
  }

  /// A message that nobody hears.
  private mutating func fallSilent(_ index: Int, at now: Timestamp) {
    if members[index].silence.isKeeping { members[index].silence.kept.append(makeMessage(of: index, at: now)) }
    members[index].silence.remaining -= 1
  }

  /// The device is back: what it kept goes out before what it says now.
  private mutating func releaseKept(of index: Int, before message: SimulatedMessage?, at now: Timestamp) {
    for kept in members[index].silence.kept { held.hold(kept, until: now) }
    members[index].silence.kept = []
    if let message { held.hold(message, until: now) }
  }
}

extension RandomSource {
  mutating func happens(withShare share: Double) -> Bool {
    share > 0 && Double.random(in: 0..<1, using: &self) < share
  }

  /// A span whose logarithm is evenly spread.
  mutating func span(of seconds: Range<Double>) -> Duration {
    .seconds(exp(Double.random(in: log(seconds.lowerBound)..<log(seconds.upperBound), using: &self)))
  }
}
