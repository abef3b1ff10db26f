import Simulator

@testable import Ingest

/// The client's end of a simulated connection: what libmosquitto does for the session, without sockets.
///
/// Packets go over one by one. A connection that breaks in the middle of one has lost it: so a close after any packet,
/// in either direction, stands for a close at any byte.
final class SimulatedClient: BrokerClient {
  var onConnack: (Connack) -> Void = { _ in }
  var onMessage: (borrowing DeliveredMessage) -> Void = { _ in }
  var onLog: (UnsafePointer<CChar>) -> Void = { _ in }
  private(set) var connack: Connack?
  let refusal: Refusal? = nil
  let descriptor: Int32 = -1
  private(set) var isClosed = false

  private let broker: SimulatedBroker
  private let time: SimulatedTime
  private let settings: SessionSettings
  private var inbox: [SimulatedBroker.Packet] = []
  private var outbox: [SimulatedBroker.ClientPacket] = []
  private var suback: [Int32]?
  private var hasUnsuback = false
  private var listens = false
  private var lastHeard: ContinuousClock.Instant
  private var lastPing: ContinuousClock.Instant?

  /// Packets that still go over before the connection breaks; nil for no end.
  var packetsUntilBreak: Int?
  /// Everything vanishes on the way, in both directions, and nobody is told.
  var isHalfOpen = false
  /// How many packets the socket takes in one flush; nil for all.
  var flushLimit: Int?
  /// Told of each message that the session was handed.
  var handedOver: (SimulatedCity.Message) -> Void = { _ in }

  init(_ settings: SessionSettings, broker: SimulatedBroker, time: SimulatedTime) {
    self.settings = settings
    self.broker = broker
    self.time = time
    lastHeard = time.now
  }

  // MARK: The broker's side

  func deliver(_ packet: SimulatedBroker.Packet) {
    if !isClosed, !isHalfOpen { inbox.append(packet) }
  }

  /// What was sent before is still read.
  func close() {
    guard !isClosed else { return }
    isClosed = true
    broker.closed(self)
  }

  var isReadable: Bool { !inbox.isEmpty || isClosed }
  var isWritable: Bool { flushLimit != 0 || isClosed }

  // MARK: The session's side

  var wantsWrite: Bool { !outbox.isEmpty }

  func connect() throws(BrokerClientFailure) {
    guard broker.accept(self) else { throw BrokerClientFailure(message: "connection refused") }
    outbox = [.connect]
  }

  func drive() throws(BrokerClientFailure) {
    _ = try flush()
    _ = try read { connack == nil }
  }

  func read(while goesOn: () -> Bool) throws(BrokerClientFailure) -> Bool {
    while goesOn() {
      guard !inbox.isEmpty else {
        if isClosed { throw BrokerClientFailure(message: "the other side closed it") }
        return true
      }
      try countPacket()
      lastHeard = time.now
      hand(inbox.removeFirst())
    }
    return false
  }

  private func hand(_ packet: SimulatedBroker.Packet) {
    switch packet {
    case .connack(let isSessionPresent):
      let connack = Connack(reasonCode: 0, isSessionPresent: isSessionPresent)
      self.connack = connack
      onConnack(connack)
    case .suback(let codes): suback = codes
    case .unsuback: hasUnsuback = true
    case .pingresp: lastPing = nil
    case .publish(let message, let packetID, let isDuplicate):
      if listens {
        "Client x received PUBLISH (d\(isDuplicate ? 1 : 0), q\(message.isQoS1 ? 1 : 0), r0, m\(packetID), 't')"
          .withCString(onLog)
      }
      if message.isQoS1 { outbox.append(.puback(packetID)) }
      handedOver(message)
      var topic = message.sent.topic
      let payload = message.sent.payload
      topic.withUTF8 { topic in
        payload.withUnsafeBufferPointer { payload in
          onMessage(
            DeliveredMessage(
              topic: UnsafeRawBufferPointer(topic), payload: UnsafeRawBufferPointer(payload), packetID: packetID,
              isQoS1: message.isQoS1, isRetained: false))
        }
      }
    }
  }

  func flush() throws(BrokerClientFailure) -> Bool {
    var room = flushLimit ?? .max
    while !outbox.isEmpty {
      if isClosed { throw BrokerClientFailure(message: "broken pipe") }
      guard room > 0 else { return false }
      room -= 1
      try countPacket()
      let packet = outbox.removeFirst()
      if !isHalfOpen { broker.take(packet, from: self) }
    }
    return true
  }

  private func countPacket() throws(BrokerClientFailure) {
    guard let left = packetsUntilBreak else { return }
    packetsUntilBreak = left - 1
    guard left <= 0 else { return }
    close()
    inbox = []
    throw BrokerClientFailure(message: "connection reset")
  }

  func maintain() throws(BrokerClientFailure) {
    if let lastPing, time.now - lastPing > settings.keepalive {
      close()
      throw BrokerClientFailure(message: "the broker is silent")
    }
    if lastPing == nil, time.now - lastHeard >= settings.keepalive {
      outbox.append(.pingreq)
      lastPing = time.now
    }
  }

  func subscribe(to filters: [String], qos: Int32) throws(BrokerClientFailure) { outbox.append(.subscribe) }

  func unsubscribe(from filters: [String]) throws(BrokerClientFailure) { outbox.append(.unsubscribe) }

  func takeSuback() -> [Int32]? {
    defer { suback = nil }
    return suback
  }

  func takeUnsuback() -> Bool {
    defer { hasUnsuback = false }
    return hasUnsuback
  }

  func listenToLog(_ listens: Bool) { self.listens = listens }

  func sayGoodbye() {
    outbox.append(.disconnect)
    _ = try? flush()
  }
}
