import Foundation
import Storage
import Telemetry

/// `GET /api/v1/metrics` and `ganglion query metrics`: what is measured, and by how many devices.
struct MetricsQuery {
  static let parameters =
    [Parameter("metric", .names, "names of metrics, parted by commas; of all where none is named", mayRepeat: true)]
    + Parameter.devices + [Parameter.tags, Parameter.format, Parameter.language]

  let metrics: [String]
  let devices: DeviceChoice
  let tags: [(name: String, value: String)]

  init(_ parameters: QueryParameters) throws(QueryError) {
    try parameters.requireKnown(Self.parameters)
    metrics = parameters.words("metric")
    devices = DeviceChoice(parameters)
    tags = parameters.tagFilters
  }

  func answer(_ snapshot: StoreSnapshot, _ scope: TagScope) throws -> MetricsAnswer {
    let directory = try snapshot.directory()
    let history = directory.history
    let devices = directory.devices.filter { device in
      let current = history.current(of: device.id)
      return self.devices.includes(device) && scope.includes(current)
        && tags.allSatisfy { current[$0.name] == $0.value }
    }
    let profiles = devices.reduce(into: [:]) { $0[$1.id] = $1.profile }
    let unheard = directory.unheard
    let wanted = metrics.isEmpty ? nil : metrics
    let series =
      (wanted.map(directory.series(metrics:)) ?? directory.series).filter { profiles[$0.deviceID] != nil }
      + devices.flatMap { unheard.series(of: $0, metrics: wanted) }
    let measured = Dictionary(grouping: series) { MetricsAnswer.Key(metric: $0.metric, kind: $0.kind, unit: $0.unit) }
    return MetricsAnswer(
      metrics: measured.sorted { $0.key < $1.key }.map { key, series in
        MetricsAnswer.Metric(
          metric: key.metric, kind: key.kind, unit: key.unit.isEmpty ? nil : key.unit,
          devices: Set(series.map(\.deviceID)).count,
          profiles: Set(series.compactMap { profiles[$0.deviceID] }).sorted(),
          functions: AggregateFunction.allCases.filter { $0.kinds.contains(key.kind) }.map(\.rawValue))
      })
  }
}

/// The answer to `MetricsQuery`.
struct MetricsAnswer: Encodable, JSONWritable {
  /// A metric whose kind or unit was changed stands twice.
  struct Key: Hashable, Comparable {
    let metric: String
    let kind: MetricKind
    let unit: String

    static func < (left: Key, right: Key) -> Bool {
      (left.metric, left.kind.rawValue, left.unit) < (right.metric, right.kind.rawValue, right.unit)
    }
  }

  struct Metric: Encodable, JSONWritable {
    let metric: String
    let kind: MetricKind
    /// Canonical; null for states.
    let unit: String?
    /// How many measure it, listed ones that have never spoken among them.
    let devices: Int
    let profiles: [String]
    /// What `aggregates` can be asked of it.
    let functions: [String]

    private enum CodingKeys: CodingKey { case metric, kind, unit, devices, profiles, functions }

    func encode(to encoder: any Encoder) throws {
      var container = encoder.container(keyedBy: CodingKeys.self)
      try container.encode(metric, forKey: .metric)
      try container.encode(kind, forKey: .kind)
      try container.encode(unit, forKey: .unit)
      try container.encode(devices, forKey: .devices)
      try container.encode(profiles, forKey: .profiles)
      try container.encode(functions, forKey: .functions)
    }
  }

  let metrics: [Metric]
}

extension MetricsAnswer: TabularAnswer {
  var items: [Metric] { metrics }

  var columns: [String] { ["metric", "kind", "unit", "devices", "profiles", "functions"] }

  var rows: [[AnswerValue]] {
    metrics.map { metric in
      [
        .text(metric.metric), .text(metric.kind.rawValue), AnswerValue(metric.unit), .integer(Int64(metric.devices)),
        .text(metric.profiles.joined(separator: " ")), .text(metric.functions.joined(separator: " ")),
      ]
    }
  }
}
