import Foundation
import Ingest
import Sparkplug
import Telemetry

/// `ganglion.yaml`, read and checked. Every key but `mqtt.url` has a default.
public struct GatewayConfiguration: Sendable {
  /// The file it was read from; nil where it was made otherwise.
  public var file: String?
  /// Unique at the hub.
  public var gateway: String
  /// Calendar of windows, and of time stamps without a zone.
  public var timeZone: TimeZone
  /// The directory of `journal.db` and `store.db`.
  public var data: String
  /// The directory of the user's profiles and registry; nil for the built-in profiles alone.
  public var devices: String?
  public var enrolment = Enrolment.auto
  /// The KPIs that it answers: the built-in ones, and those of the file that `kpis` names.
  public var kpis = KPICatalogue.builtIn
  /// The file of the alert rules; nil for none.
  public var alerts: String?
  public var mqtt: MQTT
  public var pipeline = Pipeline()
  public var windows = Windows()
  public var http = HTTP()
  public var sparkplug = Sparkplug()
  public var limits = Limits()
  public var log = Log()

  /// The broker, and how to speak with it.
  public struct MQTT: Sendable {
    public var host: String
    public var port: Int
    public var usesTLS: Bool
    public var clientID: String
    public var version = SessionSettings.ProtocolVersion.v5
    public var username: String?
    public var passwordFile: String?
    public var caFile: String?
    public var certFile: String?
    public var keyFile: String?
    /// Empty: the filters of the profiles.
    public var subscriptions: [String] = []
    public var sessionExpiry = Duration.seconds(7 * 86400)
    public var keepalive = Duration.seconds(30)
    public var receiveMaximum = 1000
    public var maxPacketBytes = 256 << 10

    public init(host: String, port: Int, usesTLS: Bool, clientID: String) {
      self.host = host
      self.port = port
      self.usesTLS = usesTLS
      self.clientID = clientID
    }
  }

  /// The way from the journal to the store.
  public struct Pipeline: Sendable {
    public var ringCapacity = 65536
    public var batch = 2048
    public var batchDelay = Duration.milliseconds(5)
    public var checkpoint = Duration.seconds(1)
  }

  /// What is taken into windows.
  public struct Windows: Sendable {
    public var eventTimes = EventTimeRule(futureLimit: .seconds(300), pastLimit: .seconds(30 * 86400))
    /// How long after its last change a window keeps its samples, and a message's id is known.
    public var exactFor = Duration.seconds(900)
    /// Samples that a window keeps at most.
    public var samplesMax = 4096
    /// Nil for ever.
    public var retainMinutes: Duration? = .seconds(30 * 86400)
    public var retainHours: Duration? = .seconds(2 * 365 * 86400)
    public var retainDays: Duration?
  }

  /// Where the API listens.
  public struct HTTP: Sendable {
    public var host = "127.0.0.1"
    public var port = 8080
    /// Who may ask; nil where everybody may who reaches it, which is on loopback alone.
    public var tokensFile: String?
    public var tls: TLS?
    /// Names that it is called by, beside its address and the host's name.
    public var hosts: [String] = []
    /// Connections at once; further ones wait to be taken.
    public var connections = 256

    /// Where it proves who it is.
    public struct TLS: Sendable {
      /// The certificate and those that it rests on, in PEM form.
      public var certFile: String
      public var keyFile: String
    }

    var isLoopback: Bool {
      host == "localhost" || host == "::1" || host.hasPrefix("127.") && IPAddress.isVersion4(host)
    }

    /// Where it is asked on this machine.
    ///
    /// - Parameter port: of a server that has chosen one.
    public func url(port: Int? = nil) -> String {
      let address = host.contains(":") ? "[\(host)]" : host
      return tls == nil
        ? "http://\(address):\(port ?? self.port)" : "https://\(hosts.first ?? address):\(port ?? self.port)"
    }
  }

  /// The gateway as a host application of Sparkplug B; of no account where no profile speaks it.
  public struct Sparkplug: Sendable {
    /// Edge nodes that wait for their primary host know it by this name; nil where it does not say that it is there.
    public var host: String?
    /// How it says so.
    public var state: Set<HostPresence.Form> = [.v3]
    /// Nodes are asked for their births.
    public var asksForBirths = true
    public var timing = SparkplugTiming()
  }

  /// What the gateway holds at most.
  public struct Limits: Sendable {
    /// Devices that enrol by themselves; messages of others that are not listed are dead letters.
    public var devices = 100_000
    /// The same, of some profiles.
    public var devicesPerProfile: [String: ProfileLimit] = [:]
    public var deadLetters = 10_000
    public var deadLetterBytes = 64 << 20
    /// Messages with longer topics are dead letters.
    public var topicBytes = 1024
    /// Ids of messages that are known at once, for profiles whose `identity` is one.
    public var messageIdentities = 1_000_000
    /// Bytes in use in `store.db` above which the oldest windows go before their time.
    public var storeBytes = 16 << 30
    /// Room that is kept for a full disk; at most two per cent of the file system.
    public var ballastBytes = 64 << 20
    /// Requests that a token may make a second, over some seconds.
    public var requestsPerToken = 50
    /// A question that takes longer is given up.
    public var questionTime = Duration.seconds(10)
    /// Streams that are open at once: all of them, and those of one token.
    public var streams = 64
    public var streamsPerToken = 16
    /// Readings that are kept for the clients of streams.
    public var streamEvents = 100_000
    /// Calls of one hook that wait.
    public var hookCalls = 10_000
  }

  /// What is told on standard error, and how.
  public struct Log: Sendable {
    public enum Level: String, CaseIterable, Sendable { case debug, info, warning, error }
    public enum Format: String, CaseIterable, Sendable { case text, json }

    public var level = Level.info
    public var format = Format.text
  }

  /// A configuration with all defaults, for the demo and the tests.
  public init(gateway: String, timeZone: TimeZone, data: String, mqtt: MQTT) {
    self.gateway = gateway
    self.timeZone = timeZone
    self.data = data
    self.mqtt = mqtt
  }
}
