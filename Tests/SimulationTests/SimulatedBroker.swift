import Simulator

/// A broker as the MQTT specification has it: one session, a window of messages in flight, packet ids that are used
/// again, DUP on what it sends again.
///
/// Invariants
/// - A message is in `queue` until it is sent, in `inFlight` until it is acknowledged, and then gone.
/// - What is in flight is sent again first, in its order, on the next connection that resumes the session.
final class SimulatedBroker {
  struct InFlight {
    let packetID: UInt16
    let message: SimulatedCity.Message
    var wasSent: Bool
  }

  /// From the broker to the client.
  enum Packet {
    case connack(isSessionPresent: Bool)
    case suback(codes: [Int32])
    case unsuback
    case publish(SimulatedCity.Message, packetID: UInt16, isDuplicate: Bool)
    case pingresp
  }

  /// From the client to the broker.
  enum ClientPacket {
    case connect
    case subscribe
    case unsubscribe
    case puback(UInt16)
    case pingreq
    case disconnect
  }

  /// Few, so that they come round often.
  private static let packetIDs: UInt16 = 60
  /// Messages in flight at most.
  static let window = 20

  private(set) var queue: [SimulatedCity.Message] = []
  private(set) var inFlight: [InFlight] = []
  private var hasSession = false
  private var isSubscribed = false
  private var lastPacketID: UInt16 = 0
  private(set) var connection: SimulatedClient?
  /// Its CONNECT has come.
  private var isConnected = false

  /// No connection is taken.
  var isDown = false
  /// Of what it sends again it says so: it must, but one that was restored from an older state cannot.
  var marksDuplicates = true
  /// Told of each acknowledgement, before it counts.
  var acknowledged: (SimulatedCity.Message) -> Void = { _ in }
  /// Messages that no session holds any more.
  private(set) var lost: Set<Int> = []

  var isIdle: Bool { queue.isEmpty && inFlight.isEmpty }

  /// Takes a message from a publisher. Without a subscriber it is for nobody.
  func publish(_ message: SimulatedCity.Message) {
    guard hasSession, isSubscribed, message.isQoS1 || connection != nil else {
      lost.insert(message.number)
      return
    }
    queue.append(message)
    send()
  }

  // MARK: Connections

  func accept(_ client: SimulatedClient) -> Bool {
    guard !isDown else { return false }
    connection?.close()
    connection = client
    isConnected = false
    return true
  }

  func closed(_ client: SimulatedClient) {
    guard connection === client else { return }
    connection = nil
    // A QoS 0 message that waits is not kept for who is away.
    lost.formUnion(queue.filter { !$0.isQoS1 }.map(\.number))
    queue.removeAll { !$0.isQoS1 }
  }

  /// All of the session is gone, as with a broker without persistence that was started anew.
  func loseSession() {
    connection?.close()
    lost.formUnion(queue.map(\.number))
    lost.formUnion(inFlight.map(\.message.number))
    queue = []
    inFlight = []
    hasSession = false
    isSubscribed = false
    // The next one counts its packets anew.
    lastPacketID = 0
  }

  func take(_ packet: ClientPacket, from client: SimulatedClient) {
    guard connection === client else { return }
    switch packet {
    case .connect:
      client.deliver(.connack(isSessionPresent: hasSession))
      hasSession = true
      isConnected = true
      for index in inFlight.indices where inFlight[index].wasSent {
        client.deliver(
          .publish(inFlight[index].message, packetID: inFlight[index].packetID, isDuplicate: marksDuplicates))
      }
      send()
    case .subscribe:
      isSubscribed = true
      client.deliver(.suback(codes: [1, 1]))
    case .unsubscribe: client.deliver(.unsuback)
    case .puback(let packetID):
      guard let index = inFlight.firstIndex(where: { $0.packetID == packetID }) else { return }
      acknowledged(inFlight[index].message)
      inFlight.remove(at: index)
      send()
    case .pingreq: client.deliver(.pingresp)
    case .disconnect: client.close()
    }
  }

  private func send() {
    guard let connection, isConnected else { return }
    while let message = queue.first, inFlight.count < Self.window || !message.isQoS1 {
      queue.removeFirst()
      guard message.isQoS1 else {
        connection.deliver(.publish(message, packetID: 0, isDuplicate: false))
        continue
      }
      let packetID = nextPacketID()
      inFlight.append(InFlight(packetID: packetID, message: message, wasSent: true))
      connection.deliver(.publish(message, packetID: packetID, isDuplicate: false))
    }
  }

  private func nextPacketID() -> UInt16 {
    repeat {
      lastPacketID = lastPacketID % Self.packetIDs + 1
    } while inFlight.contains { $0.packetID == lastPacketID }
    return lastPacketID
  }
}
