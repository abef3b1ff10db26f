/// One connection to a broker, as the session drives it: `MosquittoClient`, or a simulated one.
///
/// Invariants
/// - One thread. Callbacks come only while `drive`, `read`, `flush` or `maintain` run on it.
/// - Nothing is written but by `drive`, `flush` and `sayGoodbye`. The acknowledgement of a message is queued when it is
///   read, and leaves with the next flush.
protocol BrokerClient: AnyObject {
  /// Called for the CONNACK, during `drive`.
  var onConnack: (Connack) -> Void { get set }
  /// Called for each message, during `read`. The message lives for the call.
  var onMessage: (borrowing DeliveredMessage) -> Void { get set }
  /// Called for each line of libmosquitto's debug log while it is listened to.
  var onLog: (UnsafePointer<CChar>) -> Void { get set }

  /// The CONNACK, once it is in.
  var connack: Connack? { get }
  /// Why the CONNACK refuses the connection; nil where it does not.
  var refusal: Refusal? { get }
  /// The socket; -1 without one.
  var descriptor: Int32 { get }
  var wantsWrite: Bool { get }

  /// Begins to connect and returns at once.
  func connect() throws(BrokerClientFailure)
  /// Goes on with connecting, until the CONNACK is in.
  func drive() throws(BrokerClientFailure)
  /// Reads packets until nothing is left or `goesOn` says no. True where nothing is left.
  func read(while goesOn: () -> Bool) throws(BrokerClientFailure) -> Bool
  /// Writes all that is queued. True where the socket took all of it.
  func flush() throws(BrokerClientFailure) -> Bool
  /// Queues a PINGREQ where one is due.
  func maintain() throws(BrokerClientFailure)
  /// Queues a SUBSCRIBE for all filters.
  func subscribe(to filters: [String], qos: Int32) throws(BrokerClientFailure)
  func unsubscribe(from filters: [String]) throws(BrokerClientFailure)
  /// The reason codes of a SUBACK that came in since the last call.
  func takeSuback() -> [Int32]?
  /// Whether the UNSUBACK has come since the last call.
  func takeUnsuback() -> Bool
  /// Turns the debug log on or off.
  func listenToLog(_ listens: Bool)
  /// Sends DISCONNECT behind all that is queued, as far as the socket takes it at once.
  func sayGoodbye()
}

/// A connection is over, or did not come about.
struct BrokerClientFailure: Error {
  /// Whether more is known of it than its words.
  enum Kind {
    case takenOver
    case silent
    case untrusted
    case other
  }

  let message: String
  var kind = Kind.other
}

struct Connack: Equatable {
  let reasonCode: Int32
  let isSessionPresent: Bool
}

/// A PUBLISH as it came in.
struct DeliveredMessage: ~Copyable {
  let topic: UnsafeRawBufferPointer
  let payload: UnsafeRawBufferPointer
  /// 0 at QoS 0.
  let packetID: UInt16
  let isQoS1: Bool
  let isRetained: Bool
}
