import CMosquitto
import CMosquittoGuard
import Glibc

/// libmosquitto behind one door: one instance for one connection, driven by the session's own loop.
///
/// Nothing is written but where the protocol says so: the client is told that another loop drives it, and so only queues.
final class MosquittoClient: BrokerClient {
  private(set) var connack: Connack?
  /// The packet id of the SUBSCRIBE; 0 before it.
  private var subscribeID: Int32 = 0
  /// The last PUBLISH that the broker has.
  private(set) var published: Int32 = 0
  private var acknowledged: [Int32] = []
  /// The reason codes of its SUBACK, once it is in; taken by `takeSuback`.
  private var suback: [Int32]?
  /// The packet id of the UNSUBSCRIBE; 0 before it.
  private var unsubscribeID: Int32 = 0
  private var hasUnsuback = false
  /// What the broker did that no broker may, where the library lets it pass.
  private var violation: String? {
    didSet { isViolated = violation != nil }
  }
  private var isViolated = false
  /// The reason code of a DISCONNECT that the broker sent.
  private var disconnectCode: Int32?
  var onConnack: (Connack) -> Void = { _ in }
  var onMessage: (borrowing DeliveredMessage) -> Void = { _ in }
  var onLog: (UnsafePointer<CChar>) -> Void = { _ in }

  /// The last error in the library's log, while it is listened to.
  private var errorLine: String?
  private var certificateProblem: String?
  private let settings: SessionSettings
  private var handle: OpaquePointer!

  /// Payloads up to this are told, even where they are too large to be taken.
  private static let largestPayloadBytes = 16 << 20

  /// Read before the first instance: the library's own set-up knows no threads.
  static let libraryIsReady: Bool = {
    // A look-up of the broker's name blocks; with the resolver's own limits longer than a stop may take.
    setenv("RES_OPTIONS", "timeout:1 attempts:1", 0)
    return mosquitto_lib_init() == MOSQ_ERR_SUCCESS.rawValue
  }()

  init(_ settings: SessionSettings) throws(BrokerClientFailure) {
    self.settings = settings
    guard MosquittoClient.libraryIsReady else { throw BrokerClientFailure(message: "libmosquitto cannot be set up") }
    handle = mosquitto_new(settings.clientID, settings.isCleanStart, Unmanaged.passUnretained(self).toOpaque())
    guard handle != nil else { throw BrokerClientFailure(message: "no memory for an MQTT client") }
    // Another loop than the library's own: packets are queued, never written from inside.
    mosquitto_threaded_set(handle, true)
    setCallbacks()
    try setOptions()
  }

  deinit {
    if let handle { mosquitto_destroy(handle) }
  }

  private func setOptions() throws(BrokerClientFailure) {
    let version = settings.version == .v5 ? MQTT_PROTOCOL_V5 : MQTT_PROTOCOL_V311
    try check(mosquitto_int_option(handle, MOSQ_OPT_PROTOCOL_VERSION, Int32(version)))
    if settings.version == .v5 {
      try check(mosquitto_int_option(handle, MOSQ_OPT_RECEIVE_MAXIMUM, Int32(settings.receiveMaximum)))
    }
    if let username = settings.username {
      try check(mosquitto_username_pw_set(handle, username, settings.password))
    }
    if let tls = settings.tls {
      // Debian keeps the system's authorities in this directory.
      let directory = tls.caFile == nil ? "/etc/ssl/certs" : nil
      let code = mosquitto_tls_set(handle, tls.caFile, directory, tls.certFile, tls.keyFile, nil)
      guard code == MOSQ_ERR_SUCCESS.rawValue else {
        throw BrokerClientFailure(
          message:
            "TLS cannot be set up from mqtt.ca_file, cert_file and key_file: \(BrokerClientFailure(code).message)")
      }
    }
  }

