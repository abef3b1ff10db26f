import CMosquitto

/// What the gateway is measured against: a libmosquitto subscriber that counts, and does nothing else.
public final class BareSubscriber {
  public struct Failure: Error, CustomStringConvertible {
    public let description: String
  }

  public private(set) var received = 0
  /// When the first message came.
  public private(set) var began: ContinuousClock.Instant?
  private var handle: OpaquePointer!

  public init() {
    _ = MosquittoLibrary.initialized
  }

  deinit {
    if let handle { mosquitto_destroy(handle) }
  }

  /// Receives messages until there are `count`.
  public func run(port: Int, qos: Int32, until count: Int) throws(Failure) {
    handle = mosquitto_new("bare", false, Unmanaged.passUnretained(self).toOpaque())
    mosquitto_message_callback_set(handle) { _, user, _ in
      let subscriber = Unmanaged<BareSubscriber>.fromOpaque(user!).takeUnretainedValue()
      if subscriber.received == 0 { subscriber.began = .now }
      subscriber.received += 1
    }
    try check(mosquitto_connect(handle, "127.0.0.1", Int32(port), 60))
    try check(mosquitto_subscribe(handle, nil, "#", qos))
    while received < count { try check(mosquitto_loop(handle, 1000, 1)) }
    // The last acknowledgements.
    while mosquitto_want_write(handle) { try check(mosquitto_loop_write(handle, 1)) }
  }

  private func check(_ code: Int32) throws(Failure) {
    guard code == MOSQ_ERR_SUCCESS.rawValue else {
      throw Failure(description: String(cString: mosquitto_strerror(code)))
    }
  }
}
