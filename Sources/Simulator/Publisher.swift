import CMosquitto
import Foundation
import Synchronization
import Telemetry

/// Publishes a fleet to a broker and keeps the oracle of what was acknowledged.
public final class Publisher: @unchecked Sendable {
  public struct Settings: Sendable {
    public var host: String
    public var port: Int
    public var qos: Int32 = 1
    /// Messages a second; nil: as fast as the broker takes them.
    public var rate: Double?
    public var duration: Duration?
    public var messageLimit: Int?
    /// The broker keeps each message as its topic's last.
    public var isRetained = false
    /// Comes back to a broker that went away, and sends again what it had not acknowledged.
    public var reconnects = false
    /// False for an oracle of counts only, which takes no memory.
    public var keepsReadings = true
    /// The event time of each message; nil: the clock.
    public var eventTime: (@Sendable (_ index: Int) -> Timestamp)?

    public init(host: String, port: Int) {
      self.host = host
      self.port = port
    }
  }

  public struct Failure: Error, CustomStringConvertible {
    public let description: String
  }

  /// Messages published and acknowledged so far.
  public struct Progress: Sendable {
    public var published = 0
    public var acknowledged = 0
  }

  private static let mostInFlight = 1000
  /// How long the last acknowledgements are waited for.
  private static let patience = Duration.seconds(30)

  private let settings: Settings
  private var fleet: any Fleet
  private var handle: OpaquePointer!
  private var inFlight: [Int32: SimulatedMessage] = [:]
  private var oracle: Oracle
  private let sharedProgress = Mutex(Progress())
  private let isStopping = Atomic<Bool>(false)

  public init(_ settings: Settings, fleet: any Fleet) {
    self.settings = settings
    self.fleet = fleet
    oracle = Oracle(keepsReadings: settings.keepsReadings)
    _ = MosquittoLibrary.initialized
  }

  deinit {
    if let handle { mosquitto_destroy(handle) }
  }

  public var progress: Progress { sharedProgress.withLock { $0 } }

  /// Publishes no more; `run` then waits for acknowledgements and returns.
  public func stop() {
    isStopping.store(true, ordering: .releasing)
  }

  /// Publishes until the duration, the limit or `stop`, and blocks for that long.
  ///
  /// - Returns: what the broker acknowledged; at QoS 0 what was written to it.
  /// - Throws: `Failure` where the broker is not there, goes away for good, or leaves messages unacknowledged.
  public func run() throws(Failure) -> Oracle {
    try connect()
    let began = ContinuousClock.now
    var index = 0
    while shouldGoOn(index, since: began) {
      if inFlight.count < Self.mostInFlight, isDue(index, since: began) {
        try publish(fleet.nextMessage(at: settings.eventTime?(index) ?? .clock))
        index += 1
        if index % 64 == 0 { try turn(timeoutMilliseconds: 0) }
      } else {
        try turn(timeoutMilliseconds: inFlight.count < Self.mostInFlight ? 1 : 10)
      }
    }
    try waitForAcknowledgements()
    mosquitto_disconnect(handle)
    return oracle
  }

  private func shouldGoOn(_ index: Int, since began: ContinuousClock.Instant) -> Bool {
    if isStopping.load(ordering: .acquiring) { return false }
    if let limit = settings.messageLimit, index >= limit { return false }
    if let duration = settings.duration, ContinuousClock.now - began >= duration { return false }
    return true
  }

  private func isDue(_ index: Int, since began: ContinuousClock.Instant) -> Bool {
    guard let rate = settings.rate else { return true }
    return Double(index) <= (ContinuousClock.now - began).seconds * rate
  }

  private func connect() throws(Failure) {
    handle = mosquitto_new(nil, true, Unmanaged.passUnretained(self).toOpaque())
    mosquitto_int_option(handle, MOSQ_OPT_PROTOCOL_VERSION, Int32(MQTT_PROTOCOL_V311))
    mosquitto_max_inflight_messages_set(handle, 0)
    mosquitto_publish_callback_set(handle) { _, user, id in
      Unmanaged<Publisher>.fromOpaque(user!).takeUnretainedValue().acknowledged(id)
    }
    try check(mosquitto_connect(handle, settings.host, Int32(settings.port), 60), "connecting")
  }

  private func publish(_ message: SimulatedMessage) throws(Failure) {
    var id: Int32 = 0
    // At QoS 0 the callback comes before the call returns.
    if settings.qos == 0 { oracle.add(message) }
    let code = mosquitto_publish(
      handle, &id, message.topic, Int32(message.payload.count), message.payload, settings.qos, settings.isRetained)
    // Without a connection a message at QoS 1 is kept, and sent with the next one.
    if !(settings.reconnects && settings.qos > 0 && Self.isBroken(code)) { try check(code, "publishing") }
    if settings.qos > 0 { inFlight[id] = message }
    sharedProgress.withLock { $0.published += 1 }
  }

  private func acknowledged(_ id: Int32) {
    sharedProgress.withLock { $0.acknowledged += 1 }
    if let message = inFlight.removeValue(forKey: id) { oracle.add(message) }
  }

  private func turn(timeoutMilliseconds: Int32) throws(Failure) {
    let code = mosquitto_loop(handle, timeoutMilliseconds, 1)
    if settings.reconnects, Self.isBroken(code) { return try reconnect() }
    try check(code, "talking to the broker")
  }

  private static func isBroken(_ code: Int32) -> Bool {
    [MOSQ_ERR_CONN_LOST, MOSQ_ERR_NO_CONN, MOSQ_ERR_ERRNO].contains { $0.rawValue == code }
  }

  private func reconnect() throws(Failure) {
    let deadline = ContinuousClock.now + Self.patience
    while true {
      let code = mosquitto_reconnect(handle)
      if code == MOSQ_ERR_SUCCESS.rawValue { return }
      guard ContinuousClock.now < deadline else { return try check(code, "connecting anew") }
      usleep(20_000)
    }
  }

  private func waitForAcknowledgements() throws(Failure) {
    let deadline = ContinuousClock.now + Self.patience
    while !inFlight.isEmpty || mosquitto_want_write(handle) {
      guard ContinuousClock.now < deadline else {
        throw Failure(description: "the broker left \(inFlight.count) messages unacknowledged")
      }
      try turn(timeoutMilliseconds: 10)
    }
  }

  private func check(_ code: Int32, _ doing: String) throws(Failure) {
    guard code != MOSQ_ERR_SUCCESS.rawValue else { return }
    throw Failure(
      description: "\(doing) (mqtt://\(settings.host):\(settings.port)): \(String(cString: mosquitto_strerror(code)))")
  }
}

extension Timestamp {
  static var clock: Timestamp {
    Timestamp(microseconds: Int64((Date().timeIntervalSince1970 * 1e6).rounded(.down)))
  }
}
