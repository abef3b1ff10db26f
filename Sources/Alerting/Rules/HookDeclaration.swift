/// A hook as it is declared: what is called, and within which limits.
public struct HookDeclaration: Hashable, Sendable {
  /// What is called.
  public enum Action: Hashable, Sendable {
    /// A program and its arguments, without a shell. The program is an absolute path.
    case exec([String])
    case webhook(WebhookTarget)
    case publish(HookPublication)
  }

  /// By which rules name it.
  public var name: String
  /// What is called.
  public var action: Action
  /// For one try, from its start to its end.
  public var timeout: Duration
  /// Tries behind the first that may fail.
  public var retries: Int
  /// How long a call waits for a receiver that is not there, which uses no retry up; from when the call was first due.
  public var patience: Duration
  /// Tries at the same time.
  public var concurrency: Int
  /// Tries in any minute.
  public var ratePerMinute: Int

  public init(
    name: String, action: Action, timeout: Duration = .seconds(10), retries: Int = 5,
    patience: Duration = .seconds(86_400), concurrency: Int = 4, ratePerMinute: Int = 60
  ) {
    self.name = name
    self.action = action
    self.timeout = timeout
    self.retries = retries
    self.patience = patience
    self.concurrency = concurrency
    self.ratePerMinute = ratePerMinute
  }
}

/// Where a webhook goes.
public struct WebhookTarget: Hashable, Sendable {
  /// What its body is.
  public enum Format: String, CaseIterable, Sendable {
    /// The call's own document.
    case json
    /// What Prometheus' Alertmanager sends, version 4.
    case alertmanager
  }

  /// `http` or `https`. It may carry a secret in its path or query: no sentence of ours repeats more than its host.
  public var url: String
  /// What its body is.
  public var format: Format
  /// A file of secret header fields, `Name: value` a line, read at each try.
  public var headersFile: String?
  /// Authorities in PEM form that are trusted instead of the system's.
  public var caFile: String?
  /// Whether it may lead to loopback and private networks.
  ///
  /// Off by default, for names and for addresses that stand in the URL alike: who answers for a name can point it at a
  /// service of this machine or of the plant that trusts its network. A receiver in the plant is allowed by one word,
  /// which the sentence of the refusal names. Addresses that no receiver has are refused in any case: link-local ones,
  /// where clouds answer with credentials, multicast, broadcast and unspecified ones.
  public var allowsPrivate: Bool

  public init(
    url: String, format: Format = .json, headersFile: String? = nil, caFile: String? = nil, allowsPrivate: Bool = false
  ) {
    self.url = url
    self.format = format
    self.headersFile = headersFile
    self.caFile = caFile
    self.allowsPrivate = allowsPrivate
  }
}

/// What is published on MQTT.
public struct HookPublication: Hashable, Sendable {
  /// With words in braces: `city/alerts/{rule}`.
  public var topic: String
  /// 0, 1 or 2.
  public var qos: Int
  /// The broker keeps it for those who subscribe later.
  public var isRetained: Bool

  public init(topic: String, qos: Int = 1, isRetained: Bool = false) {
    self.topic = topic
    self.qos = qos
    self.isRetained = isRetained
  }
}
