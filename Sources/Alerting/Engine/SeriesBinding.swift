import Telemetry

/// What the engine has to know of a series, to find the rules that apply to it.
public struct SeriesBinding: Sendable {
  /// By which readings name it.
  public var series: SeriesID
  /// The id of its device.
  public var device: String
  /// The canonical name of its metric.
  public var metric: String
  /// Which conditions can be asked of it.
  public var kind: MetricKind
  /// Canonical; nil for states.
  public var unit: String?
  /// In which its device is to report; nil where nobody knows: then it is never silent.
  public var interval: Duration?
  /// Where a counter begins anew; 0 for none.
  public var modulus: Double
  /// The store's numbers of a state's names.
  public var states: [String: Double]
  /// Of the device, in force now.
  public var tags: [String: String]
  /// The newest reading, good or bad, where the series is not new.
  public var latest: LatestReading?

  public init(
    series: SeriesID, device: String, metric: String, kind: MetricKind, unit: String? = nil,
    interval: Duration? = nil, modulus: Double = 0, states: [String: Double] = [:], tags: [String: String] = [:],
    latest: LatestReading? = nil
  ) {
    self.series = series
    self.device = device
    self.metric = metric
    self.kind = kind
    self.unit = unit
    self.interval = interval
    self.modulus = modulus
    self.states = states
    self.tags = tags
    self.latest = latest
  }
}