  private func setCallbacks() {
    mosquitto_connect_v5_callback_set(handle) { _, user, code, flags, _ in
      let client = MosquittoClient.from(user)
      // It would begin a session beside the one that is.
      guard client.connack == nil else {
        client.violation = "the broker sent a second CONNACK"
        return
      }
      let connack = Connack(reasonCode: code, isSessionPresent: flags & 1 != 0)
      client.connack = connack
      client.onConnack(connack)
    }
    mosquitto_disconnect_v5_callback_set(handle) { _, user, code, _ in
      // The broker's own word comes first; then the library tells how the connection ended.
      let client = MosquittoClient.from(user)
      if code != 0, client.disconnectCode == nil { client.disconnectCode = code }
    }
    mosquitto_subscribe_v5_callback_set(handle) { _, user, packetID, count, codes, _ in
      let client = MosquittoClient.from(user)
      guard packetID == client.subscribeID else { return }
      client.suback = Array(UnsafeBufferPointer(start: codes, count: Int(count)))
    }
    mosquitto_unsubscribe_callback_set(handle) { _, user, packetID in
      let client = MosquittoClient.from(user)
      if packetID == client.unsubscribeID { client.hasUnsuback = true }
    }
    mosquitto_publish_callback_set(handle) { _, user, number in
      let client = MosquittoClient.from(user)
      client.published = number
      client.acknowledged.append(number)
    }
    mosquitto_message_callback_set(handle) { _, user, message in
      guard let message = message?.pointee else { return }
      MosquittoClient.from(user).onMessage(
        DeliveredMessage(
          topic: UnsafeRawBufferPointer(start: message.topic, count: strlen(message.topic)),
          payload: UnsafeRawBufferPointer(start: message.payload, count: Int(message.payloadlen)),
          packetID: UInt16(truncatingIfNeeded: message.mid), isQoS1: message.qos > 0, isRetained: message.retain))
    }
  }

  private static func from(_ user: UnsafeMutableRawPointer?) -> MosquittoClient {
    Unmanaged<MosquittoClient>.fromOpaque(user!).takeUnretainedValue()
  }

  /// Judges what one of the library's loops answered. Once the broker has sent a DISCONNECT they succeed for ever, at
  /// doing nothing, without a socket.
  private func checkLoop(_ code: Int32) throws(BrokerClientFailure) {
    let isGone = code == MOSQ_ERR_SUCCESS.rawValue && descriptor < 0
    try check(isGone ? Int32(MOSQ_ERR_CONN_LOST.rawValue) : code)
  }

  private func check(_ code: Int32) throws(BrokerClientFailure) {
    // One comparison for each packet, no text.
    guard code != MOSQ_ERR_SUCCESS.rawValue || isViolated else { return }
    if let violation { throw BrokerClientFailure(message: violation) }
    if let certificateProblem { throw BrokerClientFailure(message: certificateProblem, kind: .untrusted) }
    if let brokerFailure { throw brokerFailure }
    throw errorLine.map { BrokerClientFailure(message: $0) } ?? BrokerClientFailure(code)
  }

  /// What the broker said with a DISCONNECT; nil where it said nothing, or nothing of an error.
  private var brokerFailure: BrokerClientFailure? {
    guard let disconnectCode, disconnectCode >= 128 else { return nil }
    return BrokerClientFailure(
      message: String(cString: mosquitto_reason_string(disconnectCode)),
      kind: disconnectCode == Int32(MQTT_RC_SESSION_TAKEN_OVER.rawValue) ? .takenOver : .other)
  }

  /// Begins to connect and returns at once; only the look-up of a host name may take its time.
  func connect() throws(BrokerClientFailure) {
    let keepalive = Int32(settings.keepalive.components.seconds)
    if settings.version == .v5 {
      var properties: OpaquePointer?
      defer { mosquitto_property_free_all(&properties) }
      let expiry = UInt32(clamping: settings.sessionExpiry.components.seconds)
      try check(mosquitto_property_add_int32(&properties, Int32(MQTT_PROP_SESSION_EXPIRY_INTERVAL.rawValue), expiry))
      // A broker drops what is larger, and tells nobody: so this is far above the largest payload that is taken, and
      // what lies between becomes a dead letter. Room for topic and properties beside it.
      let packet = UInt32(clamping: max(settings.maxPayloadBytes, Self.largestPayloadBytes) + (128 << 10))
      try check(mosquitto_property_add_int32(&properties, Int32(MQTT_PROP_MAXIMUM_PACKET_SIZE.rawValue), packet))
      // The blocking call is the only one that takes properties; with a port that is none it keeps them and goes no
      // further, and the call that does not block then uses them.
      mosquitto_connect_bind_v5(handle, settings.host, -1, keepalive, nil, properties)
    }
    try check(mosquitto_connect_bind_async(handle, settings.host, Int32(settings.port), keepalive, nil))
  }

  var refusal: Refusal? {
    guard let code = connack?.reasonCode, code != 0 else { return nil }
    let text = settings.version == .v5 ? mosquitto_reason_string(code) : mosquitto_connack_string(code)
    return Refusal(reasonCode: code, words: text.map { String(cString: $0) } ?? "reason \(code)")
  }

  var descriptor: Int32 { mosquitto_socket(handle) }

  var wantsWrite: Bool { mosquitto_want_write(handle) }

  /// TLS, CONNECT, CONNACK.
  func drive() throws(BrokerClientFailure) {
    errno = 0
    try checkLoop(mosquitto_guarded_loop_read(handle, 1))
    if connack == nil { try checkLoop(mosquitto_loop_write(handle, 1)) }
  }

