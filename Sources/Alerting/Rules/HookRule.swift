import Telemetry

/// Whom to call, and how: a plain value, for the module that calls.
public struct HookRule: Hashable, Sendable {
  public enum Action: Hashable, Sendable {
    /// A program and its arguments.
    case exec([String])
    case webhook(Webhook)
    case publish(Publication)
  }

  public struct Webhook: Hashable, Sendable {
    public enum Format: String, CaseIterable, Sendable {
      case json, alertmanager
    }

    /// `http` or `https`.
    public var url: String
    public var format: Format
    /// Holds a header a line; secrets stand in no rule file.
    public var headersFile: String?
    public var caFile: String?
    /// Addresses that are not public ones may be called.
    public var allowsPrivate: Bool

    public init(
      url: String, format: Format = .json, headersFile: String? = nil, caFile: String? = nil,
      allowsPrivate: Bool = false
    ) {
      self.url = url
      self.format = format
      self.headersFile = headersFile
      self.caFile = caFile
      self.allowsPrivate = allowsPrivate
    }
  }

  public struct Publication: Hashable, Sendable {
    /// With places as in titles.
    public var topic: AlertText
    /// 0 to 2.
    public var qos: Int
    public var isRetained: Bool

    public init(topic: AlertText, qos: Int = 1, isRetained: Bool = false) {
      (self.topic, self.qos, self.isRetained) = (topic, qos, isRetained)
    }
  }

  public var name: String
  public var action: Action
  public var timeout: Duration
  /// After the first attempt.
  public var retries: Int
  /// Calls that run at once.
  public var concurrency: Int
  public var ratePerMinute: Int

  public init(
    name: String, _ action: Action, timeout: Duration = .seconds(10), retries: Int = 5, concurrency: Int = 4,
    ratePerMinute: Int = 60
  ) {
    self.name = name
    self.action = action
    self.timeout = timeout
    self.retries = retries
    self.concurrency = concurrency
    self.ratePerMinute = ratePerMinute
  }
}
