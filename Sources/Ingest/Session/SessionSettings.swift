import Telemetry

/// What the session needs to know of the broker. Secrets are in memory only; they come from files.
public struct SessionSettings: Sendable {
  public enum ProtocolVersion: String, CaseIterable, Sendable {
    case v5 = "5"
    case v311 = "3.1.1"
  }

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
  public var clientID: String
  public var version: ProtocolVersion
  public var username: String?
  public var password: String?
  public var filters: [String]
  public var sessionExpiry: Duration
  public var keepalive: Duration
  public var receiveMaximum: Int
  /// Payloads beyond this are cut and become dead letters.
  public var maxPayloadBytes: Int
  public var batchLimit: Int
  public var batchDelay: Duration
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