  func read(while goesOn: () -> Bool) throws(BrokerClientFailure) -> Bool {
    while goesOn() {
      errno = 0
      try checkLoop(mosquitto_guarded_loop_read(handle, 1))
      if errno == EAGAIN || errno == EWOULDBLOCK { return true }
    }
    return false
  }

  func flush() throws(BrokerClientFailure) -> Bool {
    while wantsWrite {
      errno = 0
      try checkLoop(mosquitto_loop_write(handle, 1))
      if errno == EAGAIN || errno == EWOULDBLOCK { return !wantsWrite }
    }
    return true
  }

  func maintain() throws(BrokerClientFailure) {
    try checkLoop(mosquitto_loop_misc(handle))
  }

  /// Queues a SUBSCRIBE for all filters. In MQTT 5, messages retained before come only with a new subscription.
  func subscribe(to filters: [String], qos: Int32) throws(BrokerClientFailure) {
    let options = settings.version == .v5 ? Int32(MQTT_SUB_OPT_SEND_RETAIN_NEW.rawValue) : 0
    try withCStrings(filters) { list, count throws(BrokerClientFailure) in
      try check(mosquitto_subscribe_multiple(handle, &subscribeID, count, list, qos, options, nil))
    }
  }

  func unsubscribe(from filters: [String]) throws(BrokerClientFailure) {
    try withCStrings(filters) { list, count throws(BrokerClientFailure) in
      try check(mosquitto_unsubscribe_multiple(handle, &unsubscribeID, count, list, nil))
    }
  }

  /// What the broker publishes where the connection breaks; to be said before it is made.
  func setWill(_ will: OutgoingMessage) throws(BrokerClientFailure) {
    try check(
      mosquitto_will_set(handle, will.topic, Int32(will.payload.count), will.payload, will.qos, will.isRetained))
  }

  /// Queues a PUBLISH; `published` is its number once the broker has it, at QoS 0 once it is written.
  @discardableResult
  func publish(_ message: OutgoingMessage) throws(BrokerClientFailure) -> Int32 {
    var number: Int32 = 0
    try check(
      mosquitto_publish(
        handle, &number, message.topic, Int32(message.payload.count), message.payload, message.qos, message.isRetained))
    return number
  }

  /// The numbers of messages that the broker has since the last call.
  func takeAcknowledged() -> [Int32] {
    defer { acknowledged.removeAll(keepingCapacity: true) }
    return acknowledged
  }

  private func withCStrings(
    _ strings: [String],
    _ body: (UnsafePointer<UnsafeMutablePointer<CChar>?>, Int32) throws(BrokerClientFailure) -> Void
  ) throws(BrokerClientFailure) {
    let copies: [UnsafeMutablePointer<CChar>?] = strings.map { strdup($0) }
    defer { copies.forEach { free($0) } }
    let list = UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>.allocate(capacity: copies.count)
    defer { list.deallocate() }
    list.initialize(from: copies, count: copies.count)
    try body(UnsafePointer(list), Int32(copies.count))
  }

  func takeSuback() -> [Int32]? {
    defer { suback = nil }
    return suback
  }

  func takeUnsuback() -> Bool {
    defer { hasUnsuback = false }
    return hasUnsuback
  }

  /// It costs a formatted line a message, so it is on only for a reason.
  func listenToLog(_ listens: Bool) {
    errorLine = nil
    guard listens else {
      mosquitto_log_callback_set(handle, nil)
      return
    }
    mosquitto_log_callback_set(handle) { _, user, level, line in
      guard let line else { return }
      let client = MosquittoClient.from(user)
      // What OpenSSL says of a handshake that failed stands only here.
      if level == MOSQ_LOG_ERR {
        client.errorLine = String(cString: line)
        client.certificateProblem = CertificateProblem.sentence(mosquitto_ssl_get(client.handle))
      }
      client.onLog(line)
    }
  }

  func sayGoodbye() {
    mosquitto_disconnect_v5(handle, 0, nil)
    _ = try? flush()
  }
}

extension BrokerClientFailure {
  /// What a call of libmosquitto answered.
  fileprivate init(_ code: Int32) {
    let number = errno
    kind = code == MOSQ_ERR_KEEPALIVE.rawValue ? .silent : .other
    if code == MOSQ_ERR_CONN_LOST.rawValue || (code == MOSQ_ERR_ERRNO.rawValue && number == 0) {
      message = "the other side closed it"
    } else if code == MOSQ_ERR_ERRNO.rawValue {
      message = String(cString: Glibc.strerror(number))
    } else {
      message = String(cString: mosquitto_strerror(code))
    }
  }
}
