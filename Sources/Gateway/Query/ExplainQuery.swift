import Foundation
import Storage
import Telemetry

/// `GET /api/v1/explain` and `ganglion explain`: why the figure of one series in one window is what it is.
struct ExplainQuery {
  static let parameters = ["device", "metric", "window", "at"]

  let device: String
  let metric: String
  let grid: WindowGrid
  let at: Timestamp
  let zone: TimeZone
  let now: Timestamp

  init(_ parameters: QueryParameters, zone: TimeZone, now: Timestamp) throws(QueryError) {
    try parameters.requireKnown(Self.parameters)
    guard let device = try parameters.one("device"), let metric = try parameters.one("metric") else {
      throw QueryError("name one device and one metric: device=… metric=…")
    }
    self.device = device
    self.metric = metric
    let window = try parameters.one("window") ?? "1m"
    guard ["1m", "1h", "1d"].contains(window), let grid = WindowGrid(window, zone: zone) else {
      throw QueryError("window='\(window)': expected a length that is stored: 1m, 1h or 1d")
    }
    self.grid = grid
    guard let at = try parameters.time("at", now: now, zone: zone) else {
      throw QueryError("'at' is missing: a time in the window, such as at=2026-11-21T08:00:00+08:00 or at=-1h")
    }
    self.at = at
    self.zone = zone
    self.now = now
  }

  func answer(_ snapshot: StoreSnapshot) throws -> ExplainAnswer {
    guard let record = try snapshot.devices().first(where: { $0.name == device }) else {
      throw QueryError("no device '\(device)' is known", isNotFound: true)
    }
    let series = try snapshot.series(metrics: [metric]).filter { $0.deviceID == record.id }
    guard !series.isEmpty else {
      throw QueryError("the device \(device) has no metric '\(metric)'", isNotFound: true)
    }
    var grid = grid
    let span = grid.window(of: at.seconds)
    // A metric whose kind or unit was changed has a series for each; the newest that has readings here counts.
    let found = try series.reversed().compactMap { series in
      try StoredParts(series, span, grid.level, snapshot, zone: zone).map { (series, $0) }
    }.first
    return ExplainAnswer(
      self, found?.0 ?? series[series.count - 1], found?.1 ?? StoredParts(), span,
      point: try figures(span, kind: (found?.0 ?? series[series.count - 1]).kind, snapshot),
      tags: TagHistory(try snapshot.tags()).values(of: record.id, at: Timestamp(seconds: span.lowerBound)),
      versions: try snapshot.profileVersions(), profile: record.profile)
  }

  /// What `aggregates` answers for the window.
  private func figures(
    _ span: Range<Int64>, kind: MetricKind, _ snapshot: StoreSnapshot
  ) throws -> [String: AnswerValue] {
    let functions = AggregateFunction.allCases.filter { $0.kinds.contains(kind) }.map(\.rawValue)
    let query = try AggregatesQuery(
      QueryParameters([
        ("metric", metric), ("device", device), ("window", grid.text), ("from", "\(span.lowerBound)"),
        ("to", "\(span.upperBound)"), ("fn", functions.joined(separator: ",")),
      ]), zone: zone, now: now)
    return try query.answer(snapshot).series.first { $0.points.count > 0 }?.points.first ?? [:]
  }
}

/// What is stored of one window, or of the shorter ones it will be made from.
struct StoredParts {
  /// The length of what is stored.
  private(set) var length = WindowLength.minute
  private(set) var count = 0
  private(set) var state = WindowState()

  init() {}

  /// Nil where nothing is stored.
  init?(
    _ series: SeriesRecord, _ span: Range<Int64>, _ level: WindowLength, _ snapshot: StoreSnapshot, zone: TimeZone
  ) throws {
    let windows = try StoredWindows(snapshot, zone: zone)
    var (state, count, lengths) = (WindowState?.none, 0, Set<WindowLength>())
    try windows.forEach(level, in: span, series: [series.id], metrics: [series.metric], sketch: false) {
      _, part, length, _ in
      count += 1
      lengths.insert(length)
      guard var joined = state else {
        state = part
        return
      }
      let late = joined.lateRevisions + part.lateRevisions
      joined.join(part, series.rule)
      joined.revision += part.revision
      joined.lateRevisions = late
      joined.hasSamples = joined.hasSamples && part.hasSamples
      state = joined
    }
    guard let state else { return nil }
    self.state = state
    self.count = count
    length = lengths.min { $0.seconds < $1.seconds } ?? .minute
  }
}

/// The answer to `ExplainQuery`.
public struct ExplainAnswer: Codable, Sendable {
  public struct Readings: Codable, Sendable {
    public let good: Int64
    /// By reason.
    public let bad: [String: Int64]
    /// Of the good and the bad ones, those that came after the window was closed.
    public let late: Int64
    /// Sent again, and not counted.
    public let repeated: Int64
    /// That were to come; null where nobody knows.
    public let expected: Double?
    public let completeness: Double?
  }

  public struct Revision: Codable, Sendable {
    public let revision: Int64
    public let receivedAt: String

    private enum CodingKeys: String, CodingKey {
      case revision
      case receivedAt = "received_at"
    }
  }

  public struct Profile: Codable, Sendable {
    public let name: String
    public let version: UInt32
    /// Of its text.
    public let hash: String
    public let usedFrom: String

