import Ingest
import Logging
import ServiceLifecycle
import Sparkplug
import Telemetry

/// What the gateway says to Sparkplug nodes: that it is there, and that they are to be born again.
///
/// Commands go out on a client beside the session. Each form of STATE needs a client, since a client has one will.
final class SparkplugCommands: Sendable {
  let clients: [CommandClient]
  private let log: Logger
  private let asksForBirths: Bool
  private let sessionsLost: @Sendable () -> Int64
  private let knownSessionsLost = Shared(Int64(0))

  /// How long a request for a birth may wait for a connection; it is made again later.
  private static let patience = Duration.seconds(30)

  init(_ configuration: GatewayConfiguration, _ session: Session, settings: SessionSettings, log: Logger) {
    self.log = log
    asksForBirths = configuration.sparkplug.asksForBirths
    sessionsLost = { session.currentStatus.sessionsLost }
    let isSubscribed: @Sendable () -> Bool = { session.currentStatus.isSubscribed }
    let forms = configuration.sparkplug.state.sorted { $0.rawValue > $1.rawValue }
    let presences = configuration.sparkplug.host.map { host in forms.map { HostPresence($0, host: host) } } ?? []
    clients = (presences.isEmpty ? [nil] : presences.map(Optional.some)).enumerated().map { index, presence in
      var settings = settings
      settings.clientID += index == 0 ? "-command" : "-state"
      settings.sessionExpiry = .zero
      settings.isCleanStart = true
      return CommandClient(
        settings, presence: presence.map(PresenceWords.init), isWanted: isSubscribed, now: { .now },
        report: { Self.report($0, presence, log) })
    }
  }

  private static func report(_ event: CommandClient.Event, _ presence: HostPresence?, _ log: Logger) {
    switch event {
    case .connected:
      log.info("connected to the broker for commands\(presence.map { ", present on \($0.topic)" } ?? "")")
    case .disconnected(let reason): log.warning("no connection to the broker for commands: \(reason)")
    case .contradicted:
      log.warning(
        """
        somebody said on \(presence?.topic ?? "") that this gateway is offline; it was put right: does another host have \
        the name in sparkplug.host?
        """)
    }
  }

  /// To be called about once a second, on the pipeline's thread: asks the nodes that are due for their births.
  func beat(_ pipeline: Pipeline) {
    let lost = sessionsLost()
    if lost != knownSessionsLost.value {
      knownSessionsLost.update { $0 = lost }
      pipeline.doubtSparkplugBirths()
    }
    guard asksForBirths else { return }
    for request in pipeline.rebirthRequests() {
      log.notice("asking the Sparkplug node \(request.node.text) for its births: \(request.cause.words)")
      clients[0].publish(
        OutgoingMessage(topic: request.topic, payload: request.payload, expiresAt: .now + Self.patience))
    }
  }
}

extension RebirthCause {
  fileprivate var words: String {
    switch self {
    case .gap: "messages of it are missing"
    case .noBirth: "it sends data, and no birth of it is in force"
    case .alias: "it sends an alias that its births do not define"
    }
  }
}

extension PresenceWords {
  fileprivate init(_ presence: HostPresence) {
    self.init(
      topic: presence.topic, payload: { presence.payload(isOnline: $0, at: $1) },
      saysOffline: { presence.saysOffline($0) })
  }
}
