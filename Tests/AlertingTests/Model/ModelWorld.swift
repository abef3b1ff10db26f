import Simulator
import Telemetry

@testable import Alerting

/// What the model test's engine and its reference both know: three devices on two sites, and rules of every kind.
enum ModelWorld {
  struct Series {
    let number: UInt32
    let device: String
    let metric: String
    let kind: MetricKind
    let interval: Int64?
    let tags: [String: String]
  }

  static let states = ["RUN": 1.0, "IDLE": 2.0, "BROKEN": 3.0]

  static let series: [Series] = (0..<9).map { place in
    let device = "d\(place / 3)"
    let (metric, kind) = [("flow", MetricKind.gauge), ("total", .counter), ("mode", .state)][place % 3]
    return Series(
      number: UInt32(place + 1), device: device, metric: metric, kind: kind, interval: place / 3 == 2 ? nil : 10,
      tags: ["site": place / 3 == 0 ? "east" : "west"])
  }

  static let rules: [AlertRule] = [
    .simple("high", "flow", .above(10, clear: 8)),
    AlertRule(
      id: "levels",
      .series(
        SeriesSubject(
          metric: "flow",
          levels: [.init(.warning, .above(10, clear: 9)), .init(.critical, .above(15, clear: 13))],
          overrides: [
            .init(filter: DeviceFilter(device: "d2"), levels: [.init(.warning, .above(5, clear: 4))], for: .seconds(5))
          ])), spans: .init(for: .seconds(20), keep: .seconds(15))),
    .simple("low", "flow", .below(2, clear: 3), keep: 30),
    .simple("range", "flow", .outside(1...12, clear: 3...10), for: 7, filter: DeviceFilter(tags: ["site": "west"])),
    .simple("broken", "mode", .equals("BROKEN"), severity: .critical),
    .simple("idle", "mode", .equals("IDLE"), for: 12, keep: 12),
    .simple("fast", "total", .rateAbove(12, clear: 8, span: .seconds(24)), keep: 5),
    .simple("gone", "flow", .absent(.intervals(3))),
    .simple("quiet", "mode", .absent(.span(.seconds(25))), keep: 8),
    AlertRule(
      id: "strict", .series(SeriesSubject(metric: "flow", levels: [.init(.info, .above(6))])),
      liveLimit: .seconds(4)),
    AlertRule(
      id: "both",
      .joined(JoinedSubject([.init(metric: "flow", .above(9)), .init(metric: "mode", .equals("RUN"))])),
      spans: .init(for: .seconds(6), keep: .seconds(4))),
    AlertRule(
      id: "site",
      .joined(
        JoinedSubject(
          [.init(metric: "flow", .above(11)), .init(metric: "mode", .equals("BROKEN"))], on: .tag("site"),
          severity: .critical))),
  ]

  static func engine(listensSince: Timestamp? = nil, latest: [UInt32: LatestReading] = [:]) -> AlertEngine {
    var engine = AlertEngine(RuleSet(rules: rules), listensSince: listensSince)
    for series in series {
      engine.bind(
        SeriesBinding(
          series: SeriesID(rawValue: series.number), device: series.device, metric: series.metric, kind: series.kind,
          interval: series.interval.map { .seconds($0) }, states: states, tags: series.tags,
          latest: latest[series.number]))
    }
    return engine
  }

  /// Microseconds; the widest of the rules on a metric.
  static func widestLiveLimit(_ metric: String) -> Int64 { 60 }

  /// All machines that there may be.
  static var keys: [AlertKey] {
    rules.flatMap { rule -> [AlertKey] in
      switch rule.subject {
      case .series(let subject):
        series.filter { $0.metric == subject.metric && subject.filter.includes(device: $0.device, tags: $0.tags) }
          .flatMap { series in
            rule.severities.map {
              AlertKey(rule: rule.id, severity: $0, target: .series(device: series.device, metric: series.metric))
            }
          }
      case .joined(let joined):
        (joined.ground == .device
          ? ["d0", "d1", "d2"].map { AlertTarget.device($0) }
          : ["east", "west"].map { AlertTarget.tag(name: "site", value: $0) })
          .map { AlertKey(rule: rule.id, severity: joined.severity, target: $0) }
      }
    }
  }
}

/// What happens in the model's world. Times are whole seconds.
enum ModelInput {
  struct Reading {
    var series: UInt32
    var time: Int64
    /// Nil: a bad one.
    var value: Double?
    var sequence: UInt64
    var isLive: Bool
    /// By the gateway's clock.
    var receipt: Int64
  }

  case reading(Reading)
  case tick(receipt: Int64)
  case deaf
  case listens(receipt: Int64)
}

/// An input and its moment, on the axis of deadlines.
struct ModelEvent {
  var moment: Int64
  var input: ModelInput
}

/// What a machine did, in a line: kind, cause, time and value.
struct ModelLine: Equatable, CustomStringConvertible {
  var kind: AlertTransition.Kind
  var cause: Cause
  var firedBy: Cause
  var at: Int64
  var value: Double

  var description: String { "\(kind) at \(at), value \(value), by \(cause), fired by \(firedBy)" }
}
