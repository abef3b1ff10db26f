import Foundation
import Simulator
import Telemetry
import TestSupport
import Testing

/// A broker that does not let the gateway in, or not everywhere, until somebody mends it. The gateway is not touched.
@Suite(.exclusive)
struct BrokerFaultRefusalTests {
  private let scratch: ScratchDirectory
  private let directory: String

  init() throws {
    scratch = try ScratchDirectory()
    directory = try scratch.directory("broker")
  }

  /// What mosquitto's dynamic security gives everybody who comes without a name.
  private func grant(subscriptions: Bool) throws {
    try scratch.file(
      "broker/security.json",
      """
      {"defaultACLAccess": {"publishClientSend": true, "publishClientReceive": true, "subscribe": \(subscriptions),
      "unsubscribe": true}, "clients": [], "groups": [], "roles": []}
      """)
  }

  @Test("A refused subscription is told and counted, and taken up with the next connection")
  func refusedSubscription() async throws {
    try grant(subscriptions: false)
    let plugin = "/usr/lib/\(Self.triple)/mosquitto_dynamic_security.so"
    let broker = try PrivateBroker(
      directory: directory,
      settings: ("", "plugin \(plugin)\nplugin_opt_config_file \(directory)/security.json"))
    defer { broker.stop() }
    let gateway = try FaultedGateway("url: mqtt://127.0.0.1:\(broker.port)", in: scratch)
    try await gateway.says(
      """
      the broker refuses the subscription \(Bins.filter) (reason 135): check the broker's access rules; it is asked for \
      again at the next connection
      """)
    #expect(try await gateway.metric("ganglion_session_filters_refused") == 1)
    #expect(try await gateway.metric("ganglion_session_connected") == 1)

    broker.stop()
    try grant(subscriptions: true)
    try broker.start()
    try await gateway.isSubscribed()
    #expect(try await gateway.metric("ganglion_session_filters_refused") == 0)
    _ = try await Bins().publish(200, to: broker)
    try await judge(gateway)
  }

  private static let triple = "\(machine)-linux-gnu"

  private static let machine: String = {
    var name = utsname()
    uname(&name)
    return withUnsafeBytes(of: &name.machine) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
  }()

  private func secured() async throws -> (PrivateBroker, SecuredListener, FaultedGateway) {
    let listener = try SecuredListener(directory: directory)
    let broker = try PrivateBroker(directory: directory, secured: listener)
    let password = try scratch.file("password", "secret\n")
    let gateway = try FaultedGateway(
      "url: mqtts://localhost:\(broker.securedPort ?? 0)", "ca_file: \(directory)/ca.crt", "username: gateway",
      "password_file: \(password)", in: scratch)
    try await gateway.isSubscribed()
    return (broker, listener, gateway)
  }

  @Test("A password that the broker no longer takes is told and counted; once it does, what it kept is taken in")
  func refusedPassword() async throws {
    let (broker, listener, gateway) = try await secured()
    defer { broker.stop() }
    broker.stop()
    try listener.setPassword("another")
    try broker.start()
    try await gateway.says(
      """
      the broker refuses the connection: Not authorized; check mqtt.username, mqtt.password_file and the broker's users
      """)
    #expect(try await gateway.disconnections("credentials") ?? 0 > 0)
    _ = try await Bins().publish(200, to: broker)
    broker.stop()
    try listener.setPassword("secret")
    try broker.start()
    try await judge(gateway)
  }

  @Test("A certificate that has expired is told with its date; once there is a new one, what was kept is taken in")
  func expiredCertificate() async throws {
    let (broker, listener, gateway) = try await secured()
    defer { broker.stop() }
    broker.stop()
    try listener.certify(days: -1)
    try broker.start()
    let yesterday = Timestamp.now - .seconds(86400)
    try await eventually("the date is told: \(gateway.log)") {
      let line =
        #/no connection to the broker: the broker's certificate expired on (\S+)Z; the broker needs a new one\n/#
      guard let said = gateway.log.firstMatch(of: line)?.output.1 else { return false }
      let date = try Date("\(said)Z", strategy: .iso8601).timeIntervalSince1970
      return abs(date - Double(yesterday.seconds)) < 120
    }
    #expect(try await gateway.disconnections("certificate") ?? 0 > 0)
    _ = try await Bins().publish(200, to: broker)
    broker.stop()
    try listener.certify(days: 2)
    try broker.start()
    try await judge(gateway)
  }

  /// 200 messages came, all of them once.
  private func judge(_ gateway: FaultedGateway) async throws {
    try await gateway.aggregates(200)
    #expect(
      try gateway.stop()
        == FaultedGateway.Counts(received: 200, messages: ["decoded": 200], readings: ["aggregated": 200]))
  }
}