    private enum CodingKeys: String, CodingKey {
      case name, version, hash
      case usedFrom = "used_from"
    }
  }

  public let device: String
  public let metric: String
  public let kind: MetricKind
  public let unit: String?
  public let window: String
  public let start: String
  public let end: String
  public let open: Bool
  /// What `aggregates` answers for the window.
  let figures: [String: AnswerValue]
  public let readings: Readings
  public let inexact: Bool
  /// How often the window has been written with a change.
  public let revision: Int64
  public let lateRevisions: [Revision]
  /// When the last reading that changed it was received.
  public let changedAt: String?
  /// Its samples are kept: a late reading would count as if it had come in time.
  public let samplesKept: Bool
  /// The length of the windows that are stored for it, and how many they are.
  public let storedAs: String
  public let storedWindows: Int
  public let profile: Profile?
  public let tags: [String: String]

  private enum CodingKeys: String, CodingKey {
    case device, metric, kind, unit, window, start, end, open, figures, readings, inexact, revision
    case lateRevisions = "late_revisions"
    case changedAt = "changed_at"
    case samplesKept = "samples_kept"
    case storedAs = "stored_as"
    case storedWindows = "stored_windows"
    case profile, tags
  }

  init(
    _ query: ExplainQuery, _ series: SeriesRecord, _ stored: StoredParts, _ span: Range<Int64>,
    point: [String: AnswerValue], tags: [String: String], versions: [ProfileVersion], profile: String
  ) {
    func text(_ moment: Timestamp) -> String { QueryTime.text(moment, in: query.zone) }
    let state = stored.state
    device = query.device
    metric = query.metric
    kind = series.kind
    unit = series.unit.isEmpty ? nil : series.unit
    window = query.grid.text
    start = text(Timestamp(seconds: span.lowerBound))
    end = text(Timestamp(seconds: span.upperBound))
    open = query.now < Timestamp(seconds: span.upperBound + WindowState.secondsUntilClosed)
    var figures = point
    for name in ["start", "completeness", "open", "revision", "inexact"] { figures[name] = nil }
    self.figures = figures
    let completeness: Double? = if case .number(let part)? = point["completeness"] { part } else { nil }
    let came = state.aggregate.count + state.aggregate.badCount
    readings = Readings(
      good: state.aggregate.count,
      bad: Quality.allCases.reduce(into: [:]) { counts, quality in
        let count = state.badCounts[quality]
        if count > 0 { counts[quality.reason] = Int64(count) }
      }, late: Int64(state.late), repeated: Int64(state.repeated),
      expected: completeness.map { $0 > 0 ? Double(came) / $0 : state.expected }, completeness: completeness)
    inexact = state.aggregate.isInexact
    revision = state.revision
    lateRevisions = state.lateRevisions.map { Revision(revision: $0.revision, receivedAt: text($0.at)) }
    changedAt = stored.count > 0 ? text(state.changedAt) : nil
    samplesKept = state.hasSamples
    storedAs = stored.length.name
    storedWindows = stored.count
    let version = versions.first { $0.id == state.profileVersion }
    self.profile = version.map {
      Profile(
        name: $0.profile, version: $0.id, hash: String($0.hash, radix: 16), usedFrom: text($0.usedFrom))
    }
    self.tags = tags
  }

  /// The answer for people: a line for each thing there is to say.
  public var lines: [String] {
    var lines = ["\(device) \(metric), \(kind.rawValue)\(unit.map { " in \($0)" } ?? "")"]
    lines.append("window        \(window) from \(start) to \(end)\(open ? ", still open" : "")")
    lines += figures.sorted { $0.key < $1.key }.map { name, value in
      name.padding(toLength: 14, withPad: " ", startingAt: 0) + (value == .null ? "unknown" : value.csvText)
    }
    lines.append(
      "readings      \(readings.good) good\(readings.late > 0 ? ", \(readings.late) of all came late" : "")")
    lines += readings.bad.sorted { $0.key < $1.key }.map { "              \($0.value) bad: \($0.key)" }
    if readings.repeated > 0 { lines.append("              \(readings.repeated) sent again, not counted") }
    if let expected = readings.expected, let completeness = readings.completeness {
      lines.append(
        "expected      \(AnswerValue.number((expected * 100).rounded() / 100).csvText) by the profile's interval: \(Int((completeness * 100).rounded())) % came"
      )
    } else {
      lines.append("expected      unknown: the profile has no interval")
    }
    lines.append(
      inexact
        ? "exactness     inexact: readings came after the window's samples had gone, so what rests on their order is known about"
        : "exactness     exact" + (samplesKept ? "; samples are kept, a late reading would be exact too" : ""))
    lines.append(
      "stored        as \(storedWindows) window\(storedWindows == 1 ? "" : "s") of \(storedAs), revision \(revision)\(changedAt.map { ", last changed by a reading received \($0)" } ?? "")"
    )
    lines += lateRevisions.map { "              revision \($0.revision) after closing, received \($0.receivedAt)" }
    if let profile {
      lines.append(
        "profile       \(profile.name), version \(profile.version) (\(profile.hash)), used from \(profile.usedFrom)")
    }
    let tags = tags.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: " ")
    lines.append("tags          \(tags.isEmpty ? "none" : tags)")
    return lines
  }
}
