import Telemetry

/// One severity of one rule, made ready for series of one kind.
struct Check {
  enum Form {
    case threshold, rate, absence
    /// Of a joined rule.
    case part
    case window
  }

  var form: Form
  /// In the rule set.
  var rule: Int
  var severity: Severity
  /// Tells the severities of all rules apart, in every run.
  var level: UInt64
  var fingerprint: UInt64
  var spans: AlertMachine.Spans
  /// Of readings, and of parts; bands of nothing where no value is compared.
  var threshold: Threshold
  /// How old a reading may be as it is received. Microseconds.
  var liveLimit: Int64
  /// Of a rate its span; of an absence the time after which it is one. Microseconds.
  var span: Int64 = 0
  /// Of a rate, or of a part: its place in the series' record.
  var slot = 0
  /// Of a part: its number in its rule.
  var part = 0
  /// Of a window: its place among the plan's conditions.
  var window = 0
}

/// All that is asked of a series; series of which the same is asked share one.
struct SeriesPlan {
  /// Whatever makes two plans the same.
  struct Key: Hashable {
    /// Of each rule that applies: its number, its part's, its override's.
    var applied: [[Int]]
    var interval: Duration?
    var kind: MetricKind
    var modulus: Double
    var states: [String: Double]
  }

  var checks: [Check] = []
  var windows: [Check] = []
  /// By `Check.window`.
  var windowConditions: [WindowCondition] = []
  var kind = MetricKind.gauge
  var modulus = 0.0
  var states: [String: Double] = [:]
  /// Without a reading for so long the series is silent; nil: never.
  var silence: Int64?
  var rateCount = 0
  var partCount = 0
  var hasAbsence = false
  /// The shortest and the longest of its checks.
  var strictestLiveLimit = Int64.max
  var widestLiveLimit: Int64 = 0

  mutating func append(_ check: Check, _ window: WindowCondition?) {
    var check = check
    switch check.form {
    case .window:
      if let window {
        check.window = windowConditions.count
        windowConditions.append(window)
        windows.append(check)
      }
      return
    case .rate:
      check.slot = rateCount
      rateCount += 1
    case .part:
      check.slot = partCount
      partCount += 1
    case .absence: hasAbsence = true
    case .threshold: break
    }
    strictestLiveLimit = min(strictestLiveLimit, check.liveLimit)
    widestLiveLimit = max(widestLiveLimit, check.liveLimit)
    checks.append(check)
  }

  /// A state's name, or a number, as readings have it.
  func number(_ text: String) -> Double? { kind == .state ? states[text] : Double(text) }

  /// The check of a level; nil where the plan has none.
  func check(_ level: UInt64) -> Check? {
    checks.first { $0.level == level } ?? windows.first { $0.level == level }
  }
}
