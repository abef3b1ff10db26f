import Telemetry

/// What the session needs to know of the broker. Secrets are in memory only; they come from files.
public struct SessionSettings: Sendable {
  /// The MQTT versions that are spoken, as the configuration writes them.
  public enum ProtocolVersion: String, CaseIterable, Sendable {
    case v5 = "5"
    case v311 = "3.1.1"
  }

  /// Files for TLS; a certificate and its key come together.
  public struct TLS: Sendable {
    /// Nil: the system's authorities.
    public var caFile: String?
    public var certFile: String?
    public var keyFile: String?

    public init(caFile: String?, certFile: String?, keyFile: String?) {
      self.caFile = caFile
      self.certFile = certFile
      self.keyFile = keyFile
    }
  }

  public var host: String
  public var port: Int
  public var tls: TLS?
  /// The broker keeps the session under this name.
  public var clientID: String
  public var version: ProtocolVersion
  public var username: String?
  public var password: String?
  /// Topic filters; no topic matches two of them.
  public var filters: [String]
  /// How long the broker keeps the session of a client that is away. MQTT 5.
  public var sessionExpiry: Duration
  /// In whole seconds. A pause of half of it ends a connection that cannot go on.
  public var keepalive: Duration
  /// Messages that the broker sends before it waits for acknowledgements. MQTT 5.
  public var receiveMaximum: Int
  /// Payloads beyond this are cut and become dead letters.
  public var maxPayloadBytes: Int
  /// Messages in a journal commit, about at most.
  public var batchLimit: Int
  /// How long a message waits for others until it is committed.
  public var batchDelay: Duration
  /// Nothing of an earlier session is wanted, and nothing is left behind.
  public var isCleanStart = false
  /// The machine's clock is known to be wrong: times of receipt limit no event time.
  public var clockIsUnsure = false

  public init(
    host: String, port: Int, tls: TLS? = nil, clientID: String, version: ProtocolVersion = .v5,
    username: String? = nil, password: String? = nil, filters: [String], sessionExpiry: Duration = .seconds(604_800),
    keepalive: Duration = .seconds(30), receiveMaximum: Int = 1000, maxPayloadBytes: Int = 256 << 10,
    batchLimit: Int = 2048, batchDelay: Duration = .milliseconds(5)
  ) {
    self.host = host
    self.port = port
    self.tls = tls
    self.clientID = clientID
    self.version = version
    self.username = username
    self.password = password
    self.filters = filters
    self.sessionExpiry = sessionExpiry
    self.keepalive = keepalive
    self.receiveMaximum = receiveMaximum
    self.maxPayloadBytes = maxPayloadBytes
    self.batchLimit = batchLimit
    self.batchDelay = batchDelay
  }

  /// The broker as it is named in the log and remembered in the journal.
  public var broker: String { "\(tls == nil ? "mqtt" : "mqtts")://\(host):\(port)" }
}
