import Telemetry

/// When something is an alert, and who is told.
public struct AlertRule: Hashable, Sendable {
  /// Lower-case letters, digits and hyphens.
  public var id: String
  /// What people are told; empty for the id.
  public var title: AlertTitle
  /// What it looks at, and for what.
  public var subject: Subject
  /// How long it must hold, and must be over.
  public var spans: Spans
  /// How old a reading may be as it is received and still fire; nil: twice the interval, at least a minute.
  public var liveLimit: Duration?
  /// Names of hooks that are called.
  public var hooks: [String]
  /// Nil: each alert is a call of its own.
  public var group: Grouping?
  /// In the order of their time, each later than the one before.
  public var escalations: [Escalation]
  /// A rule that is off has no alerts.
  public var isEnabled: Bool

  public init(
    id: String, title: AlertTitle = AlertTitle(), _ subject: Subject, spans: Spans = Spans(),
    liveLimit: Duration? = nil, hooks: [String] = [], group: Grouping? = nil, escalations: [Escalation] = [],
    isEnabled: Bool = true
  ) {
    self.id = id
    self.title = title
    self.subject = subject
    self.spans = spans
    self.liveLimit = liveLimit
    self.hooks = hooks
    self.group = group
    self.escalations = escalations
    self.isEnabled = isEnabled
  }

  /// How long it must hold, and must be over.
  public struct Spans: Hashable, Sendable {
    /// Before it fires.
    public var `for`: Duration
    /// Before it ends.
    public var keep: Duration

    public init(for hold: Duration = .zero, keep: Duration = .zero) {
      (self.for, self.keep) = (hold, keep)
    }
  }

  /// What it looks at.
  public enum Subject: Hashable, Sendable {
    /// Each series of a metric by itself.
    case series(SeriesSubject)
    /// Several conditions at once, on a device or on all that has one value of a tag.
    case joined(JoinedSubject)
  }

  /// Its machines' severities: one, or those of `levels`.
  public var severities: [Severity] {
    switch subject {
    case .series(let series): series.levels.map(\.severity)
    case .joined(let joined): [joined.severity]
    }
  }

  /// The metrics that it looks at.
  public var metrics: [String] {
    switch subject {
    case .series(let series): [series.metric]
    case .joined(let joined): joined.parts.map(\.metric)
    }
  }

  /// For titles: the limit of an alert, by the override that fits what it is about.
  ///
  /// - Parameter tags: of the alert.
  public func limitText(_ key: AlertKey, tags: [String: String]) -> String {
    switch subject {
    case .series(let series):
      series.inForce(device: key.target.device ?? "", tags: tags, spans).levels
        .first { $0.severity == key.severity }?.condition.limitText ?? ""
    case .joined(let joined): joined.parts.map(\.condition.limitText).joined(separator: ", ")
    }
  }

  /// How long starts of several alerts are collected into one call.
  public struct Grouping: Hashable, Sendable {
    /// `rule`, `severity`, `device` or names of tags: alerts that have them in common are called together.
    public var by: [String]
    /// From the first start on, and from the first end.
    public var wait: Duration

    public init(by: [String], wait: Duration) {
      (self.by, self.wait) = (by, wait)
    }
  }

  /// Who is called as well where nobody has acknowledged.
  public struct Escalation: Hashable, Sendable {
    /// Since the start was called.
    public var after: Duration
    /// Names of those that are called.
    public var hooks: [String]

    public init(after: Duration, hooks: [String]) {
      (self.after, self.hooks) = (after, hooks)
    }
  }
}

/// One metric, its limit in one or several severities, and where these are others.
public struct SeriesSubject: Hashable, Sendable {
  /// A condition, and how bad it is where it holds.
  public struct Level: Hashable, Sendable {
    /// How bad it is.
    public var severity: Severity
    /// When it is so.
    public var condition: Condition

    public init(_ severity: Severity, _ condition: Condition) {
      (self.severity, self.condition) = (severity, condition)
    }
  }

  /// Its canonical name.
  public var metric: String
  /// Of which devices.
  public var filter: DeviceFilter
  /// At least one, each severity once.
  public var levels: [Level]
  /// The first that fits a device holds.
  public var overrides: [Override]

  public init(metric: String, filter: DeviceFilter = DeviceFilter(), levels: [Level], overrides: [Override] = []) {
    self.metric = metric
    self.filter = filter
    self.levels = levels
    self.overrides = overrides
  }

  /// What is otherwise for some devices.
  public struct Override: Hashable, Sendable {
    /// For which devices.
    public var filter: DeviceFilter
    /// Empty: those of the rule.
    public var levels: [Level]
    /// Nil: that of the rule.
    public var `for`: Duration?
    /// Nil: that of the rule.
    public var keep: Duration?

    public init(filter: DeviceFilter, levels: [Level] = [], for hold: Duration? = nil, keep: Duration? = nil) {
      self.filter = filter
      self.levels = levels
      self.for = hold
      self.keep = keep
    }
  }
}

/// Conditions that must hold together. Hysteresis between them is the rule's `keep`: a part has none of its own, so that
/// the last readings alone say what it says.
public struct JoinedSubject: Hashable, Sendable {
  /// One of the conditions.
  public struct Part: Hashable, Sendable {
    /// Its canonical name.
    public var metric: String
    /// Of which devices.
    public var filter: DeviceFilter
    /// `above`, `below`, `outside` or `equals`.
    public var condition: Condition

    public init(metric: String, filter: DeviceFilter = DeviceFilter(), _ condition: Condition) {
      (self.metric, self.filter, self.condition) = (metric, filter, condition)
    }
  }

  /// What the conditions must hold on together.
  public enum Ground: Hashable, Sendable {
    case device
    /// All devices that have the same value of it.
    case tag(String)
  }

  /// Two or more.
  public var parts: [Part]
  /// What they must hold on together.
  public var ground: Ground
  /// How bad it is.
  public var severity: Severity

  public init(_ parts: [Part], on ground: Ground = .device, severity: Severity = .warning) {
    (self.parts, self.ground, self.severity) = (parts, ground, severity)
  }
}

/// Which devices.
public struct DeviceFilter: Hashable, Sendable {
  /// Nil: any.
  public var device: String?
  /// All of them.
  public var tags: [String: String]

  public init(device: String? = nil, tags: [String: String] = [:]) {
    (self.device, self.tags) = (device, tags)
  }

  /// Whether a device with these tags is one of them.
  public func includes(device: String, tags: [String: String]) -> Bool {
    (self.device ?? device) == device && self.tags.allSatisfy { tags[$0.key] == $0.value }
  }
}
